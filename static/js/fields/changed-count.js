// details.adv: says on its closed lid how many controls inside hold another value than the model would take by itself.
const OFF = "false";

function isChanged(wrapper, values) {
  // Made of several controls, of which none says anything until it is filled.
  const parts = [...values.keys()].filter((name) => name.startsWith(`${wrapper.dataset.name}.`));
  if (parts.length) return parts.some((name) => values.get(name) !== "");
  const value = values.getAll(wrapper.dataset.name).at(-1) ?? "";
  const isSwitch = wrapper.querySelector("[role=switch]") !== null;
  return (isSwitch && value === OFF ? "" : value) !== wrapper.dataset.usual;
}

function count({ target }) {
  const details = target.closest?.("details.adv");
  const badge = details?.querySelector("[data-changed]");
  if (!badge || !target.form) return;
  const values = new FormData(target.form);
  const changed = [...details.querySelectorAll("[data-usual]")].filter((wrapper) => isChanged(wrapper, values)).length;
  badge.textContent = `${changed} changed`;
  badge.hidden = changed === 0;
}

document.addEventListener("input", count);
document.addEventListener("change", count);
