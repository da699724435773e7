// The dialog of an <upload-field> in which images of the project are picked. `room()` says how many more fit, and
// `take(thumbs)` gets what was picked.
import { token } from "./upload-job.js";

const FAILED = "The images can’t be shown now. Close this and try again.";

/** Make the dialog of this field work, and return what opens it. */
export function offerGallery(field, { room, take }) {
  const dialog = field.querySelector("[data-pick-dialog]");
  const picks = dialog.querySelector("[data-picks]");
  const button = dialog.querySelector("[data-take]");
  const said = dialog.querySelector("[data-pick-said]");
  // In the order in which they were picked.
  let picked = [];

  async function load(before) {
    const address = before ? `${dialog.dataset.pickUrl}?before=${before}` : dialog.dataset.pickUrl;
    const answer = await ask(address);
    picks.querySelector("[data-more]")?.remove();
    if (answer) picks.append(...answer.body.childNodes);
    else said.textContent = FAILED;
  }

  async function open() {
    picked = [];
    picks.replaceChildren();
    tell();
    dialog.showModal();
    await load();
    picks.querySelector("input")?.focus();
  }

  async function finish() {
    button.disabled = true;
    const body = new FormData();
    for (const id of picked) body.append("image", id);
    const answer = await ask(dialog.dataset.useUrl, { method: "POST", body, headers: { "X-CSRFToken": token(field) } });
    if (!answer) {
      said.textContent = "One of these images is no longer there. Pick again.";
      return;
    }
    dialog.close();
    take([...answer.querySelectorAll("[data-thumb]")]);
  }

  function tell() {
    const count = picked.length;
    button.disabled = count === 0;
    button.textContent = count > 1 ? `Add ${count} images` : "Add image";
    said.textContent = Number.isFinite(room()) ? `${count} of ${room()}` : "";
  }

  dialog.addEventListener("change", (event) => {
    const { target } = event;
    // The form around it has nothing to do with what is ticked in here.
    event.stopPropagation();
    if (!target.matches("[data-image]")) return;
    if (target.checked && room() === 1) {
      for (const other of picks.querySelectorAll(":checked")) other.checked = other === target;
      picked = [];
    }
    picked = target.checked ? [...picked, target.value] : picked.filter((id) => id !== target.value);
    if (picked.length > room()) {
      target.checked = false;
      picked.pop();
    }
    tell();
  });
  dialog.addEventListener("click", ({ target }) => {
    if (target.closest("[data-more]")) load(target.closest("[data-more]").dataset.more);
    else if (target.closest("[data-take]")) finish();
  });
  return open;
}

async function ask(address, { headers, ...options } = {}) {
  try {
    const response = await fetch(address, { ...options, headers: { "HX-Request": "true", ...headers } });
    return response.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
  } catch {
    return null;
  }
}
