// Photographs: two buttons instead of one file field, made small before sending, with progress, cancel and retry.
// Without this file the form is a plain multipart upload.

const LONG_SIDE = 2000;
const SMALL = 400 * 1024;
const LARGEST = 20 * 1024 * 1024;
const QUALITIES = [0.86, 0.76, 0.66, 0.54];

function blobOf(canvas, quality) {
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", quality); });
}

function draw(bitmap, longSide) {
  const scale = Math.min(1, longSide / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

// Drawing also turns the picture upright and drops its EXIF data. Returns the original where it can't be drawn.
async function shrink(file, thumb) {
  if (!file.type.startsWith("image/")) return file;
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file; // HEIC outside Safari, or a damaged file: the server says which
  }
  const small = draw(bitmap, 144);
  small.className = "thumb";
  thumb.replaceChildren(small);
  let best = null;
  for (const longSide of [LONG_SIDE, 1600]) {
    const canvas = draw(bitmap, longSide);
    for (const quality of QUALITIES) {
      best = await blobOf(canvas, quality);
      if (best && best.size <= SMALL) break;
    }
    if (best && best.size <= SMALL) break;
  }
  bitmap.close();
  return best && best.size < file.size ? new File([best], "photo.jpg", { type: "image/jpeg" }) : file;
}

function enhance(form) {
  if (form.dataset.ready) return;
  form.dataset.ready = "yes";
  const part = (name) => form.querySelector(`[data-upload-${name}]`);
  const input = part("input");
  const texts = form.dataset;
  const { accept } = input;
  let request = null;
  let chosen = null;

  function show(state) {
    part("choose").hidden = state !== "choose";
    part("run").hidden = state === "choose";
    part("cancel").hidden = state !== "run";
    part("retry").hidden = part("again").hidden = state !== "failed";
    part("bar").hidden = state === "failed";
  }

  function complain(text) {
    const place = part("error");
    place.hidden = !text;
    place.querySelector("span").textContent = text;
  }

  function fail(text, retryable) {
    request = null;
    complain(text);
    if (retryable) {
      part("words").textContent = chosen?.name ?? "";
      show("failed");
    } else {
      input.value = "";
      show("choose");
    }
  }

  function finish(done) {
    const path = done.getResponseHeader("HX-Location") ?? done.getResponseHeader("HX-Redirect");
    if (path) return location.assign(path);
    if (done.status < 400 || done.status === 422) {
      const target = document.querySelector(texts.uploadTarget);
      if (!target || !window.htmx) return location.reload();
      return htmx.swap({ sourceElement: form, target, swap: "outerHTML", text: done.responseText });
    }
    if (done.status === 413) return fail(texts.textLarge, false);
    if (done.status === 415) return fail(texts.textType, false);
    fail(done.status === 429 ? texts.textBusy : texts.textFailed, true);
  }

  function send(file) {
    const body = new FormData(form);
    body.set(input.name, file, file.name);
    request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("Accept", "text/html");
    request.setRequestHeader("X-CSRF-Token", body.get("_csrf") ?? "");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) part("bar").value = (event.loaded / event.total) * 100;
    });
    request.upload.addEventListener("load", () => { part("words").textContent = texts.textWaiting; });
    request.addEventListener("load", () => finish(request));
    request.addEventListener("error", () => fail(navigator.onLine ? texts.textFailed : texts.textOffline, true));
    request.addEventListener("abort", () => fail(texts.textCancelled, false));
    request.send(body);
  }

  async function take(file) {
    complain("");
    if (!file) return;
    chosen = file;
    if (file.size === 0) return fail(texts.textEmpty, false);
    if (file.type && !file.type.startsWith("image/") && file.type !== "application/pdf") return fail(texts.textType, false);
    show("run");
    part("bar").value = 0;
    part("words").textContent = texts.textShrinking;
    const small = await shrink(file, part("thumb"));
    if (small.size > LARGEST) return fail(texts.textLarge, false);
    part("words").textContent = texts.textSending;
    send(small);
  }

  form.addEventListener("click", (event) => {
    const pick = event.target.closest("[data-upload-pick]");
    if (!pick) return;
    const camera = pick.dataset.uploadPick === "camera";
    input.accept = camera ? "image/*" : accept; // a camera takes no PDF
    if (camera) input.setAttribute("capture", texts.uploadCamera);
    else input.removeAttribute("capture");
    input.click();
  });
  input.addEventListener("change", () => take(input.files[0]));
  part("cancel").addEventListener("click", () => request?.abort());
  part("retry").addEventListener("click", () => take(chosen));
  part("again").addEventListener("click", () => { complain(""); input.value = ""; show("choose"); });

  input.classList.add("sr-only");
  input.tabIndex = -1;
  part("plain").hidden = true;
  show("choose");
}

function enhanceAll() {
  for (const form of document.querySelectorAll("[data-upload]")) enhance(form);
}

enhanceAll();
document.addEventListener("htmx:after:swap", enhanceAll);
