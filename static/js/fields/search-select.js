// <search-select>: a long <select> as a button with a list that can be searched. The select keeps name and value, and
// is what there is without script. Keys as in the combobox pattern: arrows, Home, End, Page keys, Enter, Escape, Tab.
const PAGE = 8;

function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

class SearchSelect extends HTMLElement {
  connectedCallback() {
    if (this.dataset.ready) return;
    this.dataset.ready = "";
    this.select = this.querySelector("select");
    this.append(this.querySelector("template").content.cloneNode(true));
    this.button = this.querySelector("[data-open]");
    this.list = this.querySelector("[popover]");
    this.search = this.list.querySelector("input");
    this.options = this.list.querySelector("[role=listbox]");
    this.#takePlace();
    this.#listen();
    this.#say();
  }

  // The label, the help and the errors of the select are the button's from now on.
  #takePlace() {
    const { button, select } = this;
    const [label] = select.labels;
    label.id ||= `${select.id}-label`;
    button.id = select.id;
    select.removeAttribute("id");
    select.hidden = true;
    const said = button.querySelector("[data-said]");
    said.id = `${button.id}-said`;
    button.setAttribute("aria-labelledby", `${label.id} ${said.id}`);
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (select.hasAttribute(name)) button.setAttribute(name, select.getAttribute(name));
    }
    this.options.id = `${button.id}-options`;
    this.search.setAttribute("aria-controls", this.options.id);
    this.options.setAttribute("aria-labelledby", label.id);
    button.popoverTargetElement = this.list;
  }

  #listen() {
    this.button.addEventListener("keydown", (event) => this.#pressedOnButton(event));
    this.list.addEventListener("beforetoggle", ({ newState }) => newState === "open" && this.#fill());
    this.list.addEventListener("toggle", ({ newState }) => this.#toggled(newState === "open"));
    this.list.addEventListener("click", ({ target }) => this.#choose(target.closest("[role=option]")));
    this.search.addEventListener("input", (event) => this.#sift(event));
    this.search.addEventListener("change", (event) => event.stopPropagation());
    this.search.addEventListener("keydown", (event) => this.#pressed(event));
    this.select.addEventListener("change", () => this.#say());
  }

  #say() {
    this.button.querySelector("[data-said]").textContent = this.select.selectedOptions[0]?.label ?? "";
  }

  #fill() {
    this.search.value = "";
    const options = [...this.select.options].map((option, place) => {
      const shown = document.createElement("li");
      shown.role = "option";
      shown.id = `${this.options.id}-${place}`;
      shown.dataset.place = place;
      shown.dataset.words = plain(`${option.label} ${option.value}`);
      shown.textContent = option.label;
      shown.setAttribute("aria-selected", String(option.selected));
      return shown;
    });
    this.options.replaceChildren(...options);
    this.#sift();
  }

  #toggled(isOpen) {
    this.search.setAttribute("aria-expanded", String(isOpen));
    if (isOpen && document.activeElement !== this.search) this.#enter();
  }

  #enter() {
    this.search.focus();
    if (!this.search.value) this.#point(this.options.children[Math.max(0, this.select.selectedIndex)]);
  }

  #sift(event) {
    event?.stopPropagation();
    const words = plain(this.search.value).split(/\s+/).filter(Boolean);
    for (const option of this.options.children) {
      option.hidden = !words.every((word) => option.dataset.words.includes(word));
    }
    const [first] = this.#shown();
    this.list.querySelector("[data-none]").textContent = first ? "" : "Nothing fits.";
    this.#point(first);
  }

  #shown() {
    return [...this.options.children].filter((option) => !option.hidden);
  }

  #point(option) {
    this.pointed?.classList.remove("pointed");
    this.pointed = option;
    option?.classList.add("pointed");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.search.setAttribute("aria-activedescendant", option.id);
    else this.search.removeAttribute("aria-activedescendant");
  }

  #pressedOnButton(event) {
    const isText = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!isText && event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    this.list.showPopover();
    if (isText) this.search.value = event.key;
    this.#sift();
    // At once: the browser tells of the opening only when the next key may have come.
    this.#enter();
  }

  #pressed(event) {
    const shown = this.#shown();
    const place = shown.indexOf(this.pointed);
    const last = shown.length - 1;
    const places = {
      ArrowDown: place === last ? 0 : place + 1,
      ArrowUp: place <= 0 ? last : place - 1,
      Home: 0,
      End: last,
      PageDown: Math.min(last, place + PAGE),
      PageUp: Math.max(0, place - PAGE),
    };
    if (event.key in places) this.#point(shown[places[event.key]]);
    else if (event.key === "Enter") this.#choose(this.pointed);
    else if (event.key === "Tab") this.list.hidePopover();
    if (event.key in places || event.key === "Enter") event.preventDefault();
    event.stopPropagation();
  }

  #choose(option) {
    if (!option) return;
    this.select.selectedIndex = Number(option.dataset.place);
    this.list.hidePopover();
    this.button.focus();
    for (const type of ["input", "change"]) this.select.dispatchEvent(new Event(type, { bubbles: true }));
  }
}

customElements.define("search-select", SearchSelect);
