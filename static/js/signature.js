// A drawn signature; the typed name next to it always works alone.

for (const field of document.querySelectorAll("[data-signature]")) {
  const canvas = field.querySelector("[data-signature-canvas]");
  const value = field.querySelector("[data-signature-value]");
  const pen = canvas.getContext("2d");
  let last = null;

  function start() {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.strokeStyle = getComputedStyle(canvas).color;
    pen.lineWidth = 5;
    pen.lineCap = pen.lineJoin = "round";
    value.value = "";
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const next = place(event);
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...next);
    pen.stroke();
    last = next;
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      if (last) value.value = canvas.toDataURL("image/png");
      last = null;
    });
  }
  field.querySelector("[data-signature-clear]").addEventListener("click", start);
  field.querySelector("[data-signature-draw]").hidden = false;
  start();
}
