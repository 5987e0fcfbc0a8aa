// A code from a text message: offered by the phone itself where it can (WebOTP), and asked for again once that may help.

const field = document.querySelector("input[autocomplete=one-time-code]");

// The message's last line, `@our.host #123456`, lets the browser hand the code to this page and to no other.
async function receive() {
  if (!field || !("OTPCredential" in window)) return;
  const given = new AbortController();
  field.form.addEventListener("submit", () => given.abort());
  try {
    const { code } = await navigator.credentials.get({ otp: { transport: ["sms"] }, signal: given.signal });
    if (field.value) return; // somebody was faster
    field.value = code;
    field.form.requestSubmit();
  } catch {
    // Declined, too late, or a phone without: the code is typed.
  }
}

// The server keeps the real time; this only spares a tap that comes too early.
function countDown(form) {
  const button = form.querySelector("button");
  const words = button.querySelector("span");
  const label = words.textContent;
  const until = performance.now() + Number(form.dataset.resend) * 1000;
  function tick() {
    const left = Math.ceil((until - performance.now()) / 1000);
    button.disabled = left > 0;
    words.textContent = left > 0 ? form.dataset.resendWait.replace("{n}", left) : label;
    if (left > 0) setTimeout(tick, 250);
  }
  tick();
}

receive();
for (const form of document.querySelectorAll("[data-resend]")) countDown(form);
