// <form-dialog> around a <dialog>: opens when htmx has put a form into it, and is emptied when it closes, so that
// nothing that was typed into it stays.
class FormDialog extends HTMLElement {
  connectedCallback() {
    const dialog = this.querySelector("dialog");
    this.addEventListener("htmx:afterSwap", () => {
      if (!dialog.open) dialog.showModal();
      dialog.querySelector("[autofocus], [aria-invalid]")?.focus();
    });
    dialog.addEventListener("close", ({ target }) => {
      if (target === dialog) dialog.firstElementChild.replaceChildren();
    });
    // "Cancel" is a link back to the page, for those without script.
    this.addEventListener("click", (event) => {
      if (event.target.closest("a[data-dialog-close]")) event.preventDefault();
    });
  }
}

customElements.define("form-dialog", FormDialog);
