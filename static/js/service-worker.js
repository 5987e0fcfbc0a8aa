// Keeps what is nobody's: scripts, styles and pictures by their content's name, and the page for when there is no line.
// Pages and answers are never kept: a phone may be lent, lost, or looked through.

const KEPT = "xindai";
const OFFLINE = "/offline";

// The page, and what it is drawn with.
async function prepare() {
  const cache = await caches.open(KEPT);
  const page = await fetch(OFFLINE, { cache: "no-store" });
  if (!page.ok) throw new Error(`${OFFLINE}: ${page.status}`);
  const html = await page.clone().text();
  await cache.put(OFFLINE, page);
  await cache.addAll([...html.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map((found) => found[1]));
}

// A name holds for ever; of each file the newest only.
async function fromKept(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && answer.headers.get("Cache-Control")?.includes("immutable")) {
    await cache.delete(request, { ignoreSearch: true });
    await cache.put(request, answer.clone());
  }
  return answer;
}

async function orOffline(event) {
  const { request } = event;
  try {
    const answer = await fetch(request);
    // Another language, also for the page that is kept.
    if (new URL(request.url).pathname.startsWith("/preferences/")) event.waitUntil(prepare().catch(() => {}));
    return answer;
  } catch (error) {
    const page = await (await caches.open(KEPT)).match(OFFLINE);
    if (page) return page;
    throw error;
  }
}

addEventListener("install", (event) => event.waitUntil(prepare().then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/") && url.search) event.respondWith(fromKept(request));
  else if (request.mode === "navigate") event.respondWith(orOffline(event));
});
