// The full-size view of an image of an <upload-field>, with the buttons that move and remove it.
import { move } from "./upload-order.js";

/** Make the dialog of this field work, and return what opens it for a thumb. */
export function offerLook(field, { moved, removed }) {
  const dialog = field.querySelector("[data-look-dialog]");
  let shown = null;
  const part = (name) => dialog.querySelector(`[data-look-${name}]`);

  function show(thumb) {
    shown = thumb;
    const { label, width, height, page } = thumb.dataset;
    part("title").textContent = `${thumb.querySelector("img").alt.split(":")[0]}`;
    part("image").src = thumb.querySelector("a").href;
    part("image").alt = label;
    part("facts").textContent = `${label}, ${width} × ${height}`;
    part("page").hidden = !page;
    if (page) part("page").href = page;
    dialog.querySelector("[data-earlier]").disabled = !thumb.previousElementSibling;
    dialog.querySelector("[data-later]").disabled = !thumb.nextElementSibling;
  }

  dialog.addEventListener("click", ({ target }) => {
    if (target.closest("[data-earlier], [data-later]")) {
      if (move(shown, target.closest("[data-earlier]") ? -1 : 1)) moved(shown);
      show(shown);
    } else if (target.closest("[data-remove-shown]")) {
      dialog.close();
      removed(shown);
    }
  });
  dialog.addEventListener("close", () => shown?.querySelector("a")?.focus());

  return (thumb) => {
    show(thumb);
    dialog.showModal();
  };
}
