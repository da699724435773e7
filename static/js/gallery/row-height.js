// <row-height>: how high the rows of the gallery are, remembered by this browser.
const KEY = "gallery-row-height";

class RowHeight extends HTMLElement {
  connectedCallback() {
    this.range = this.querySelector("input");
    const kept = Number(localStorage.getItem(KEY));
    if (kept) this.range.value = kept;
    this.apply();
    this.range.addEventListener("input", () => {
      localStorage.setItem(KEY, this.range.value);
      this.apply();
    });
  }

  apply() {
    const { value, min, max } = this.range;
    this.range.style.setProperty("--v", ((value - min) / (max - min)) * 100);
    document.querySelector(".gal").style.setProperty("--rowh", `${value / 16}rem`);
  }
}

customElements.define("row-height", RowHeight);
