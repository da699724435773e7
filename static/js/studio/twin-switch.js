// <twin-switch data-control="in-image_urls" data-has-references>: the model of the form makes without references and has
// a twin that edits. With the first reference, and without the last one, it asks for the form of the other.
const AGAIN_MS = 100;

class TwinSwitch extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.leaving = new AbortController();
    const options = { signal: this.leaving.signal };
    for (const type of ["input", "change"]) this.form.addEventListener(type, () => this.#consider(), options);
    this.addEventListener("htmx:beforeRequest", () => (this.isAsking = true), options);
    this.addEventListener("htmx:afterRequest", () => (this.isAsking = false), options);
    // What waited for a model that takes it is there without anybody adding it.
    setTimeout(() => this.#consider());
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.leaving.abort();
  }

  #consider() {
    if (this.isAsking || !this.isConnected || this.#hasReferences() === ("hasReferences" in this.dataset)) return;
    // Given up for a press, which is answered with the right form itself. If no answer comes, the next change asks again.
    this.dispatchEvent(new CustomEvent("twin:needed"));
    // Nothing was asked while a press is under way, or before htmx has got to know a form that has just turned.
    clearTimeout(this.timer);
    if (!this.isAsking) this.timer = setTimeout(() => this.#consider(), AGAIN_MS);
  }

  #hasReferences() {
    // A file counts when it has been stored, and its upload stands in the form.
    return new FormData(this.form).getAll(this.dataset.control).some((value) => typeof value === "string" && value !== "");
  }
}

customElements.define("twin-switch", TwinSwitch);
