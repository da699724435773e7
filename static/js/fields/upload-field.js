// <upload-field data-limit data-keeps-files>: reference images that are dropped, pasted or chosen, with previews.
// The files live in the file input itself, so the form sends them like any others.
const TYPES = new Set(["image/png", "image/jpeg", "image/webp"]);

// A server can't fill a file input again: what was chosen moves on to the field that takes this one's place, at once
// or after a model without references. A field that doesn't keep files starts anew, and nothing is carried past it.
let carried = [];

class UploadField extends HTMLElement {
  #urls = [];

  connectedCallback() {
    if (!this.#input) return;
    this.addEventListener("change", this);
    for (const type of ["dragover", "dragleave", "drop", "click"]) this.addEventListener(type, this);
    document.addEventListener("paste", this);
    this.#show([...this.#input.files, ...this.#inherit()]);
  }

  disconnectedCallback() {
    document.removeEventListener("paste", this);
    if (this.files.length) carried = this.files;
    this.#forgetPreviews();
  }

  /** The files that will be sent. */
  files = [];

  handleEvent(event) {
    if (event.type === "change") this.#changed(event);
    else if (event.type === "click") this.#clicked(event);
    else if (event.type === "paste") this.#pasted(event);
    else this.#dragged(event);
  }

  get #input() {
    return this.querySelector("input[type=file]");
  }

  get #kept() {
    return this.querySelectorAll("[data-thumb] input:checked").length;
  }

  #inherit() {
    const twin = [...document.querySelectorAll("upload-field")].find((field) => field !== this);
    const files = twin ? twin.files : carried;
    if (twin) twin.files = [];
    carried = [];
    return "keepsFiles" in this.dataset ? files : [];
  }

  #changed({ target }) {
    if (target === this.#input) this.#add([...target.files]);
    else this.#show(this.files);
  }

  #clicked({ target }) {
    const thumb = target.closest("[data-remove]")?.closest("[data-file]");
    if (!thumb) return;
    const place = Number(thumb.dataset.file);
    this.#show(this.files.filter((_, other) => other !== place));
    const left = this.querySelectorAll("[data-remove]");
    (left[Math.min(place, left.length - 1)] ?? this.#input).focus();
  }

  #pasted(event) {
    const files = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
    if (!files.length) return;
    event.preventDefault();
    this.#add(files);
  }

  #dragged(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.querySelector(".drop").classList.toggle("over", event.type === "dragover");
    if (event.type === "drop") this.#add([...event.dataTransfer.files]);
  }

  #add(files) {
    const wrong = files.find((file) => !TYPES.has(file.type));
    const fitting = [...this.files, ...files.filter((file) => TYPES.has(file.type))];
    const room = (Number(this.dataset.limit) || Infinity) - this.#kept;
    const left = fitting.length - room;
    if (wrong) this.#say(`“${wrong.name}” is not a PNG, JPEG or WebP image and was left out.`);
    else if (left > 0) this.#say(`The model takes at most ${this.dataset.limit} images, so ${left} were left out.`);
    else this.#say("");
    this.#show(fitting.slice(0, Math.max(0, room)));
  }

  #say(sentence) {
    this.querySelector("[data-sentence]").textContent = sentence;
  }

  #show(files) {
    this.files = files;
    const transfer = new DataTransfer();
    for (const file of files) transfer.items.add(file);
    this.#input.files = transfer.files;
    this.#forgetPreviews();
    const before = this.querySelector(".drop-add");
    files.forEach((file, place) => before.before(this.#thumb(file, place)));
    this.#number();
  }

  #thumb(file, place) {
    const thumb = this.querySelector("template").content.cloneNode(true).firstElementChild;
    const url = URL.createObjectURL(file);
    this.#urls.push(url);
    thumb.dataset.file = place;
    thumb.querySelector("img").src = url;
    return thumb;
  }

  #number() {
    const thumbs = [...this.querySelectorAll(".drop > [data-thumb]")];
    thumbs.forEach((thumb, place) => {
      const number = place + 1;
      const name = this.files[thumb.dataset.file]?.name;
      thumb.querySelector(".n").textContent = number;
      if (!name) return;
      thumb.querySelector("img").alt = `Reference ${number}: ${name}`;
      thumb.querySelector("[data-remove]").setAttribute("aria-label", `Remove reference ${number}`);
    });
    const total = this.#kept + this.files.length;
    const { limit } = this.dataset;
    this.querySelector("[data-count]").textContent = limit ? `${total} of ${limit}` : total;
  }

  #forgetPreviews() {
    for (const thumb of this.querySelectorAll("[data-file]")) thumb.remove();
    for (const url of this.#urls.splice(0)) URL.revokeObjectURL(url);
  }
}

customElements.define("upload-field", UploadField);
