// <mask-field>: an <upload-field> for a mask, and the editor in which it is drawn over the first reference image. The mask
// belongs to that picture: when another one takes its place, the mask goes, with a sentence.
import { addStylesheet } from "../stylesheet.js";
import { Board } from "./board.js";

const SHEET = new URL("../../css/mask.css", import.meta.url);
const GONE = "The mask was removed: it belongs to another picture than the first reference now.";

let hasOpened = false;
// Pictures, as the form sends them. A form is replaced when the model changes, and a mask may be on its way meanwhile: so
// what belongs together outlives the element.
let known = { mask: "", picture: "" };
let drawnOver = "";

class MaskField extends HTMLElement {
  #board = null;
  #opened = "";

  connectedCallback() {
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    this.form = this.closest("form");
    // In a form that htmx puts in, what is inside would be upgraded after this.
    customElements.upgrade(this.#field);
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.form.addEventListener("change", () => this.#changed(), { signal });
    this.#dialog.addEventListener("close", () => this.#closed(), { signal });
    this.#follow();
    // On its way before anybody presses; if it is lost, the press asks again.
    addStylesheet(SHEET).catch(() => {});
    // "Edit area" of an image leads here.
    if (new URLSearchParams(location.search).has("area") && !hasOpened && !this.#mask && this.#picture) this.#open();
    hasOpened = true;
  }

  disconnectedCallback() {
    this.leaving.abort();
    this.#board?.close();
  }

  get #dialog() {
    return this.querySelector("[data-mask-editor]");
  }

  get #field() {
    return this.querySelector("upload-field");
  }

  get #reference() {
    return this.form.querySelector("upload-field[data-role=references] [data-thumb]:has(.check)");
  }

  get #pictureValue() {
    return valueOf(this.#reference);
  }

  get #picture() {
    return this.#reference?.querySelector("a img");
  }

  get #mask() {
    return this.#field.querySelector("[data-thumb]:has(.check)");
  }

  #clicked({ target }) {
    if (target.closest("[data-mark]")) this.#open();
    else if (target.closest("[data-apply]")) this.#apply();
    else if (target.closest("[data-leave]")) this.#dialog.close();
  }

  #changed() {
    if (!this.#field.thumbs.length) drawnOver = "";
    this.#follow();
  }

  #follow() {
    const picture = this.#pictureValue;
    const mask = valueOf(this.#mask);
    if (mask && mask !== known.mask) {
      known = { mask, picture: drawnOver };
      drawnOver = "";
    }
    // Brought as a file, it belongs to the first picture that is seen beside it.
    if (mask) known.picture ||= picture;
    const owner = mask ? known.picture : drawnOver;
    if (owner && owner !== picture && this.#field.thumbs.length) this.#remove();
    this.#show();
  }

  #remove() {
    drawnOver = "";
    this.#field.clear();
    this.#field.say(GONE);
  }

  #show() {
    const picture = this.#picture;
    const button = this.querySelector("[data-mark]");
    button.disabled = !picture;
    button.querySelector("span").textContent = this.#mask ? "Edit the area" : "Mark the area to change";
    this.querySelector("[data-mark-hint]").hidden = Boolean(picture);
    if (picture) this.style.setProperty("--under", `url("${picture.src}")`);
  }

  async #open() {
    try {
      await addStylesheet(SHEET);
    } catch (error) {
      this.#field.say(`The brush can’t be shown now. ${error.message}`);
      return;
    }
    // Meanwhile the picture may have been taken out, or the form been replaced.
    if (!this.isConnected || !this.#picture || this.#dialog.open) return;
    const { label, width, height } = this.#reference.dataset;
    const dialog = this.#dialog;
    dialog.querySelector("[data-picture-name]").textContent = label;
    dialog.querySelector("[data-show=mask]").checked = true;
    dialog.classList.add("loading");
    this.#showForm();
    dialog.showModal();
    const board = (this.#board = new Board(dialog, { width: Number(width), height: Number(height) }));
    this.#opened = this.#pictureValue;
    try {
      await board.open(this.#reference.querySelector("a").href, this.#mask?.querySelector("a").href);
    } catch (error) {
      if (board !== this.#board) return;
      dialog.close();
      this.#field.say(`The picture can’t be opened now. ${error.message}`);
    }
    if (board === this.#board) dialog.classList.remove("loading");
  }

  // On phones the form is a sheet: a modal dialog in one that is shut would block the page, unseen.
  #showForm() {
    const sheet = this.closest("[popover]");
    if (sheet && !sheet.checkVisibility()) sheet.showPopover();
  }

  async #apply() {
    const board = this.#board;
    board.lift();
    if (board.isBlank) return board.say("Nothing is marked yet. Paint over what may change.");
    const button = this.querySelector("[data-apply]");
    button.disabled = true;
    try {
      const file = new File([await board.marks.file()], "mask.png", { type: "image/png" });
      // Whoever has closed it meanwhile doesn't want it.
      if (board !== this.#board) return;
      drawnOver = this.#opened;
      this.#dialog.close();
      this.#field.add([file]);
    } finally {
      button.disabled = false;
    }
  }

  #closed() {
    this.#board?.close();
    this.#board = null;
    this.querySelector("[data-mark]").focus();
  }
}

function valueOf(thumb) {
  return thumb?.querySelector(".check").value ?? "";
}

customElements.define("mask-field", MaskField);
