// <usual-time data-address="…" data-controls="in-resolution in-num_images">: how long it usually takes, asked for
// again when one of these controls of its form says another thing. Parts of a control are named "in-image_size.width".
// While nobody knows, it is asked for some seconds after cards have changed.
const REST_MS = 300;
// What the server says of it may be this old.
const LEARNED_MS = 10_000;

class UsualTime extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.said = this.settings().toString();
    this.leaving = new AbortController();
    const options = { signal: this.leaving.signal };
    this.form.addEventListener("input", () => this.consider(), options);
    this.form.addEventListener("change", () => this.consider(), options);
    document.addEventListener("cards:swapped", () => this.hope(), options);
  }

  disconnectedCallback() {
    this.leaving.abort();
    clearTimeout(this.timer);
  }

  // The first generations of a model teach how long it takes.
  hope() {
    if (this.textContent.trim()) return;
    this.said = "";
    this.consider(LEARNED_MS);
  }

  consider(afterMs = REST_MS) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), afterMs);
  }

  ask() {
    const settings = this.settings();
    // The fields of another model bring their own foot.
    if (settings.toString() === this.said || this.dataset.entry !== new FormData(this.form).get("model")) return;
    this.said = settings.toString();
    window.htmx.ajax("GET", `${this.dataset.address}?${settings}`, { source: this, target: this, swap: "innerHTML" });
  }

  settings() {
    const names = ["was", ...this.dataset.controls.split(" ").filter(Boolean)];
    const isOne = (name) => names.some((each) => name === each || name.startsWith(`${each}.`));
    return new URLSearchParams([...new FormData(this.form)].filter(([name]) => isOne(name)));
  }
}

customElements.define("usual-time", UsualTime);
