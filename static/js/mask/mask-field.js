// <mask-field>: an <upload-field> for a mask, and the editor in which it is drawn over the first reference image. The mask
// belongs to that picture: when another one takes its place, the mask goes, with a sentence.
import { Board } from "./board.js";

const GONE = "The mask was removed: it belongs to another picture than the first reference now.";

let hasOpened = false;

class MaskField extends HTMLElement {
  #board = null;
  #picture = "";

  connectedCallback() {
    this.leaving ??= new AbortController();
    const { signal } = this.leaving;
    this.form = this.closest("form");
    this.#picture = this.#pictureValue;
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.form.addEventListener("change", () => this.#follow(), { signal });
    this.#dialog.addEventListener("close", () => this.#closed(), { signal });
    this.#show();
    // "Edit area" of an image leads here.
    if (new URLSearchParams(location.search).has("area") && !hasOpened && !this.#mask) this.#open();
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
    return this.#reference?.querySelector(".check").value ?? "";
  }

  get #mask() {
    return this.#field.querySelector("[data-thumb]:has(.check)");
  }

  #clicked({ target }) {
    if (target.closest("[data-mark]")) this.#open();
    else if (target.closest("[data-apply]")) this.#apply();
    else if (target.closest("[data-leave]")) this.#dialog.close();
  }

  #follow() {
    const value = this.#pictureValue;
    if (value !== this.#picture && this.#mask) {
      this.#field.clear();
      this.#field.say(GONE);
    }
    this.#picture = value;
    this.#show();
  }

  #show() {
    const picture = this.#reference?.querySelector("a img");
    const button = this.querySelector("[data-mark]");
    button.disabled = !picture;
    button.querySelector("span").textContent = this.#mask ? "Edit the area" : "Mark the area to change";
    this.querySelector("[data-mark-hint]").hidden = Boolean(picture);
    if (picture) this.style.setProperty("--under", `url("${picture.src}")`);
  }

  async #open() {
    const { label, width, height } = this.#reference.dataset;
    const dialog = this.#dialog;
    dialog.querySelector("[data-picture-name]").textContent = label;
    dialog.querySelector("[data-show=mask]").checked = true;
    dialog.classList.add("loading");
    dialog.showModal();
    this.#board = new Board(dialog, { width: Number(width), height: Number(height) });
    const board = this.#board;
    try {
      await board.open(this.#reference.querySelector("a").href, this.#mask?.querySelector("a").href);
    } catch (error) {
      board.close();
      dialog.close();
      this.#field.say(`The picture can’t be opened now. ${error.message}`);
      return;
    }
    dialog.classList.remove("loading");
    if (!dialog.open) board.close();
  }

  async #apply() {
    const board = this.#board;
    board.lift();
    if (board.isBlank) return board.say("Nothing is marked yet. Paint over what may change.");
    const button = this.querySelector("[data-apply]");
    button.disabled = true;
    try {
      const file = new File([await board.marks.file()], "mask.png", { type: "image/png" });
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

customElements.define("mask-field", MaskField);
