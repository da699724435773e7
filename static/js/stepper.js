// .stepper: buttons with data-step="-1" and data-step="1" around a number input; the input's min, max and step hold.
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-step]");
  const input = button?.closest(".stepper")?.querySelector("input");
  if (!input) return;
  if (Number(button.dataset.step) > 0) input.stepUp();
  else input.stepDown();
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
