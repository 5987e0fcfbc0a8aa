// Photographs: two buttons instead of one file field, made small before sending, sent in pieces that a bad line resumes.
// Without this file the form is a plain multipart upload. The photograph is kept nowhere but in this page.

const LONG_SIDE = 2000;
const SMALL = 400 * 1024;
const LARGEST = 20 * 1024 * 1024;
const QUALITIES = [0.86, 0.76, 0.66, 0.54];
const PIECE = 256 * 1024;
const PATIENCE = 20; // seconds without any progress: the line is as good as cut
const WAITS = [1, 2, 4, 8, 15, 15, 15, 15]; // seconds between tries, while the browser believes that it is online

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
  const begun = `upload ${form.action}`;
  let job = null; // what is being sent; another one, or none, ends it
  let failed = null; // what can be tried again, from where it stopped
  let request = null;
  let wake = null;

  function show(state) {
    part("choose").hidden = state !== "choose";
    part("run").hidden = state === "choose";
    part("cancel").hidden = state === "failed";
    part("retry").hidden = state !== "failed" && state !== "wait";
    part("again").hidden = state !== "failed";
    part("bar").hidden = state === "failed";
  }

  function complain(text) {
    const place = part("error");
    place.hidden = !text;
    place.querySelector("span").textContent = text;
  }

  const say = (text) => { part("words").textContent = text; };

  function measure(sent) {
    const percent = Math.floor((100 * sent) / job.file.size);
    job.percent = percent;
    part("bar").value = percent;
    part("percent").textContent = `${percent}%`;
  }

  // A phone may throw the page away while its camera is open, or in the middle: the next page says so.
  const mark = (on) => (on ? sessionStorage.setItem(begun, "1") : sessionStorage.removeItem(begun));

  function fail(text, retry = null) {
    job = null;
    failed = retry;
    complain(text);
    if (retry) {
      say(retry.file.name);
      show("failed");
    } else {
      mark(false);
      input.value = "";
      show("choose");
    }
  }

  function finish(done, mine) {
    const path = done.getResponseHeader("HX-Location") ?? done.getResponseHeader("HX-Redirect");
    if (path || done.status < 400 || done.status === 422) mark(false);
    if (path) return location.assign(path);
    if (done.status < 400 || done.status === 422) {
      const target = document.querySelector(texts.uploadTarget);
      if (!target || !window.htmx) return location.reload();
      return htmx.swap({ sourceElement: form, target, swap: "outerHTML", text: done.responseText });
    }
    if (done.status === 413) return fail(texts.textLarge);
    if (done.status === 415) return fail(texts.textType);
    fail(done.status === 429 ? texts.textBusy : texts.textFailed, mine);
  }

  function call(method, url, headers, body) {
    return new Promise((resolve, reject) => {
      const sent = job.sent;
      let timer;
      const alive = () => { clearTimeout(timer); timer = setTimeout(() => request.abort(), PATIENCE * 1000); };
      request = new XMLHttpRequest();
      request.open(method, url);
      const own = { "HX-Request": "true", Accept: "text/html", "X-CSRF-Token": form.elements._csrf.value };
      for (const [name, value] of Object.entries({ ...own, ...headers })) request.setRequestHeader(name, value);
      request.addEventListener("loadend", () => clearTimeout(timer));
      request.addEventListener("load", () => resolve(request));
      for (const end of ["error", "abort"]) request.addEventListener(end, () => reject(new Error(end)));
      request.upload.addEventListener("progress", (event) => {
        alive();
        if (job) measure(sent + event.loaded);
      });
      request.upload.addEventListener("load", () => {
        if (job && body && sent + body.size === job.file.size) say(texts.textWaiting);
      });
      alive();
      request.send(body);
    });
  }

  // The answer that ends it; raises where another try can help, which then begins with what the server has.
  async function transfer(mine) {
    const { file } = mine;
    if (mine.where) {
      const standing = await call("HEAD", mine.where);
      if (standing.getResponseHeader("Upload-Complete") === "?1") {
        mark(false);
        return location.assign(form.action.replace(/\/documents\/.*/, "/chat"));
      }
      mine.sent = Number(standing.getResponseHeader("Upload-Offset"));
      if (standing.status === 404) mine.where = "";
      else if (standing.status !== 204) throw new Error(standing.status);
    }
    if (!mine.where) {
      const answer = await call("POST", texts.uploadPieces, { "Upload-Length": file.size });
      if (answer.status !== 201) return answer;
      mine.where = answer.getResponseHeader("Location");
      mine.sent = 0;
    }
    for (;;) {
      say(texts.textSending);
      measure(mine.sent);
      const headers = { "Upload-Offset": mine.sent, "Content-Type": "application/partial-upload" };
      const answer = await call("PATCH", mine.where, headers, file.slice(mine.sent, mine.sent + PIECE));
      const offset = answer.getResponseHeader("Upload-Offset");
      if (answer.status >= 500 || answer.status === 404 || (answer.status === 409 && offset)) throw new Error(answer.status);
      if (answer.status !== 204 || !offset) return answer;
      mine.sent = Number(offset);
      mine.tries = 0;
    }
  }

  // Until the line is back, it is time for another try, or the person says so.
  function rest(mine) {
    say(texts[navigator.onLine ? "textUnsteady" : "textOffline"].replace("{n}", `${mine.percent}%`));
    show("wait");
    return new Promise((resolve) => {
      wake = resolve;
      addEventListener("online", resolve, { once: true });
      if (navigator.onLine) setTimeout(resolve, WAITS[mine.tries++] * 1000);
    });
  }

  async function send(mine) {
    job = mine;
    mine.tries = 0;
    while (job === mine) {
      show("run");
      try {
        const answer = await transfer(mine);
        if (answer && job === mine) finish(answer, mine);
        return;
      } catch {
        if (job !== mine) return;
        if (mine.tries >= WAITS.length) return fail(texts.textFailed, mine);
        await rest(mine);
      }
    }
  }

  async function take(file) {
    complain("");
    if (!file) return mark(false);
    if (file.size === 0) return fail(texts.textEmpty);
    if (file.type && !file.type.startsWith("image/") && file.type !== "application/pdf") return fail(texts.textType);
    const mine = { file };
    job = mine;
    mark(true);
    show("run");
    measure(0);
    say(texts.textShrinking);
    const small = await shrink(file, part("thumb"));
    if (job !== mine) return; // cancelled meanwhile
    if (small.size > LARGEST) return fail(texts.textLarge);
    send({ file: small, where: "", sent: 0 });
  }

  function cancel() {
    const { where } = job;
    fail(texts.textCancelled);
    request?.abort();
    wake?.();
    const headers = { "X-CSRF-Token": form.elements._csrf.value };
    if (where) fetch(where, { method: "DELETE", headers, keepalive: true }).catch(() => {});
  }

  form.addEventListener("click", (event) => {
    const pick = event.target.closest("[data-upload-pick]");
    if (!pick) return;
    const camera = pick.dataset.uploadPick === "camera";
    input.accept = camera ? "image/*" : accept; // a camera takes no PDF
    if (camera) input.setAttribute("capture", texts.uploadCamera);
    else input.removeAttribute("capture");
    mark(true);
    input.click();
  });
  input.addEventListener("change", () => take(input.files[0]));
  input.addEventListener("cancel", () => mark(false));
  part("cancel").addEventListener("click", cancel);
  part("retry").addEventListener("click", () => {
    complain("");
    if (failed) send(failed);
    else wake?.();
  });
  part("again").addEventListener("click", () => fail(""));

  input.classList.add("sr-only");
  input.tabIndex = -1;
  part("plain").hidden = true;
  show("choose");
  if (sessionStorage.getItem(begun) && part("error").hidden) complain(texts.textInterrupted);
  mark(false);
}

function enhanceAll() {
  for (const form of document.querySelectorAll("[data-upload]")) enhance(form);
}

enhanceAll();
document.addEventListener("htmx:after:swap", enhanceAll);
