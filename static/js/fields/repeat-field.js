// <repeat-field data-placeholder data-limit>: a list of groups, with buttons that add and remove one.
class RepeatField extends HTMLElement {
  connectedCallback() {
    if (this.dataset.ready) return;
    this.dataset.ready = "";
    this.rows = this.querySelector("[data-rows]");
    this.next = this.rows.children.length;
    this.#show();
    this.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (button?.closest("repeat-field") !== this) return;
      if (button.matches("[data-add]")) this.#add();
      if (button.matches("[data-remove]")) this.#remove(button.closest("[data-row]"));
    });
  }

  #add() {
    const template = this.querySelector(":scope > fieldset > template");
    const row = document.createElement("template");
    row.innerHTML = template.innerHTML.replaceAll(this.dataset.placeholder, String(this.next++));
    this.rows.append(row.content);
    this.#show();
    this.rows.lastElementChild.querySelector("input, select, textarea")?.focus();
  }

  #remove(row) {
    row.remove();
    this.#show();
    this.querySelector(":scope > fieldset > [data-add]").focus();
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }

  #show() {
    const limit = Number(this.dataset.limit || Infinity);
    this.querySelector(":scope > fieldset > [data-add]").hidden = this.rows.children.length >= limit;
    for (const row of this.rows.children) row.querySelector(":scope > [data-remove]").hidden = false;
  }
}

customElements.define("repeat-field", RepeatField);
