// Where the admins' navigation, or a row of choices such as the models that are priced, scrolls: begin where the open
// page's entry is.
for (const row of document.querySelectorAll(".side, .offers")) {
  const current = row.querySelector("[aria-current]");
  if (!current) continue;
  // Only the row: the page may have gone to a field that is wrong.
  const entry = current.getBoundingClientRect();
  const shown = row.getBoundingClientRect();
  row.scrollLeft += entry.left + entry.width / 2 - shown.left - shown.width / 2;
  row.scrollTop += entry.top + entry.height / 2 - shown.top - shown.height / 2;
}
