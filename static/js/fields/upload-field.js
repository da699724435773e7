// <upload-field data-name data-role data-noun data-url data-largest-mb data-limit>: images that are dropped, pasted, chosen or picked from
// the gallery. Each file is sent at once and becomes a thumb, whose checkbox is what the form sends; the order of the
// thumbs is the order of the images. A `change` on the element tells that its images changed.
import { token, UploadJob } from "./upload-job.js";
import { keepInOrder } from "./upload-order.js";

const TYPES = new Set(["image/png", "image/jpeg", "image/webp"]);
// Decoding a large picture for a preview of 60 px isn't worth it: the server's small one comes soon.
const LARGEST_PREVIEW = 4 * 1024 * 1024;
const FAILED = "This can’t be opened now. Try again, or reload the page.";
// The dialogs come when somebody reaches for what opens them: see #open.
const DIALOGS = {
  "[data-look]": async () => (await import("./upload-look.js")).offerLook,
  "[data-pick]": async () => (await import("./gallery-picker.js")).offerGallery,
};

// A form is replaced when the model changes. What was on its way then, or came in after the form had been sent, goes on
// to the field of the same kind that comes next, and so does what was said of files that the server refused.
let orphans = [];
let askedAt = 0;
document.addEventListener("htmx:configRequest", ({ detail }) => {
  // What is only read doesn't carry the form.
  if (detail.verb === "post") askedAt = performance.now();
  // Whoever presses the button has read it.
  if (detail.elt.matches("form")) for (const field of detail.elt.querySelectorAll("upload-field")) field.say("");
});

class UploadField extends HTMLElement {
  #jobs = new Map();
  #cameAt = new WeakMap();
  #openers = {};
  #isReady = false;
  refusals = [];

  connectedCallback() {
    if (this.#list && !this.#isReady) this.#setUp();
    this.#number();
    this.adopt();
  }

  #setUp() {
    this.#isReady = true;
    this.classList.add("ready");
    keepInOrder(this.#list, (thumb) => this.#moved(thumb));
    for (const type of ["change", "click", "keydown", "pointerover", "focusin"]) this.addEventListener(type, this);
  }

  disconnectedCallback() {
    for (const job of this.#jobs.values()) {
      job.removeEventListener("changed", this);
      if (job.isBusy || job.state === "failed") orphans.push({ job, role: this.#kind });
    }
    for (const thumb of this.thumbs) if (this.#cameAt.get(thumb) > askedAt) orphans.push({ thumb, role: this.#kind });
    for (const sentence of this.refusals) orphans.push({ sentence, role: this.#kind });
    this.#jobs.clear();
    // htmx puts the new form in before it takes the old one away.
    for (const field of document.querySelectorAll("upload-field")) field.adopt?.();
  }

  handleEvent(event) {
    if (event.type === "changed") this.#follow(event.target);
    else if (event.type === "click") this.#clicked(event);
    else if (event.type === "keydown") this.#pressed(event);
    else if (event.type === "pointerover" || event.type === "focusin") this.#reached(event);
    else if (event.target === this.#input) this.#chosen(event);
    else if (event.target !== this) event.stopPropagation();
  }

  /** Whether files are still on their way, or wait to be sent again. */
  get unsent() {
    return [...this.#jobs.values()].filter((job) => job.isBusy || job.state === "failed");
  }

  /** The images, in order, as the form sends them. */
  get values() {
    return [...this.#list.querySelectorAll(".check")].map((box) => box.value);
  }

  get thumbs() {
    return [...this.#list.children];
  }

  /** Take files in: those that are no images, or too many, are left out with a sentence. */
  add(files) {
    // While somebody was choosing them, the form may have been replaced.
    if (!this.isConnected) return this.#successor?.add(files);
    const sentences = [];
    const fitting = [...files].filter((file) => {
      const fault = faultOf(file, Number(this.dataset.largestMb));
      if (fault) sentences.push(fault);
      return !fault;
    });
    const room = this.#room;
    const left = fitting.length - room;
    if (left > 0) sentences.push(`The model takes at most ${images(this.dataset.limit)}, so ${left} ${left === 1 ? "was" : "were"} left out.`);
    this.say(sentences.join(" "));
    this.refusals = sentences;
    for (const file of fitting.slice(0, Math.max(0, room))) this.#send(new UploadJob(file, { url: this.dataset.url, token: token(this) }));
    this.#number();
  }

  /** Show a sentence below the images. */
  say(sentence) {
    if (!sentence) this.refusals = [];
    this.querySelector("[data-sentence]").textContent = sentence;
  }

  /** Put the thumb of a stored image at the end, or in the place of another one. */
  put(thumb, place = null) {
    if (this.#set(thumb, place)) this.#changed();
  }

  #set(thumb, place = null) {
    const box = thumb.querySelector(".check");
    if (this.values.includes(box.value)) {
      place?.remove();
      return false;
    }
    this.#cameAt.set(thumb, performance.now());
    box.name = this.dataset.name;
    thumb.draggable = true;
    if (place) place.replaceWith(thumb);
    else this.#list.append(thumb);
    // Where there is place for one, the next one takes its place.
    if (this.#limit === 1) for (const other of this.thumbs) if (other !== thumb) this.#drop(other);
    return true;
  }

  /** Take all images out. */
  clear() {
    if (!this.thumbs.length) return;
    for (const thumb of this.thumbs) this.#drop(thumb);
    this.#changed();
  }

  get #list() {
    return this.querySelector("[data-thumbs]");
  }

  get #input() {
    return this.querySelector("input[type=file]");
  }

  get #kind() {
    return this.dataset.role || this.dataset.name;
  }

  get #successor() {
    return [...document.querySelectorAll("upload-field")].find((field) => field.#kind === this.#kind);
  }

  get #limit() {
    return Number(this.dataset.limit) || Infinity;
  }

  get #room() {
    return this.#limit === 1 ? 1 : this.#limit - this.thumbs.length;
  }

  #send(job, isNew = true) {
    const thumb = this.querySelector("template[data-sending]").content.cloneNode(true).firstElementChild;
    thumb.dataset.label = job.file.name;
    if (job.file.size <= LARGEST_PREVIEW) preview(thumb, job.file);
    this.#list.append(thumb);
    this.#jobs.set(thumb, job);
    job.addEventListener("changed", this);
    if (!isNew) this.#follow(job);
  }

  /** Take over what was on its way to a field of the same kind that is gone. */
  adopt() {
    const mine = orphans.filter(({ role }) => role === this.#kind);
    const sentences = mine.filter(({ sentence }) => sentence);
    const fitting = mine.filter(({ sentence }) => !sentence).slice(0, Math.max(0, this.#room));
    orphans = orphans.filter((orphan) => !fitting.includes(orphan) && !sentences.includes(orphan));
    for (const { job } of fitting) if (job) this.#send(job, false);
    for (const { sentence } of sentences) this.#refuse(sentence);
    this.#take(fitting.flatMap(({ thumb }) => thumb ?? []));
    if (fitting.length) this.#number();
  }

  #follow(job) {
    const thumb = [...this.#jobs].find(([, other]) => other === job)?.[0];
    if (!thumb) return;
    if (job.state === "done") {
      this.#jobs.delete(thumb);
      this.put(document.importNode(job.thumb, true), thumb);
    } else if (job.state === "refused") {
      this.#jobs.delete(thumb);
      thumb.remove();
      this.#refuse(job.sentence);
    } else {
      thumb.querySelector("progress").value = job.share;
      thumb.querySelector("[data-retry]").hidden = job.state !== "failed";
      thumb.classList.toggle("failed", job.state === "failed");
      if (job.state === "failed") this.#addSentence(`${job.file.name} was not sent. ${job.sentence} Send it again or remove it.`);
    }
    this.#number();
  }

  #refuse(sentence) {
    this.refusals.push(sentence);
    this.#addSentence(sentence);
  }

  #addSentence(sentence) {
    const before = this.querySelector("[data-sentence]").textContent;
    if (!before.includes(sentence)) this.say(`${before} ${sentence}`.trim());
  }

  #chosen(event) {
    // What matters is what becomes of the files; they themselves are not sent with the form.
    event.stopPropagation();
    this.add(this.#input.files);
    this.#input.value = "";
  }

  #clicked(event) {
    const { target } = event;
    const dialog = dialogOf(target);
    if (dialog && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      this.#open(dialog, target.closest("[data-thumb]"));
    }
    const thumb = target.closest("[data-thumb]");
    if (thumb && target.closest("[data-remove]")) this.#remove(thumb);
    else if (thumb && target.closest("[data-retry]")) {
      this.say("");
      this.#jobs.get(thumb).retry();
    }
  }

  #reached({ target }) {
    const dialog = dialogOf(target);
    // A press says it, if it's still so then.
    if (dialog) DIALOGS[dialog]().catch(() => {});
  }

  async #open(dialog, thumb) {
    try {
      const offer = await DIALOGS[dialog]();
      this.#openers[dialog] ??= offer(this, {
        room: () => this.#room,
        take: (thumbs) => this.#take(thumbs),
        moved: (moved) => this.#moved(moved),
        removed: (removed) => this.#remove(removed, true),
      });
    } catch {
      return this.say(FAILED);
    }
    // The form may have been replaced meanwhile, or the image been taken out.
    if (this.isConnected && thumb?.isConnected !== false) this.#openers[dialog](thumb);
  }

  #pressed({ key, target }) {
    if ((key === "Delete" || key === "Backspace") && target.matches("[data-look]")) this.#remove(target.closest("[data-thumb]"));
  }

  #remove(thumb, hadFocus = thumb.contains(document.activeElement)) {
    const place = this.thumbs.indexOf(thumb);
    this.#drop(thumb);
    this.say("");
    this.#changed();
    const next = this.thumbs[Math.min(place, this.thumbs.length - 1)];
    if (hadFocus) (next?.querySelector("[data-remove]") ?? this.#input).focus();
  }

  #drop(thumb) {
    const job = this.#jobs.get(thumb);
    this.#jobs.delete(thumb);
    job?.cancel();
    thumb.remove();
  }

  #take(thumbs) {
    // While somebody was picking them, the form may have been replaced.
    if (!this.isConnected) return this.#successor?.#take(thumbs);
    // Told once: the form may turn into its twin's as it stands then.
    const news = thumbs.slice(0, this.#room).filter((thumb) => this.#set(document.importNode(thumb, true)));
    if (news.length) this.#changed();
  }

  #moved(thumb) {
    this.#changed();
    this.querySelector("[data-said]").textContent = `${thumb.dataset.label} is now ${this.thumbs.indexOf(thumb) + 1} of ${this.thumbs.length}.`;
  }

  #changed() {
    this.#number();
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }

  #number() {
    this.thumbs.forEach((thumb, place) => {
      const what = this.#limit === 1 ? this.dataset.noun : `${this.dataset.noun} ${place + 1}`;
      thumb.draggable = thumb.querySelector(".check") !== null;
      thumb.querySelector(".n").textContent = place + 1;
      thumb.querySelector("img")?.setAttribute("alt", `${what}: ${thumb.dataset.label}`);
      const isSent = thumb.querySelector(".check") !== null;
      const name = `${what.charAt(0).toLowerCase()}${what.slice(1)}`;
      thumb.querySelector("[data-remove]").setAttribute("aria-label", isSent ? `Remove ${name}` : `Cancel ${thumb.dataset.label}`);
    });
    const count = Math.min(this.thumbs.length, this.#limit);
    this.querySelector("[data-count]").textContent = this.#limit === Infinity ? count : `${count} of ${this.#limit}`;
    this.classList.toggle("full", count >= this.#limit);
  }
}

function dialogOf(target) {
  return Object.keys(DIALOGS).find((selector) => target.closest(selector));
}

function faultOf(file, largestMb) {
  if (!TYPES.has(file.type)) return `“${file.name}” is not a PNG, JPEG or WebP image and was left out.`;
  if (!file.size) return `“${file.name}” is empty and was left out.`;
  return file.size > largestMb * 1024 * 1024 ? `“${file.name}” is larger than ${largestMb} MB and was left out.` : "";
}

function images(count) {
  return count === "1" ? "1 image" : `${count} images`;
}

function preview(thumb, file) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  image.alt = "";
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  thumb.querySelector(".blank").replaceWith(image);
}

customElements.define("upload-field", UploadField);
