// Left and right go to the page's neighbours, wherever they lead: a[rel=prev] and a[rel=next].
const WAYS = { ArrowLeft: "prev", ArrowRight: "next" };

document.addEventListener("keydown", (event) => {
  const way = WAYS[event.key];
  if (!way || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, dialog, [popover], [contenteditable]")) return;
  document.querySelector(`a[rel="${way}"]`)?.click();
});
