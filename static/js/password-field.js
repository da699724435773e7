// <password-field> around a password input: adds the button that shows what was typed; data-what="key" names it.
class PasswordField extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input");
    const what = this.dataset.what ?? "password";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn ghost sm";
    button.textContent = "Show";
    button.setAttribute("aria-label", `Show ${what}`);
    button.addEventListener("click", () => {
      const visible = input.type === "password";
      input.type = visible ? "text" : "password";
      button.textContent = visible ? "Hide" : "Show";
      button.setAttribute("aria-label", `${button.textContent} ${what}`);
    });
    this.append(button);
  }
}

customElements.define("password-field", PasswordField);
