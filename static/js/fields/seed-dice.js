// <seed-dice data-min data-max>: a seed's input with a button that throws one. Without script the button stays hidden.
class SeedDice extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("[data-throw]");
    button.hidden = false;
    button.addEventListener("click", () => this.#throw());
  }

  #throw() {
    const input = this.querySelector("input");
    const min = Number(this.dataset.min);
    const span = Number(this.dataset.max) - min + 1;
    const [random] = crypto.getRandomValues(new Uint32Array(1));
    input.value = min + (random % span);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

customElements.define("seed-dice", SeedDice);
