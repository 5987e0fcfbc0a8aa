// What is said on another phone appears on this one, too. The event stream signals that something happened; what it was
// is asked for once nothing of our own is on its way, so that nobody is told of their own answers as news.

const BUSY = "#transcript .turn-said, [data-turn-state=sending]:not([hidden]), [data-upload-run]:not([hidden])";

let due = false;
let asking = false;

async function ask() {
  const place = document.getElementById("elsewhere");
  if (!place) return;
  due = asking || document.querySelector(BUSY) !== null;
  if (due) return;
  asking = true;
  try {
    await htmx.ajax("GET", place.dataset.news, { source: place, target: "#chat", swap: "outerHTML" });
  } finally {
    asking = false;
  }
}

document.getElementById("live")?.addEventListener("turn", ask);
document.addEventListener("htmx:after:swap", () => {
  if (due) ask();
});
