// <page-refresh data-every-s="5" hx-get hx-target="#jobs-lists" …>: asks for the page's live parts anew while somebody
// looks at it, by the event page:aged. What is ticked stays ticked and the focus stays, since all that takes it has an
// id. It waits while a text is selected or a pointer is down in there, so that nothing goes from under the hand. When
// the server can't be reached it says so beside the time (data-state="lost") and asks more and more seldom.
const SLOWEST_S = 60;

class PageRefresh extends HTMLElement {
  connectedCallback() {
    this.every = Number(this.dataset.everyS);
    this.asked = Date.now();
    this.pause = this.every;
    this.timer = setInterval(() => this.lookAgain(), 1000);
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    document.addEventListener("visibilitychange", () => this.lookAgain(), { signal });
    document.addEventListener("pointerdown", ({ target }) => (this.held = this.parts.contains(target)), { signal });
    for (const end of ["pointerup", "pointercancel"]) {
      document.addEventListener(end, () => setTimeout(() => (this.held = false)), { signal });
    }
    document.addEventListener("htmx:beforeSwap", ({ detail }) => detail.requestConfig?.elt === this && this.keep(), { signal });
    document.addEventListener("htmx:afterSwap", ({ detail }) => detail.requestConfig?.elt === this && this.restore(), { signal });
    // Without a toast every few seconds.
    for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
      this.addEventListener(failure, (event) => (event.stopPropagation(), this.lose()), { signal });
    }
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.listeners.abort();
  }

  get parts() {
    return document.querySelector(this.getAttribute("hx-target"));
  }

  lookAgain() {
    if (document.hidden || Date.now() - this.asked < this.pause * 1000 || this.held || this.isBeingRead()) return;
    this.asked = Date.now();
    this.dispatchEvent(new CustomEvent("page:aged"));
  }

  isBeingRead() {
    const selection = getSelection();
    return !selection.isCollapsed && selection.containsNode(this.parts, true);
  }

  keep() {
    this.ticked = [...this.parts.querySelectorAll("input:checked")].map(({ id }) => id);
  }

  restore() {
    for (const id of this.ticked) {
      const box = document.getElementById(id);
      if (box) box.checked = true;
    }
    this.dataset.state = "live";
    this.pause = this.every;
  }

  lose() {
    this.dataset.state = "lost";
    this.pause = Math.min(SLOWEST_S, this.pause * 2);
  }
}

customElements.define("page-refresh", PageRefresh);
