// The dialog of a <model-picker>. The list comes when it is first opened; it is searched by words and abilities, with the
// keyboard alone if one likes.
export class ModelDialog {
  constructor(picker) {
    this.picker = picker;
    this.dialog = picker.querySelector("dialog");
    this.list = picker.querySelector("[data-models]");
    this.search = picker.querySelector("[data-search]");
    this.facet = "";
    this.dialog.addEventListener("click", this);
    this.dialog.addEventListener("keydown", this);
    this.search.addEventListener("input", (event) => this.#sift(event));
    this.search.addEventListener("change", (event) => event.stopPropagation());
    for (const type of ["focusin", "pointerover"]) this.list.addEventListener(type, ({ target }) => this.#tell(target.closest("li")));
  }

  handleEvent(event) {
    if (event.type === "keydown") return this.#pressed(event);
    const { target } = event;
    const row = target.closest(".model-row");
    const facet = target.closest("[data-facet]");
    if (row) this.#choose(row, event);
    else if (facet) this.#filter(facet.dataset.facet);
    else if (target.closest("[data-all]")) this.#showAll();
  }

  get #input() {
    return this.picker.querySelector("[name=model]");
  }

  async open() {
    // On a touch screen the keyboard would hide half of the list.
    const isTouched = matchMedia("(pointer: coarse)").matches;
    this.search.disabled = isTouched;
    this.dialog.showModal();
    this.search.disabled = false;
    this.search.value = "";
    this.#filter("");
    if (!this.isLoaded) await this.#load();
    for (const row of this.list.querySelectorAll(".model-row")) {
      if (row.value === this.#input.value) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
    // Somebody may have begun to search before the list was there.
    this.#sift();
    const current = this.list.querySelector("[aria-current]");
    current?.scrollIntoView({ block: "nearest" });
    this.#tell(current?.closest("li"));
    if (isTouched && document.activeElement !== this.search) current?.focus();
  }

  async #load() {
    try {
      await htmx.ajax("GET", this.picker.dataset.list, { source: this.dialog, target: this.list, swap: "innerHTML" });
    } catch {
      // The server can't be reached, which a toast says.
    }
    this.isLoaded = this.list.querySelector(".model-row") !== null;
    if (!this.isLoaded) this.list.querySelector(".none").textContent = "The models could not be loaded. Close this and try again.";
  }

  #choose(row, event) {
    event.preventDefault();
    this.dialog.close();
    this.picker.querySelector("[data-choose]").focus();
    if (row.value !== this.#input.value) this.picker.choose(row.value);
  }

  #showAll() {
    this.search.value = "";
    this.#filter("");
    this.search.focus();
  }

  #filter(facet) {
    this.facet = facet;
    for (const pill of this.dialog.querySelectorAll("[data-facet]")) pill.setAttribute("aria-pressed", String(pill.dataset.facet === facet));
    this.#sift();
  }

  #sift(event) {
    event?.stopPropagation();
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const item of this.list.querySelectorAll("li")) {
      const can = !this.facet || item.dataset.can.split(" ").includes(this.facet);
      item.hidden = !can || !words.every((word) => item.dataset.words.includes(word));
    }
    for (const group of this.list.querySelectorAll("section")) group.hidden = !group.querySelector("li:not([hidden])");
    const rows = this.#rows();
    this.#say(rows.length);
    // Enter chooses the first.
    if (words.length) this.#tell(rows[0]?.closest("li"));
  }

  #say(count) {
    const none = this.dialog.querySelector("[data-none]");
    none.replaceChildren();
    if (count || !this.isLoaded) return;
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn sm", textContent: "Show all models" });
    button.dataset.all = "";
    none.append("No model fits. ", button);
  }

  #rows() {
    return [...this.list.querySelectorAll("li:not([hidden]) .model-row")];
  }

  #pressed(event) {
    const rows = this.#rows();
    const place = rows.indexOf(document.activeElement);
    const isSearching = document.activeElement === this.search;
    // The form around must not be sent from here, nor its shortcuts be heard.
    event.stopPropagation();
    if (event.key === "Enter" && isSearching) {
      event.preventDefault();
      rows[0]?.click();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = rows[place + (event.key === "ArrowDown" ? 1 : -1)];
      (next ?? (event.key === "ArrowUp" ? this.search : rows.at(-1)))?.focus();
    } else if (place >= 0 && (event.key === "Home" || event.key === "End")) {
      event.preventDefault();
      rows.at(event.key === "Home" ? 0 : -1).focus();
    } else if (place >= 0 && event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) {
      this.search.focus();
    }
  }

  // Beside the list, what is known of the model that one looks at.
  #tell(item) {
    if (!item) return;
    const side = this.dialog.querySelector("[data-about]");
    const name = document.createElement("h3");
    name.append(item.querySelector(".mg").cloneNode(true), item.querySelector("b").textContent);
    side.replaceChildren(name, ...[...item.querySelector(".about").children].map((part) => part.cloneNode(true)));
  }
}
