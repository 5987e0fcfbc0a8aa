// What follows the event stream: htmx's SSE extension connects, pauses in the background and reconnects with the
// last id; this adds what it lacks: noticing a dead line, polling when streams don't get through, and running clocks.

const SILENCE = 40_000; // the server pings every 15 s
const POLL = 5_000;
const lines = new WeakMap();

function line(region) {
  if (!lines.has(region)) lines.set(region, { heard: Date.now(), failures: 0, polled: 0, asking: false, done: false });
  return lines.get(region);
}

function show(region, key) {
  const place = region.querySelector("[data-live-state]");
  if (!place) return;
  place.hidden = !key;
  place.textContent = key ? place.dataset[`text${key}`] : "";
}

function heard(region) {
  const state = line(region);
  state.heard = Date.now();
  state.failures = 0;
  show(region, "");
}

async function poll(region, state) {
  if (state.asking || Date.now() - state.polled < POLL) return;
  state.asking = true;
  state.polled = Date.now();
  const source = region.querySelector("[data-live-state]");
  try {
    await htmx.ajax("GET", region.dataset.livePoll, { source, target: source, swap: "none" });
  } finally {
    state.asking = false;
  }
}

function reconnect(region, state) {
  const connection = region._htmx?.sse;
  if (connection) {
    connection.delayCanceller?.();
    connection.reader?.cancel();
  } else if (!state.asking) {
    // The first connection failed, after which the extension gives up.
    htmx.ajax("GET", region.getAttribute("hx-sse:connect"), { source: region, target: region, swap: "none", timeout: 10_000 });
  }
  state.heard = Date.now();
}

function watch() {
  if (document.hidden) return;
  for (const region of document.querySelectorAll("[data-live]")) {
    const state = line(region);
    if (state.done) continue;
    const silent = Date.now() - state.heard;
    if (silent > SILENCE || (!region._htmx?.sse && silent > POLL)) {
      state.failures += 1;
      reconnect(region, state);
    }
    if (state.failures > 1) {
      show(region, navigator.onLine ? "Slow" : "Offline");
      if (navigator.onLine) poll(region, state);
    }
  }
}

const regionOf = (event) => event.target.closest?.("[data-live]");
document.addEventListener("htmx:sse:before:message", (event) => heard(regionOf(event)));
document.addEventListener("htmx:sse:error", (event) => {
  const region = regionOf(event);
  if (region) line(region).failures += 1;
});
for (const failure of ["htmx:response:error", "htmx:error"]) {
  document.addEventListener(failure, (event) => {
    const source = event.detail.ctx?.sourceElement;
    // A stream refused outright: no use waiting for a second failure before asking in the other way.
    if (source?.matches?.("[data-live]")) line(source).failures += 2;
  });
}
document.addEventListener("htmx:sse:close", (event) => {
  if (event.detail.reason === "message") line(regionOf(event)).done = true;
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  // The extension reconnects by itself and the server's first event is a snapshot: only the silence starts anew.
  for (const region of document.querySelectorAll("[data-live]")) line(region).heard = Date.now();
});
window.addEventListener("online", () => {
  for (const region of document.querySelectorAll("[data-live]")) reconnect(region, line(region));
});

// Clocks count on from the seconds the server rendered, so a phone with a wrong clock still shows the truth.
const starts = new WeakMap();
const english = document.documentElement.lang === "en";

function words(seconds) {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days) return english ? `${days} d ${hours % 24} h` : `${days} 天 ${hours % 24} 小时`;
  if (hours) return english ? `${hours} h ${minutes % 60} min` : `${hours} 小时 ${minutes % 60} 分`;
  if (minutes) return english ? `${minutes} min ${seconds % 60} s` : `${minutes} 分 ${seconds % 60} 秒`;
  return english ? `${seconds} s` : `${seconds} 秒`;
}

function tick() {
  for (const clock of document.querySelectorAll("[data-elapsed]")) {
    let start = starts.get(clock);
    if (start?.given !== clock.dataset.elapsed) {
      start = { given: clock.dataset.elapsed, at: performance.now() };
      starts.set(clock, start);
    }
    const text = words(Math.floor(Number(start.given) + (performance.now() - start.at) / 1000));
    if (clock.textContent !== text) clock.textContent = text;
  }
}

setInterval(() => { watch(); tick(); }, 1000);
