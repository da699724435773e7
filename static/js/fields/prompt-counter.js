// <prompt-counter data-limit>: counts the characters of its textarea; says the limit when little is left of it.
const NEAR = 0.9;

class PromptCounter extends HTMLElement {
  connectedCallback() {
    this.addEventListener("input", () => this.#count());
    this.#count();
  }

  #count() {
    const limit = Number(this.dataset.limit) || Infinity;
    // As the server counts: characters, not the halves that JavaScript counts.
    const length = [...this.querySelector("textarea").value].length;
    const count = this.querySelector("[data-count]");
    const isNear = length > limit * NEAR;
    count.textContent = isNear ? `${length.toLocaleString("en")} of ${limit.toLocaleString("en")}` : length;
    count.classList.toggle("over", length > limit);
  }
}

customElements.define("prompt-counter", PromptCounter);
