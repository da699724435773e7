// data-dialog-open="id" opens a <dialog>; data-dialog-close inside, or a click on the dimmed page, closes it.
document.addEventListener("click", (event) => {
  const { target } = event;
  const opener = target.closest("[data-dialog-open]");
  if (opener) document.getElementById(opener.dataset.dialogOpen)?.showModal();
  else if (target.closest("[data-dialog-close]")) target.closest("dialog")?.close();
  else if (target instanceof HTMLDialogElement && isOutside(target, event)) target.close();
});

// The dimmed page belongs to the dialog, so only the place of the click tells the two apart.
function isOutside(dialog, { clientX, clientY }) {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}

// A choice in a popover menu closes it; a theme or a text field in it doesn't.
document.addEventListener("click", ({ target }) => {
  const choice = target.closest(".menu[popover] :is(a, button)");
  choice?.closest("[popover]").hidePopover();
});
