// <model-picker>: its button says which model is chosen; a click or Enter on a model closes the list, arrows only move.
class ModelPicker extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", ({ target }) => this.#say(target.closest("[data-model]")));
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("[name=model]")) return;
      event.preventDefault();
      this.#close();
    });
    // A label's click comes again from its radio; arrows make clicks too, but at no place of the pointer.
    this.addEventListener("click", (event) => {
      if (event.target.closest("[data-model]") && event.detail > 0) this.#close();
    });
  }

  #say(row) {
    if (!row) return;
    const button = this.querySelector("button");
    const [from, to] = [row.querySelector("[data-mark]"), button.querySelector("[data-mark]")];
    to.replaceChildren(...[...from.childNodes].map((node) => node.cloneNode(true)));
    to.className = `glyph ${[...from.classList].filter((name) => /^g\d$/.test(name)).join(" ")}`;
    for (const part of ["[data-name]", "[data-what]"]) {
      button.querySelector(part).textContent = row.querySelector(part).textContent;
    }
    button.setAttribute("aria-label", `Model: ${row.dataset.model}. Change model`);
  }

  #close() {
    this.querySelector("[popover]").hidePopover();
  }
}

customElements.define("model-picker", ModelPicker);
