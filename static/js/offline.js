// The page in the place of one that could not be fetched: back to it as soon as the portal can be reached again.

const PAUSE = 3_000;

const back = () => location.reload();

// Phones say that they are online before they are, and sometimes do not say it at all.
async function look() {
  try {
    if ((await fetch("/healthz", { cache: "no-store" })).ok) return back();
  } catch {
    // Not yet.
  }
  setTimeout(look, PAUSE);
}

document.querySelector("[data-again]").addEventListener("click", (event) => {
  event.preventDefault();
  back();
});
look();
