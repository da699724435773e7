// One panel holds all filters. A button [data-facet] opens it below itself with its own filter; without script, or on a
// phone, all are there.
const panel = () => document.getElementById("gallery-panel");
let opener = null;

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest("button[data-facet]");
    if (!button) return;
    const isOther = panel().matches(":popover-open") && panel().dataset.facet !== button.dataset.facet;
    panel().dataset.facet = button.dataset.facet;
    opener = button.id;
    if (!isOther) return;
    // The browser would only close it.
    event.preventDefault();
    panel().hidePopover();
    panel().showPopover({ source: button });
  },
  { capture: true },
);

// Clear takes back what is chosen in the filter that is open; Show then applies it.
document.addEventListener("click", ({ target }) => {
  if (!target.closest("[data-facet-clear]")) return;
  for (const control of panel().querySelectorAll(".fbody input")) {
    if (!control.checkVisibility()) continue;
    if (control.type === "date") control.value = "";
    else if (control.type !== "search") control.checked = control.type === "radio" && !control.value;
  }
  panel().querySelector(".fbody").dispatchEvent(new Event("change"));
});

// The first control of what was opened has the focus.
document.addEventListener("toggle", ({ target, newState }) => {
  if (target.id !== "gallery-panel" || newState !== "open") return;
  const controls = [...target.querySelectorAll("input, .fhead a")].filter((control) => control.checkVisibility());
  (controls.find((control) => control.checked) ?? controls[0])?.focus({ preventScroll: true });
}, { capture: true });

// Submitting replaces the panel; the focus goes back to the button that opened it.
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id !== "gallery" || !opener || document.activeElement !== document.body) return;
  document.getElementById(opener)?.focus({ preventScroll: true });
  opener = null;
});
