// A turn of the chat: what was said stands in the transcript at once and is sent until it has arrived. Turns go one
// after the other, each with its key, so that nothing is done twice and no reply overtakes another; only the reply to
// the newest is shown. Without this file the same form is a plain POST.

const PATIENCE = 20_000; // milliseconds without an answer: the line is as good as cut
const WAITS = [1, 2, 4, 8, 15]; // seconds between tries, while the browser believes that it is online
const THOUGHT = 400; // milliseconds after which an answer is visibly waited for

const turns = []; // those not answered yet, in the order they were said
let wake = null; // ends the wait before the next try

// Where an answer is typed; chips are buttons of the same name.
const fieldOf = (form) => form.querySelector("input[name=value], input[name=say]");
const place = (id) => document.getElementById(id);
const copy = (id) => place(id)?.content.firstElementChild.cloneNode(true);

// What two submits have in common when they say the same: everything but key and token.
function meaning(form, submitter) {
  const fields = new FormData(form, submitter);
  for (const name of ["_key", "_csrf", "edit"]) fields.delete(name);
  return `${form.action} ${new URLSearchParams(fields)}`;
}

// In the transcript as it was typed or tapped; a number that is masked there is masked from the first moment.
function wordsOf(form, submitter) {
  if (submitter?.name) return submitter.textContent.trim();
  const field = fieldOf(form);
  const text = field?.value.trim() ?? "";
  // Among words, only what is as long as a number of a person or a card.
  if (field?.name === "say") return text.replace(/\d(?:[\s-]?\d){8,}x?/gi, (number) => "•".repeat(number.length - 4) + number.slice(-4));
  return field && !("keep" in field.dataset) ? text.replace(/\S(?=\S{4})/g, "•") : text;
}

function say(form, submitter) {
  const bubble = copy("turn-said");
  const words = wordsOf(form, submitter);
  if (!bubble || !words) return null;
  bubble.querySelector("[data-turn-words]").textContent = words;
  place("transcript").append(bubble);
  return bubble;
}

function begin(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  const earlier = turns.at(-1);
  if (earlier) {
    // Said once more before there was an answer: a correction of it, under a key of its own.
    body.set("_key", crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`);
    body.set("edit", "again");
  }
  const field = fieldOf(form);
  const turn = { form, body, meaning: meaning(form, submitter), bubble: say(form, submitter), tries: 0, typed: field?.value };
  form.dataset.going = "yes"; // typed.js: what is in the bubble need not come back into the field
  if (turn.bubble && field) field.value = "";
  turns.push(turn);
  if (turns.length === 1) deliver();
}

// chat.js keeps it in sight.
const reveal = (element) => element?.dispatchEvent(new CustomEvent("turn:shown", { bubbles: true }));

// sending, waiting (for the next try) or failed.
function show(turn, state) {
  const foot = (turn.bubble ?? place("chat")).querySelector("[data-turn-state]");
  if (!foot) return;
  foot.hidden = false;
  foot.dataset.turnState = state;
  foot.querySelector("[data-turn-says]").textContent = foot.dataset[navigator.onLine || state !== "waiting" ? state : "offline"];
  foot.querySelector("[data-turn-retry]").hidden = state === "sending";
  reveal(turn.bubble);
}

// Somebody is thinking: three dots where the next question will stand.
function ponder() {
  const timer = setTimeout(() => {
    if (!place("turn-thinking-now")) place("transcript")?.append(copy("turn-thinking"));
    reveal(place("turn-thinking-now"));
  }, THOUGHT);
  return () => {
    clearTimeout(timer);
    place("turn-thinking-now")?.remove();
  };
}

async function post(turn) {
  const give = new AbortController();
  const timer = setTimeout(() => give.abort(), PATIENCE);
  const relax = ponder();
  try {
    const answer = await fetch(turn.form.action, {
      method: "POST",
      body: turn.body,
      headers: { "HX-Request": "true", "HX-Request-Type": "partial", Accept: "text/html" },
      signal: give.signal,
      keepalive: true, // it arrives even when the page is left meanwhile
    });
    return { answer, text: await answer.text() };
  } finally {
    clearTimeout(timer);
    relax();
  }
}

// Until there is a line again, it is time, or the person says so; without `seconds` only the latter two of them.
function rest(seconds) {
  return new Promise((resolve) => {
    wake = resolve;
    addEventListener("online", resolve, { once: true });
    if (seconds && navigator.onLine) setTimeout(resolve, seconds * 1000);
  });
}

// The answer to a turn, however long it takes: tries go on with the same key.
async function reach(turn) {
  for (;;) {
    show(turn, "sending");
    let wait = WAITS[turn.tries];
    try {
      const reply = await post(turn);
      const { status } = reply.answer;
      if (status < 500 && status !== 429) return reply;
      wait = Math.max(wait ?? 0, Number(reply.answer.headers.get("Retry-After")) || 0) || wait;
    } catch {
      // No line, or no answer in time: whether it arrived is not known, and its key makes that harmless.
    }
    const spent = turn.tries >= WAITS.length;
    show(turn, spent ? "failed" : "waiting");
    await rest(spent ? 0 : wait);
    turn.tries = spent ? 0 : turn.tries + 1;
  }
}

async function deliver() {
  while (turns.length) {
    const [turn] = turns;
    const reply = await reach(turn);
    turns.shift();
    const path = reply.answer.headers.get("HX-Redirect");
    if (reply.answer.ok) document.dispatchEvent(new CustomEvent("turn:stored", { detail: turn.form.action }));
    if (path) return location.assign(path);
    // A newer turn follows: what stands on the screen is about that one.
    if (!turns.length) await receive(turn, reply);
  }
}

// What is being typed while a reply comes, up to the last moment, is not part of what was answered: it goes on where it
// was, or beside the next question as words of its own; never into the answer to another question.
function goOn(before) {
  if (!before?.value || before.value === before.defaultValue) return;
  const same = place(before.id);
  const field = same?.form?.action === before.form?.action ? same : place("say");
  if (!field || (field.value && field.value !== field.defaultValue)) return;
  field.value = before.value;
  field.focus({ preventScroll: true });
  field.dispatchEvent(new Event("input", { bubbles: true })); // typed.js keeps it
}

async function receive(turn, { answer, text }) {
  const target = place("chat");
  if (answer.ok || answer.status === 422) {
    const [step, url] = ["HX-Push-Url", "HX-Replace-Url"].map((name) => answer.headers.get(name));
    if (step) history.pushState(null, "", step);
    else if (url) history.replaceState(history.state, "", url);
    const before = fieldOf(target);
    await htmx.swap({ sourceElement: target, target, swap: "outerHTML", text });
    return goOn(before);
  }
  // Trying again won't mend it: the words go back to where they can be changed.
  turn.bubble?.remove();
  for (const form of target.querySelectorAll("[data-going]")) delete form.dataset.going;
  const field = fieldOf(target);
  if (field && !field.value) field.value = turn.typed ?? "";
  document.dispatchEvent(new CustomEvent("turn:refused", { detail: answer.status }));
}

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (!form.matches("[data-send]") || !window.htmx) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const said = submitter?.name ? null : form.querySelector("#say");
  if (said && !said.value.trim()) return said.focus();
  const waiting = turns.at(-1);
  if (waiting) {
    // An impatient thumb: the field is empty by now, or the same chip was tapped again.
    const again = waiting.form === form && waiting.meaning === meaning(form, submitter);
    if (again || !wordsOf(form, submitter)) return;
  }
  begin(form, submitter);
}, { capture: true });

// News from elsewhere that was asked for before this turn would take it off the screen; the reply to it brings them along.
document.addEventListener("htmx:before:swap", (event) => {
  const aimed = event.detail.tasks.some(({ target }) => target === "#chat" || target === place("chat"));
  if (turns.length && aimed) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-turn-retry]")) wake?.();
});

// Every question has an address: going back leads to the one before, with its answer as it is now.
addEventListener("popstate", () => location.reload());
