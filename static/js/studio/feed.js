// The feed: images fade in when they arrive, focus stays where it was, and what happened is read aloud.
// The live feed may replace the list as a whole, so it is asked for each time.
const feed = () => document.getElementById("batches");
const status = document.getElementById("feed-status");
const running = document.querySelector("[data-running]");
const PENDING = ["queued", "submitting", "running", "fetching"];
const SAID = {
  succeeded: (card) => {
    const count = card.querySelectorAll("img").length;
    return count === 1 ? "An image has arrived." : `${count} images have arrived.`;
  },
  failed: () => "A generation failed.",
  cancelled: () => "A generation was cancelled.",
  unknown: () => "The outcome of a generation is unknown.",
};

const isCard = (node) => node.nodeType === 1 && node.matches(".gen");
const isBatch = (node) => node.nodeType === 1 && node.matches(".batch");

function changed(records) {
  const left = new Map(records.flatMap((record) => [...record.removedNodes]).filter(isCard).map((card) => [card.id, card]));
  const arrived = records.flatMap((record) => [...record.addedNodes]).filter((node) => node.isConnected);
  arrived.filter(isBatch).forEach(keepOne);
  arrived.filter(isCard).forEach((card) => left.has(card.id) && replaced(left.get(card.id), card));
  count();
}

// The answer to a press and the live news of it may both bring the same batch.
function keepOne(batch) {
  const same = feed().querySelectorAll(`[id="${batch.id}"]`);
  for (const other of same) if (other !== batch) other.remove();
}

function replaced(old, card) {
  const { status: now } = card.dataset;
  if (old.dataset.status === now) return;
  if (SAID[now]) status.textContent = SAID[now](card);
  if (now === "succeeded") card.querySelectorAll(".card:has(img)").forEach(enter);
}

function enter(tile) {
  const image = tile.querySelector("img");
  // Seen to arrive, so it isn't left to lazy loading to find that out.
  image.loading = "eager";
  const show = () => tile.classList.add("enter");
  tile.addEventListener("animationend", () => tile.classList.remove("enter"), { once: true });
  if (image.complete) show();
  else image.addEventListener("load", show, { once: true });
}

function count() {
  const number = [...feed().querySelectorAll(".gen")].filter((card) => PENDING.includes(card.dataset.status)).length;
  const shown = running.querySelector("[data-running-count]");
  running.hidden = number === 0;
  // Only a change is written: this runs on every mutation, its own included.
  if (shown.textContent !== String(number)) shown.textContent = number;
}

// A button that is swapped away with its card would drop the focus to the top of the page.
let focusWasIn = "";
document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  const card = target?.closest?.(".gen");
  focusWasIn = card?.contains(document.activeElement) ? card.id : "";
});
document.addEventListener("htmx:afterSettle", () => {
  if (!focusWasIn || document.activeElement !== document.body) return;
  document.getElementById(focusWasIn)?.querySelector("a, button")?.focus({ preventScroll: true });
  focusWasIn = "";
});

if (feed()) {
  new MutationObserver(changed).observe(document.getElementById("main"), { childList: true, subtree: true });
  count();
}

// Nobody announces that a line got shorter: the cards that wait in it are asked for now and then, all in one request.
const LINE_MS = 10_000;
setInterval(() => {
  const queued = document.hidden ? [] : [...document.querySelectorAll(".gen[data-status=queued]")];
  if (queued.length) document.querySelector("live-feed")?.cards?.want(queued.map((card) => Number(card.id.split("-")[1])));
}, LINE_MS);
