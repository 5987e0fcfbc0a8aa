// Helpdesk keys: / searches, j and k walk the rows, ? shows the list. They can be switched off (WCAG 2.1.4).

const STORE = "xindai.shortcuts";
const allowed = () => localStorage.getItem(STORE) !== "off";

const box = document.querySelector("[data-shortcuts-switch]");
if (box) {
  const input = box.querySelector("input");
  box.hidden = false;
  input.checked = allowed();
  input.addEventListener("change", () => localStorage.setItem(STORE, input.checked ? "on" : "off"));
}

function walk(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.indexOf(document.activeElement);
  const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))];
  next?.focus();
}

const keys = {
  "/": () => document.querySelector("[data-search]")?.focus(),
  j: () => walk(1),
  k: () => walk(-1),
  "?": () => {
    const panel = document.querySelector("[data-shortcuts]")?.closest("details");
    if (panel) panel.open = !panel.open;
  },
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key === "Escape" && typing) return typing.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key] || !allowed()) return;
  event.preventDefault();
  keys[event.key]();
});
