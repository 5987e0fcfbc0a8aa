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

// htmx forms: 发送中, then either the answer or 未发送 with a retry.
function sendState(element, state) {
  const place = element?.querySelector?.("[data-send-state]");
  if (!place) return false;
  place.hidden = state === "";
  place.querySelector("[data-send-words]").textContent = state === "" ? "" : place.dataset[state];
  place.querySelector("[data-send-retry]").hidden = state !== "failed";
  if (state === "sending") element.setAttribute("aria-busy", "true");
  else element.removeAttribute("aria-busy");
  return true;
}

document.addEventListener("htmx:before:request", (event) => sendState(event.detail.ctx.sourceElement, "sending"));
document.addEventListener("htmx:finally:request", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  if (response?.status < 400 && sourceElement.isConnected) sendState(sourceElement, "");
});

// What the page asks for by itself (streams, polls) is asked again anyway and never raises the banner.
const isBackground = (ctx) => !ctx?.sourceEvent?.isTrusted;

document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  const { status } = ctx.response;
  if (isBackground(ctx) || status === 400 || status === 422) return;
  const lasting = status < 500 && status !== 429;
  // A 4xx won't mend by sending again, so only its sentence is shown.
  if (lasting) sendState(ctx.sourceElement, "");
  if (lasting || !sendState(ctx.sourceElement, "failed")) say(String(status));
});
document.addEventListener("htmx:error", (event) => {
  const { ctx } = event.detail;
  if (isBackground(ctx)) return;
  if (!sendState(ctx.sourceElement, "failed")) say(navigator.onLine ? "failed" : "offline");
});
