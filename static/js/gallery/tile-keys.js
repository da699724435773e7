// The gallery by keyboard: arrows go from picture to picture, up and down to the nearest of the next row.
const WAYS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: "up", ArrowDown: "down" };

document.addEventListener("keydown", (event) => {
  const way = WAYS[event.key];
  const card = event.target.closest(".gal .card");
  if (!way || !card || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const next = typeof way === "number" ? beside(card, way) : inNextRow(card, way);
  if (!next) return;
  event.preventDefault();
  const control = event.target.matches(".pick") ? ".pick" : "a, .pick";
  next.querySelector(control).focus();
  next.scrollIntoView({ block: "nearest" });
});

function beside(card, step) {
  const cards = [...document.querySelectorAll(".gal .card")];
  return cards[cards.indexOf(card) + step];
}

function inNextRow(card, way) {
  const from = card.getBoundingClientRect();
  const middle = from.left + from.width / 2;
  const isBeyond = (box) => (way === "down" ? box.top >= from.bottom - 1 : box.bottom <= from.top + 1);
  const others = [...document.querySelectorAll(".gal .card")]
    .map((other) => ({ other, box: other.getBoundingClientRect() }))
    .filter(({ box }) => isBeyond(box));
  const distance = ({ box }) => Math.abs(box.top - from.top) * 1000 + Math.abs(box.left + box.width / 2 - middle);
  return others.sort((one, two) => distance(one) - distance(two))[0]?.other;
}
