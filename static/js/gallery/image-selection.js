// <image-selection [data-most="500"]>: the bar that shows what is selected and what can be done with it. The boxes
// (.pick) belong to its form; here is what makes them handy: ranges with Shift, whole days, all with Ctrl+A, Space on a
// picture, Escape, Delete. What is selected stays so when its tile is made anew.
class ImageSelection extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.selected = new Set();
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    const on = (type, listener, options) => document.addEventListener(type, listener, { signal, ...options });
    on("click", (event) => this.clicked(event), { capture: true });
    on("change", (event) => this.changed(event));
    on("keydown", (event) => this.pressed(event));
    on("htmx:afterSwap", () => this.renew());
    on("htmx:oobAfterSwap", () => this.renew());
    on("cards:swapped", () => this.renew());
    window.addEventListener("pageshow", () => this.count(), { signal });
    this.form.addEventListener("submit", (event) => this.sent(event), { signal });
    this.form.addEventListener("reset", () => setTimeout(() => this.cleared()), { signal });
    this.form.addEventListener("htmx:afterRequest", ({ detail }) => this.done(detail), { signal });
    this.count();
  }

  disconnectedCallback() {
    this.listeners.abort();
  }

  get boxes() {
    return [...document.querySelectorAll(".pick")];
  }

  clicked(event) {
    const box = event.target.closest(".pick");
    const picture = event.target.closest(".gal .card > a");
    if (box) {
      if (event.shiftKey) this.range(box);
      this.last = box.value;
    } else if (picture && event.shiftKey) {
      // The browser would open a window.
      event.preventDefault();
      this.toggle(picture.parentElement, { isRange: true });
    } else if (picture && (event.ctrlKey || event.metaKey) && this.selected.size) {
      event.preventDefault();
      this.toggle(picture.parentElement);
    }
  }

  toggle(card, { isRange = false } = {}) {
    const box = card.querySelector(".pick");
    box.checked = isRange || !box.checked;
    if (isRange) this.range(box);
    this.last = box.value;
    this.count();
  }

  // All between the last one and this one get its state.
  range(box) {
    const { boxes } = this;
    const from = boxes.findIndex(({ value }) => value === this.last);
    const to = boxes.indexOf(box);
    if (from < 0) return;
    for (const between of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) between.checked = box.checked;
  }

  changed({ target }) {
    if (target.matches("[data-select-day]")) {
      target.closest("section").querySelectorAll(".pick").forEach((box) => (box.checked = target.checked));
      this.count();
    } else if (target.matches(".pick")) {
      this.count();
    }
  }

  pressed(event) {
    if (event.defaultPrevented || event.altKey || document.querySelector("dialog[open], :popover-open:not(toast-region)")) return;
    const isInText = event.target.closest("input:not(.pick, [type=checkbox]), textarea, select, [contenteditable]");
    if (isInText) return;
    const withControl = event.ctrlKey || event.metaKey;
    if (event.key === "a" && withControl) {
      event.preventDefault();
      this.boxes.forEach((box) => (box.checked = true));
      this.count();
    } else if (event.key === " " && event.target.matches(".gal .card > a")) {
      event.preventDefault();
      this.toggle(event.target.parentElement, { isRange: event.shiftKey });
    } else if (event.key === "Escape" && this.selected.size) {
      this.form.reset();
    } else if (event.key === "Delete" && this.selected.size) {
      this.form.querySelector("[data-delete]")?.click();
    }
  }

  // New tiles of selected images are selected; those that are gone no longer count.
  renew() {
    for (const box of this.boxes) if (this.selected.has(box.value)) box.checked = true;
    this.count();
  }

  count() {
    const checked = this.boxes.filter((box) => box.checked);
    const bytes = checked.reduce((sum, box) => sum + Number(box.dataset.bytes), 0);
    const before = this.selected.size;
    this.selected = new Set(checked.map(({ value }) => value));
    const { size } = this.selected;
    this.querySelector("[data-selected-count]").textContent = `${size.toLocaleString("en")} selected`;
    this.querySelector("[data-selected-size]").textContent = inWords(bytes);
    if (size !== before) this.querySelector("[data-selected-news]").textContent = size ? `${size} selected, ${inWords(bytes)}` : "Nothing selected";
    for (const day of document.querySelectorAll("[data-select-day]")) markDay(day);
  }

  cleared() {
    this.boxes.forEach((box) => (box.checked = false));
    const hadFocus = this.contains(document.activeElement) || document.activeElement === document.body;
    this.count();
    if (hadFocus) this.boxes.find(({ value }) => value === this.last)?.focus({ preventScroll: true });
  }

  sent(event) {
    const most = Number(this.dataset.most);
    if (!event.submitter?.matches("[data-download]") || !most || this.selected.size <= most) return;
    event.preventDefault();
    const sentence = `${this.selected.size.toLocaleString("en")} images are selected, but a ZIP holds up to ${most}. Select fewer, and download the rest afterwards.`;
    document.querySelector("toast-region")?.say("", sentence);
  }

  // What was deleted or restored is done with; the focus goes on to what stands there now.
  done({ successful, elt }) {
    if (!successful || elt.closest(".card")) return;
    if (!elt.matches("[data-delete], [data-share]")) this.form.reset();
    if (document.activeElement === document.body || !document.activeElement.checkVisibility()) {
      document.querySelector(".gal .card a, .gal .card .pick")?.focus({ preventScroll: true });
    }
  }
}

function markDay(day) {
  const boxes = [...day.closest("section").querySelectorAll(".pick")];
  const count = boxes.filter((box) => box.checked).length;
  day.checked = count > 0 && count === boxes.length;
  day.indeterminate = count > 0 && count < boxes.length;
}

function inWords(bytes) {
  return bytes < 1e6 ? `${Math.max(Math.round(bytes / 1000), 1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

customElements.define("image-selection", ImageSelection);
