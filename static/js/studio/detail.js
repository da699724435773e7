// The page of one generation follows it: when its generation changes, its receipt is read again.
import "./elapsed-time.js";

const APART_MS = 500;
const page = () => document.querySelector("[data-generation]");
let timer = 0;

document.addEventListener("generation:changed", ({ detail: { ids } }) => {
  if (ids.includes(Number(page().dataset.generation))) timer ||= setTimeout(readAgain, APART_MS);
});

// Nobody announces that a line got shorter: what waits in it is asked for now and then.
const LINE_MS = 10_000;
setInterval(() => {
  if (!document.hidden && page().querySelector(".gen[data-status=queued]")) readAgain();
}, LINE_MS);

async function readAgain() {
  timer = 0;
  const isOpen = document.getElementById("support")?.open;
  const focused = document.activeElement?.id;
  await window.htmx.ajax("GET", location.href, { target: page(), select: "[data-generation]", swap: "outerHTML" });
  const support = document.getElementById("support");
  if (support) support.open = isOpen;
  if (focused && document.activeElement === document.body) {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
}

// There is no form here to fill: what fills one goes to the studio, as it does without script.
document.addEventListener("htmx:targetError", ({ target }) => {
  if (target.href) location.assign(target.href);
  else {
    target.form.action = target.formAction;
    target.form.submit();
  }
});
