// The dialog of an <upload-field> in which images of the project are picked. `room()` says how many more fit, and
// `take(thumbs)` gets what was picked.
const FAILED = "The images can’t be shown now. Close this and try again.";

export function offerGallery(field, { room, take }) {
  const dialog = field.querySelector("[data-pick-dialog]");
  if (!dialog) return;
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
    const answer = await ask(dialog.dataset.useUrl, { method: "POST", body, headers: token(field) });
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
  field.addEventListener("click", (event) => {
    if (event.target.closest("[data-pick]") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      open();
    } else if (event.target.closest("[data-more]")) load(event.target.closest("[data-more]").dataset.more);
    else if (event.target.closest("[data-take]")) finish();
  });
}

async function ask(address, { headers, ...options } = {}) {
  try {
    const response = await fetch(address, { ...options, headers: { "HX-Request": "true", ...headers } });
    return response.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
  } catch {
    return null;
  }
}

export function token(field) {
  return { "X-CSRFToken": field.closest("form").querySelector("[name=csrfmiddlewaretoken]").value };
}
