// <otp-field> around an input of six digits: draws a cell for each and lets nothing else in.
const LENGTH = 6;

class OtpField extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.input.classList.remove("input", "lg");
    this.cells = document.createElement("span");
    this.cells.className = "cells";
    this.cells.setAttribute("aria-hidden", "true");
    this.cells.append(...Array.from({ length: LENGTH }, () => document.createElement("i")));
    this.prepend(this.cells);
    this.input.addEventListener("input", () => this.draw());
    this.draw();
  }

  draw() {
    const digits = this.input.value.replace(/\D/g, "").slice(0, LENGTH);
    if (digits !== this.input.value) this.input.value = digits;
    [...this.cells.children].forEach((cell, index) => cell.classList.toggle("on", index === digits.length));
  }
}

customElements.define("otp-field", OtpField);
