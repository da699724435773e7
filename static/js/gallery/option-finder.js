// <option-finder>: a box that shows only the options with these letters in the list that follows.
class OptionFinder extends HTMLElement {
  connectedCallback() {
    const list = this.nextElementSibling;
    this.addEventListener("input", ({ target }) => {
      const wanted = target.value.trim().toLowerCase();
      for (const option of list.children) option.hidden = !option.textContent.toLowerCase().includes(wanted);
    });
    // Neither a search nor a choice: the form and its counts are not asked.
    this.addEventListener("change", (event) => event.stopPropagation());
    this.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  }
}

customElements.define("option-finder", OptionFinder);
