// Where the admins' navigation scrolls, as the row that it is on narrow screens, begin where the open page's entry is.
const nav = document.querySelector(".side");
const current = nav?.querySelector("[aria-current]");
if (current) {
  // Only the navigation: the page may have gone to a field that is wrong.
  const entry = current.getBoundingClientRect();
  const shown = nav.getBoundingClientRect();
  nav.scrollLeft += entry.left + entry.width / 2 - shown.left - shown.width / 2;
  nav.scrollTop += entry.top + entry.height / 2 - shown.top - shown.height / 2;
}
