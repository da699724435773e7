// The page of an image: keys, a swipe between neighbours, and these fetched before they are asked for.
//
// aria-keyshortcuts names the key of a link or button; pressing it anywhere on the page is a click on it.
// A dialog that has just closed keeps the focus for a moment.
const NOT_HERE = "input, textarea, select, dialog[open], :popover-open, [contenteditable]";
const SWIPE_PX = 60;

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented || event.repeat) return;
  if (event.target.closest(NOT_HERE) || document.querySelector("dialog[open]")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const wanted = document.querySelector(`[aria-keyshortcuts="${CSS.escape(key)}"]`);
  if (!wanted) return;
  event.preventDefault();
  wanted.click();
});

const stage = document.querySelector("[data-swipe]");
let start = null;
stage?.addEventListener("touchstart", ({ touches }) => {
  const isZoomed = (window.visualViewport?.scale ?? 1) > 1.01;
  start = touches.length === 1 && !isZoomed ? { x: touches[0].clientX, y: touches[0].clientY } : null;
}, { passive: true });
stage?.addEventListener("touchend", ({ changedTouches: [touch] }) => {
  if (!start) return;
  const [across, down] = [touch.clientX - start.x, touch.clientY - start.y];
  start = null;
  if (Math.abs(across) < SWIPE_PX || Math.abs(down) > Math.abs(across) / 2) return;
  document.querySelector(across < 0 ? "a[rel=next]" : "a[rel=prev]")?.click();
}, { passive: true });

// When this picture is there, the line is free for the next ones.
function fetchNeighbours() {
  for (const link of document.querySelectorAll("[data-sources]")) {
    const picture = new Image();
    picture.sizes = document.querySelector(".shot").sizes;
    picture.srcset = link.dataset.sources;
  }
}
if (document.readyState === "complete") fetchNeighbours();
else addEventListener("load", fetchNeighbours, { once: true });
