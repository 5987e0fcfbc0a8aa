// Fetches the page again and swaps the live parts that changed, so that nothing moves while nothing is new.
const EVERY_MS = 2000;

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (other && other.innerHTML !== part.innerHTML) part.replaceChildren(...other.childNodes);
  }
}

setInterval(() => {
  if (document.visibilityState === "visible") refresh().catch(() => {}); // the server may be restarting
}, EVERY_MS);
