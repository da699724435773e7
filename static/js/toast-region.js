// <toast-region>: sentences in the corner. Good news leaves after a while; what went wrong stays until it is dismissed.
const STAY_MS = 6000;
const UNDO_STAYS_MS = 12_000;

class ToastRegion extends HTMLElement {
  connectedCallback() {
    // In the top layer, so that a dialog never covers what it has to say.
    this.popover = "manual";
    this.showPopover();
    this.addEventListener("click", (event) => event.target.closest("[data-toast-close]")?.closest("[data-toast]").remove());
    this.querySelectorAll("[data-toast]").forEach((toast) => this.#welcome(toast));
    new MutationObserver((records) => this.#arrived(records)).observe(this, { childList: true, subtree: true });
  }

  /** Show the toast in an answer's markup, or a plain sentence when there is none. */
  say(markup, fallback) {
    const answer = new DOMParser().parseFromString(markup, "text/html");
    this.#show(answer.querySelector("[data-toast]") ?? plain(fallback, "bad"));
  }

  /** Show a sentence of a script: "ok" or "bad". */
  tell(sentence, kind) {
    this.#show(plain(sentence, kind));
  }

  #show(toast) {
    if (![...this.querySelectorAll("[data-toast]")].some((other) => other.innerText.trim() === toast.textContent.trim())) {
      this.append(document.importNode(toast, true));
    }
  }

  #arrived(records) {
    const toasts = records.flatMap((record) => [...record.addedNodes]).filter((node) => node.nodeType === 1);
    const fresh = toasts.flatMap((node) => (node.matches("[data-toast]") ? [node] : [...node.querySelectorAll("[data-toast]")]));
    if (!fresh.length) return;
    this.hidePopover();
    this.showPopover();
    fresh.forEach((toast) => this.#welcome(toast));
  }

  #welcome(toast) {
    if (toast.dataset.toast !== "ok") return;
    const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, STAY_MS) : toast.remove());
    setTimeout(leave, toast.querySelector("form") ? UNDO_STAYS_MS : STAY_MS);
  }
}

function plain(sentence, kind) {
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.dataset.toast = kind;
  const text = document.createElement("span");
  text.textContent = sentence;
  const close = document.createElement("button");
  close.type = "button";
  close.dataset.toastClose = "";
  close.textContent = "Dismiss";
  toast.append(text, close);
  return toast;
}

customElements.define("toast-region", ToastRegion);

const region = () => document.querySelector("toast-region");

// What was taken back needs no button any more: the focus goes on to what came back, the element that data-undo names.
document.addEventListener("htmx:afterRequest", ({ detail: { elt, successful } }) => {
  if (!successful || !elt.matches("[data-undo]")) return;
  const hadFocus = elt.contains(document.activeElement);
  elt.closest("[data-toast]")?.remove();
  if (hadFocus) document.getElementById(elt.dataset.undo)?.querySelector("a, button")?.focus({ preventScroll: true });
});

document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  region()?.say(xhr.responseText, `The server answered with an error (${xhr.status}). Reload the page and try again.`);
});
document.addEventListener("htmx:sendError", () => {
  region()?.say("", "The server can’t be reached. Nothing was changed; try again in a moment.");
});
