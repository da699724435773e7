// The dialog of an <upload-field> in which images of the project are picked. `room()` says how many more fit, and
// `take(thumbs)` gets what was picked.
import { token } from "./upload-job.js";

const UNSHOWN = "The images can’t be shown now. Close this and try again.";
const UNTAKEN = "The images can’t be added now. Try again, or reload the page.";
const GONE = "One of these images is no longer there. Pick again.";
// As many as the server takes at once.
const MOST = 100;

/** Make the dialog of this field work, and return what opens it. */
export function offerGallery(field, { room: roomLeft, take }) {
  const room = () => Math.min(roomLeft(), MOST);
  const dialog = field.querySelector("[data-pick-dialog]");
  const picks = dialog.querySelector("[data-picks]");
  const button = dialog.querySelector("[data-take]");
  const said = dialog.querySelector("[data-pick-said]");
  // In the order in which they were picked.
  let picked = [];
  let opened = 0;

  // One page at a time, each once.
  async function load(more) {
    if (more) more.disabled = true;
    const { pickUrl } = dialog.dataset;
    const time = opened;
    const { page } = await ask(more ? `${pickUrl}?before=${more.dataset.more}` : pickUrl);
    // Opened anew meanwhile: then what was asked for before belongs to nobody.
    if (time !== opened) return;
    if (page) {
      more?.remove();
      picks.append(...page.body.childNodes);
    } else {
      if (more) more.disabled = false;
      said.textContent = UNSHOWN;
    }
  }

  async function open() {
    opened += 1;
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
    const headers = { "X-CSRFToken": token(field) };
    const { page, status } = await ask(dialog.dataset.useUrl, { method: "POST", body, headers });
    if (!page) {
      button.disabled = false;
      said.textContent = status === 404 ? GONE : UNTAKEN;
      return;
    }
    dialog.close();
    take([...page.querySelectorAll("[data-thumb]")]);
  }

  function tell() {
    const count = picked.length;
    button.disabled = count === 0;
    button.textContent = count > 1 ? `Add ${count} images` : "Add image";
    said.textContent = roomLeft() <= MOST || count === MOST ? `${count} of ${room()}` : "";
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
    if (target.closest("[data-more]")) load(target.closest("[data-more]"));
    else if (target.closest("[data-take]")) finish();
  });
  return open;
}

/** Return the page that was answered, or none with the status that says why (0: no answer came). */
async function ask(address, { headers, ...options } = {}) {
  try {
    const response = await fetch(address, { ...options, headers: { "HX-Request": "true", ...headers } });
    if (!response.ok) return { status: response.status };
    return { page: new DOMParser().parseFromString(await response.text(), "text/html"), status: response.status };
  } catch {
    return { status: 0 };
  }
}
