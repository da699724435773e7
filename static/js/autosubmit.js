// A form with data-autosubmit sends itself: at once for a choice, after a short rest for typing.
const REST_MS = 300;
const timers = new WeakMap();

function later(form, delay) {
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => form.isConnected && form.requestSubmit(), delay));
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest("form[data-autosubmit]");
  if (form && target.matches("input:is([type=search], [type=text], :not([type]))")) later(form, REST_MS);
});
document.addEventListener("change", ({ target }) => {
  const form = target.closest("form[data-autosubmit]");
  if (form && target.matches("select, [type=radio], [type=checkbox], [type=date]")) later(form, 0);
});
