// The order of the thumbs of a list: dragged by the pointer, or moved by the arrow keys of the thumb that has the focus.
// `moved(thumb)` is called for each change. On touch screens the full-size view has buttons for it.
const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

export function keepInOrder(list, moved) {
  let dragged = null;
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("[data-thumb]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    // Firefox drags nothing without data; "Files" it must not be.
    event.dataTransfer.setData("text/plain", "");
    dragged.classList.add("dragged");
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("[data-thumb]");
    if (!dragged) return;
    event.preventDefault();
    if (!over || over === dragged) return;
    const isLater = [...list.children].indexOf(over) > [...list.children].indexOf(dragged);
    over[isLater ? "after" : "before"](dragged);
  });
  list.addEventListener("drop", (event) => dragged && event.preventDefault());
  list.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged.classList.remove("dragged");
    moved(dragged);
    dragged = null;
  });
  list.addEventListener("keydown", (event) => {
    const thumb = event.target.matches("a") && event.target.closest("[data-thumb]");
    const step = STEPS[event.key];
    if (!thumb || !step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (move(thumb, step)) moved(thumb);
  });
}

/** Move a thumb by one place and keep its focus; false at the end of the list. */
export function move(thumb, step) {
  const other = step < 0 ? thumb.previousElementSibling : thumb.nextElementSibling;
  if (!other) return false;
  const focused = thumb.contains(document.activeElement) ? document.activeElement : null;
  other[step < 0 ? "before" : "after"](thumb);
  focused?.focus();
  return true;
}
