// The cost statement's reading time, counted down. The server keeps the real clock; this only spares a refused click.
for (const form of document.querySelectorAll("[data-reading]")) {
  const button = form.querySelector("button[type=submit], button:not([type])");
  const words = form.querySelector("[data-reading-words]");
  const until = performance.now() + Number(form.dataset.reading) * 1000;
  const sentence = words.textContent;
  const tick = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    button.disabled = left > 0;
    words.textContent = left > 0 ? sentence.replace(/\d+/, String(left)) : "";
    if (left > 0) setTimeout(tick, 250);
  };
  tick();
}
