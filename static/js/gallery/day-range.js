// <day-range>: days that move on (last week) and fixed ones (from, to) exclude each other.
class DayRange extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", ({ target }) => {
      if (target.type === "radio" && target.value) this.querySelectorAll("[type=date]").forEach((day) => (day.value = ""));
      if (target.type === "date" && target.value) this.querySelector("[type=radio][value='']").checked = true;
    });
  }
}

customElements.define("day-range", DayRange);
