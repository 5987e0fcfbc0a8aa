// The chat: focus goes to the new question, which is never under the composer or the keyboard.

const root = document.documentElement;

// A composer that would take most of the screen scrolls with the page instead of sticking to its foot.
function measure(composer) {
  const tall = composer.offsetHeight > innerHeight * 0.55;
  composer.toggleAttribute("data-tall", tall);
  root.style.setProperty("--composer-height", tall ? "0px" : `${composer.offsetHeight}px`);
}

// The composer, and the transcript: cards, readings and their pictures come while somebody looks at the question.
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) if (target.matches(".composer")) measure(target);
  follow();
});

let settled = null;
let following = true;

// What is read meanwhile fills cards above the question and the composer below: it stays between them, until the person
// scrolls somewhere else.
function follow() {
  if (following) settled?.scrollIntoView({ block: "nearest" });
}

// The keyboard takes half of the screen: the question goes to the top of what is left, the field stays in sight.
visualViewport?.addEventListener("resize", () => {
  const field = document.activeElement?.closest?.(".composer input");
  if (!field || !settled) return;
  settled.scrollIntoView({ block: "start" });
  field.scrollIntoView({ block: "nearest" });
});

for (const gesture of ["wheel", "touchmove"]) {
  document.addEventListener(gesture, () => { following = false; }, { passive: true });
}

function settle() {
  sizes.disconnect();
  const composer = document.querySelector(".composer");
  if (composer) {
    measure(composer);
    sizes.observe(composer);
  }
  const transcript = document.getElementById("transcript");
  if (transcript) sizes.observe(transcript);
  const summary = document.getElementById("error-summary");
  const question = document.querySelector("[data-question]");
  const place = summary ?? question;
  // Only a new question moves the focus: a document that was read meanwhile must not.
  if (!place || place === settled) return follow();
  settled = place;
  following = true;
  place.focus({ preventScroll: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  requestAnimationFrame(() => place.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" }));
}

// What was just said takes the question's part until there is an answer.
document.addEventListener("turn:shown", (event) => {
  settled = event.target;
  following = true;
  follow();
});

settle();
document.addEventListener("htmx:after:swap", settle);

// A suggestion taken by tapping goes into the field, ready to be changed before it is sent.
document.addEventListener("click", (event) => {
  const chip = event.target.closest?.("[data-fill]");
  const field = chip && document.getElementById(chip.dataset.fill);
  if (!field) return;
  field.value = chip.dataset.value;
  field.focus();
});
