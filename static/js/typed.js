// What is typed and not sent yet survives a reload, a call, or a phone that needs its memory for the camera: in this tab
// only, for two hours, until it is stored; never what is masked in the transcript (portal/decisions/typed-text.md).

const LIFE = 2 * 60 * 60 * 1000;
const PREFIX = "typed ";

const nameOf = (form) => PREFIX + new URL(form.action).pathname;

function read(name) {
  try {
    const { text, at } = JSON.parse(sessionStorage.getItem(name));
    if (Date.now() - at < LIFE) return text;
  } catch {
    // None, or not ours.
  }
  sessionStorage.removeItem(name);
  return "";
}

function keep(field) {
  const name = nameOf(field.form);
  try {
    if (field.value) sessionStorage.setItem(name, JSON.stringify({ text: field.value, at: Date.now() }));
    else sessionStorage.removeItem(name);
  } catch {
    // Private windows of some phones keep nothing; then a reload costs what was typed.
  }
}

function restore() {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(PREFIX)) read(name);
  const field = document.querySelector("input[data-keep]");
  // On a slow line somebody types before this file is there.
  if (field && field.value !== field.defaultValue && !field.form.dataset.going) return keep(field);
  if (!field || field.getAttribute("aria-invalid") || field.form.dataset.going) return;
  const text = read(nameOf(field.form));
  if (!text || text === field.value) return;
  field.value = text;
  const note = document.getElementById("turn-restored")?.content.firstElementChild.cloneNode(true);
  if (note) field.closest(".field").append(note);
}

document.addEventListener("input", (event) => {
  if (event.target.matches("input[data-keep]")) keep(event.target);
});
document.addEventListener("turn:stored", (event) => {
  sessionStorage.removeItem(PREFIX + new URL(event.detail).pathname);
});
document.addEventListener("htmx:after:swap", restore);
restore();
