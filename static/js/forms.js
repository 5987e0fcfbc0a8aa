// Every page: a form is sent once, a lost connection or a failed request is said aloud, nothing is lost silently.

const net = document.querySelector("[data-net]");

function say(key) {
  if (!net) return;
  const text = net.getAttribute(`data-text-${key}`) ?? net.dataset.textFailed;
  net.querySelector("[data-net-words]").textContent = text;
  net.hidden = false;
}

net?.querySelector("[data-net-close]").addEventListener("click", () => { net.hidden = true; });
window.addEventListener("offline", () => say("offline"));
window.addEventListener("online", () => { if (net) net.hidden = true; });
if (!navigator.onLine) say("offline");

// Plain forms: the second submit of the same page does nothing; the server's idempotency key is the real guard.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (!navigator.onLine) {
    // The browser would leave the page, and what was typed with it.
    event.preventDefault();
    return say("offline");
  }
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});

// What the page asks for by itself (streams, polls) is asked again anyway and never raises the banner.
const isBackground = (ctx) => !ctx?.sourceEvent?.isTrusted;

document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  const { status } = ctx.response;
  if (!isBackground(ctx) && status !== 400 && status !== 422) say(String(status));
});
document.addEventListener("htmx:error", (event) => {
  if (!isBackground(event.detail.ctx)) say(navigator.onLine ? "failed" : "offline");
});
// A turn that sending again won't mend.
document.addEventListener("turn:refused", (event) => say(String(event.detail)));

// What makes the site an app, with a page of its own for when there is no line.
navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
