// <model-picker data-list>: the button that says the model, and the dialog in which another one is chosen. What the dialog
// needs comes when somebody reaches for the button. Fires `model:chosen`, upon which htmx asks for the form; while
// another request of the form is under way, htmx asks for nothing, so it is fired until it does.
import { addStylesheet } from "../stylesheet.js";

const SHEET = new URL("../../css/components/picker.css", import.meta.url);
const FAILED = "The list of models can’t be opened now. Try again, or reload the page.";

const AGAIN_MS = 100;

let ModelDialog;

class ModelPicker extends HTMLElement {
  #models;
  #isAsked = false;
  #timer;

  connectedCallback() {
    for (const type of ["pointerover", "focusin", "click"]) this.addEventListener(type, this);
    this.addEventListener("htmx:beforeRequest", ({ target }) => (this.#isAsked ||= target === this));
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  /** Choose the model with this id, and have its form fetched. */
  choose(id) {
    clearTimeout(this.#timer);
    this.#isAsked = false;
    // Anew each time: what was under way may have answered with the model before.
    this.querySelector("[name=model]").value = id;
    this.dispatchEvent(new CustomEvent("model:chosen"));
    if (!this.#isAsked) this.#timer = setTimeout(() => this.choose(id), AGAIN_MS);
  }

  handleEvent(event) {
    if (!event.target.closest("[data-choose]")) return;
    if (event.type === "click") {
      event.preventDefault();
      this.#open();
    } else load().catch(() => {}); // The press says it, if it's still so then.
  }

  async #open() {
    try {
      // Not a moment later when it's there: who types on right after the press means the dialog's search.
      if (!ModelDialog) await load();
      // The form may have been replaced meanwhile.
      if (this.isConnected) (this.#models ??= new ModelDialog(this)).open();
    } catch {
      document.querySelector("toast-region").tell(FAILED, "bad");
    }
  }
}

async function load() {
  const [module] = await Promise.all([import("./model-dialog.js"), addStylesheet(SHEET)]);
  ({ ModelDialog } = module);
}

customElements.define("model-picker", ModelPicker);
