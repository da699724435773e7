// The page of one generation follows it: when its generation changes, its receipt is read again.
import "./elapsed-time.js";

const APART_MS = 500;
const page = () => document.querySelector("[data-generation]");
let timer = 0;

document.addEventListener("generation:changed", ({ detail: { ids } }) => {
  if (ids.includes(Number(page().dataset.generation))) timer ||= setTimeout(readAgain, APART_MS);
});

function readAgain() {
  timer = 0;
  window.htmx.ajax("GET", location.href, { target: page(), select: "[data-generation]", swap: "outerHTML" });
}

// There is no form here to fill: what fills one goes to the studio, as it does without script.
document.addEventListener("htmx:targetError", ({ target }) => {
  if (target.href) location.assign(target.href);
  else {
    target.form.action = target.formAction;
    target.form.submit();
  }
});
