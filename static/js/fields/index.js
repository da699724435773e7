// The controls of a model's form that need more than HTML. Each is a form control without script, too.
import "./changed-count.js";
import "./model-picker.js";
import "./prompt-counter.js";
import "./seed-dice.js";
import "./upload-field.js";
import "./upload-page.js";

// Few models have these: each is loaded when the first of its kind comes into the page.
const RARE = {
  "mask-field": () => import("../mask/mask-field.js"),
  "repeat-field": () => import("./repeat-field.js"),
  "search-select": () => import("./search-select.js"),
  "size-field": () => import("./size-field.js"),
  "slider-field": () => import("./slider-field.js"),
};

function load() {
  for (const [name, fetch] of Object.entries(RARE)) {
    if (!document.querySelector(name)) continue;
    delete RARE[name];
    fetch();
  }
}

load();
new MutationObserver(load).observe(document.body, { childList: true, subtree: true });
