// <filter-bar>: the search box searches as one types. A filter in words (by:ada) waits until it is written out: with
// Enter, or with a space after it. The box is never replaced; what was understood as a filter leaves it.
const REST_MS = 250;
const UNFINISHED = /(^|\s)(model|by|is|shape|after|before):\S*$/i;

class FilterBar extends HTMLElement {
  connectedCallback() {
    this.box = this.querySelector("input[type=search]");
    this.form = this.closest("form");
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    this.addEventListener("input", ({ target }) => target === this.box && this.typed(), { signal });
    this.form.addEventListener("htmx:configRequest", (event) => this.asked(event), { signal });
    document.addEventListener("htmx:afterSettle", ({ target }) => target.id === "gallery" && this.answered(target), { signal });
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.listeners.abort();
  }

  typed() {
    clearTimeout(this.timer);
    if (UNFINISHED.test(this.box.value)) return;
    this.timer = setTimeout(() => {
      this.isTyping = true;
      this.form.requestSubmit();
      this.isTyping = false;
    }, REST_MS);
  }

  asked({ detail, target }) {
    if (target !== this.form) return;
    clearTimeout(this.timer);
    this.sent = this.box.value;
    // Empty fields would only make the address longer.
    for (const [name, value] of [...detail.formData.entries()]) if (!value) detail.formData.delete(name);
    if (this.isTyping) detail.headers["HX-Typing"] = "1";
  }

  // Back and forth, and links that clear: the box says what is searched for, unless somebody has typed on meanwhile.
  answered({ dataset: { text } }) {
    const isAhead = this.sent !== undefined && this.box.value !== this.sent;
    if (!isAhead && this.box.value.trim() !== text) this.box.value = text;
    this.sent = undefined;
  }
}

customElements.define("filter-bar", FilterBar);
