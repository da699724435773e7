// <upload-zone class="drop"> around <label class="drop-add"> with a file input: shows what was chosen, lets single files
// be removed again, and takes files that are dropped on it or pasted. The input stays the truth, so the form needs no
// script to be sent. data-most="14" limits the number; data-note names the element that says why a file was left out.
class UploadZone extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=file]");
    this.files = [];
    this.input.addEventListener("change", () => this.take([...this.input.files]));
    this.addEventListener("dragover", (event) => this.#hover(event, true));
    this.addEventListener("dragleave", (event) => this.#hover(event, false));
    this.addEventListener("drop", (event) => {
      this.#hover(event, false);
      this.take([...event.dataTransfer.files]);
    });
    this.pasting = ({ clipboardData }) => clipboardData?.files.length && this.take([...clipboardData.files]);
    document.addEventListener("paste", this.pasting);
  }

  disconnectedCallback() {
    document.removeEventListener("paste", this.pasting);
  }

  take(files) {
    const most = Number(this.dataset.most) || (this.input.multiple ? Infinity : 1);
    const wanted = files.filter((file) => fits(file, this.input.accept));
    const room = most === 1 ? wanted.slice(-1) : [...this.files, ...wanted];
    this.#say(sentence(files.length - wanted.length, room.length - Math.min(room.length, most), most));
    this.#show(room.slice(0, most));
  }

  #show(files) {
    this.files = files;
    const transfer = new DataTransfer();
    files.forEach((file) => transfer.items.add(file));
    this.input.files = transfer.files;
    this.querySelectorAll(".thumb").forEach((thumb) => {
      URL.revokeObjectURL(thumb.querySelector("img").src);
      thumb.remove();
    });
    this.prepend(...files.map((file, index) => this.#thumb(file, index)));
    this.classList.toggle("filled", files.length > 0);
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #thumb(file, index) {
    const thumb = document.createElement("span");
    thumb.className = "thumb";
    const image = Object.assign(document.createElement("img"), { src: URL.createObjectURL(file), alt: file.name });
    const number = Object.assign(document.createElement("span"), { className: "n", textContent: index + 1 });
    const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
    remove.setAttribute("aria-label", `Remove ${file.name}`);
    remove.addEventListener("click", () => {
      this.#show(this.files.filter((other) => other !== file));
      this.input.focus();
    });
    thumb.append(image, number, remove);
    return thumb;
  }

  #hover(event, isOver) {
    event.preventDefault();
    this.classList.toggle("over", isOver);
  }

  #say(text) {
    const note = document.getElementById(this.dataset.note);
    if (note) note.textContent = text;
  }
}

function fits(file, accept) {
  const kinds = accept.split(",").map((kind) => kind.trim()).filter(Boolean);
  if (!kinds.length) return true;
  return kinds.some((kind) =>
    kind.startsWith(".") ? file.name.toLowerCase().endsWith(kind) : file.type.startsWith(kind.replace("*", "")),
  );
}

function sentence(unfit, tooMany, most) {
  const reasons = [];
  if (unfit) reasons.push(`${unfit === 1 ? "One file is" : `${unfit} files are`} not a picture that can be used.`);
  if (tooMany) reasons.push(`At most ${most} ${most === 1 ? "picture" : "pictures"}; ${tooMany} left out.`);
  return reasons.join(" ");
}

customElements.define("upload-zone", UploadZone);
