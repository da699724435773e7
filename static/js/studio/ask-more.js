// <ask-more data-unit="money">: its button says what is asked for as it is chosen, or typed, which counts more.
class AskMore extends HTMLElement {
  connectedCallback() {
    this.addEventListener("input", () => this.describe());
    this.addEventListener("change", () => this.describe());
    this.addEventListener("keydown", (event) => this.#pressed(event));
  }

  // Its controls belong to the composer's form, whose first button Enter would press.
  #pressed(event) {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !event.target.matches("input")) return;
    event.preventDefault();
    this.querySelector("button").click();
  }

  describe() {
    this.querySelector("[data-ask-words]").textContent = `${this.amount()} until ${this.until()}`;
  }

  amount() {
    const typed = this.typed("other_amount");
    if (!typed) return this.chosen("amount");
    if (this.dataset.unit === "money") return typed.startsWith("$") ? typed : `$${typed}`;
    return `${typed} ${typed === "1" ? "image" : "images"}`;
  }

  until() {
    const typed = this.typed("other_until");
    if (!typed) return this.chosen("until");
    return new Date(`${typed}T12:00`).toLocaleDateString("en-GB", { day: "numeric", month: "long" });
  }

  typed(name) {
    return this.querySelector(`[name=${name}]`).value.trim();
  }

  chosen(name) {
    return this.querySelector(`[name=${name}]:checked`).dataset.words;
  }
}

// The answer takes it away, and the focus with it, which goes on to what waits now.
document.addEventListener("htmx:afterSettle", ({ detail: { requestConfig } }) => {
  const isAnswered = requestConfig?.elt.closest("ask-more")?.isConnected === false;
  if (isAnswered && document.activeElement === document.body) document.querySelector("#requests .waiting :is(a, button)")?.focus();
});

customElements.define("ask-more", AskMore);
