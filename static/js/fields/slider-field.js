// <slider-field>: a number that one types or slides to. The slider is for the pointer; the number has the keyboard, and its
// arrows count by the slider's step. A blank number is sent as nothing, and the slider rests where it was.
class SliderField extends HTMLElement {
  connectedCallback() {
    [this.range, this.number] = this.querySelectorAll("input");
    this.range.hidden = false;
    this.range.addEventListener("input", (event) => this.#slid(event));
    this.range.addEventListener("change", (event) => event.stopPropagation());
    this.number.addEventListener("input", () => this.#follow());
    this.number.addEventListener("keydown", (event) => this.#pressed(event));
    this.#follow();
  }

  #slid(event) {
    event.stopPropagation();
    this.#set(this.range.value);
  }

  #set(value) {
    this.number.value = value;
    for (const type of ["input", "change"]) this.number.dispatchEvent(new Event(type, { bubbles: true }));
  }

  #pressed(event) {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    if (event.key === "ArrowUp") this.range.stepUp();
    else this.range.stepDown();
    this.#set(this.range.value);
  }

  #follow() {
    const typed = Number(this.number.value.replace(",", "."));
    if (this.number.value.trim() && !Number.isNaN(typed)) this.range.value = typed;
    const { min, max, value } = this.range;
    this.range.style.setProperty("--v", (value - min) / (max - min));
  }
}

customElements.define("slider-field", SliderField);
