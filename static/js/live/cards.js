// Fetches the changed cards of a page in one request and puts them in their places: one request in flight, at least
// 300 ms apart, with jitter, so that a hundred open pages don't ask in the same moment.
import { isRefusal } from "./connection.js";

const APART_MS = 300;
const JITTER_MS = 120;
const LONGEST_MS = 15_000;
const MOST_IDS = 100;

export class Cards {
  constructor(url, kind) {
    this.url = url;
    this.kind = kind;
    this.waiting = new Set();
    this.readyAt = 0;
    this.failures = 0;
  }

  want(ids) {
    const oldest = this.oldestShown();
    for (const id of ids) if (id > oldest || document.getElementById(`${this.kind}-${id}`)) this.waiting.add(id);
    if (this.waiting.size) this.schedule();
  }

  // Nobody knows what changed: ask for the whole list.
  wantAll() {
    this.isStale = true;
    this.schedule();
  }

  // A generation older than everything on the page is on a later page; one that is missing in between is new.
  // Looked up once for all news of a moment: it goes through the whole page.
  oldestShown() {
    if (!document.querySelector("[data-live-list]")) return -Infinity;
    const shown = [...document.querySelectorAll(`[id^="${this.kind}-"]`)].map(numberOf).filter(Number.isFinite);
    return shown.length ? Math.min(...shown) : -Infinity;
  }

  schedule() {
    if (this.isBusy || this.timer || this.isEnded) return;
    const waitMs = Math.max(0, this.readyAt - Date.now()) + Math.random() * JITTER_MS;
    this.timer = setTimeout(() => this.fetch(), waitMs);
  }

  async fetch() {
    this.timer = null;
    this.isBusy = true;
    const isStale = this.isStale;
    const ids = [...this.waiting].slice(0, MOST_IDS);
    this.isStale = false;
    ids.forEach((id) => this.waiting.delete(id));
    try {
      await (isStale ? this.fetchList() : this.fetchCards(ids));
      this.failures = 0;
    } catch {
      this.failures += 1;
      this.isStale ||= isStale;
      ids.forEach((id) => this.waiting.add(id));
    }
    this.isBusy = false;
    this.readyAt = Date.now() + Math.min(APART_MS * 4 ** this.failures, LONGEST_MS);
    if (this.waiting.size || this.isStale) this.schedule();
  }

  async fetchCards(ids) {
    const url = new URL(this.url, location.href);
    // A list that is narrowed down says to what, so that nothing else comes into it.
    const query = document.querySelector("[data-live-list]")?.dataset.liveQuery;
    for (const [name, value] of new URLSearchParams(query)) url.searchParams.set(name, value);
    const fresh = ids.filter((id) => !document.getElementById(`${this.kind}-${id}`));
    url.searchParams.set("ids", ids.join(","));
    if (fresh.length) url.searchParams.set("new", fresh.join(","));
    const overtaking = new Overtaking();
    const html = await this.read(url).finally(() => overtaking.end());
    const answer = document.createElement("template");
    answer.innerHTML = html;
    const cards = [...answer.content.children];
    if (cards.some(({ id }) => overtaking.hasChanged(id))) return ids.forEach((id) => this.waiting.add(id));
    for (const element of cards) place(element);
    announce(ids);
  }

  async fetchList() {
    const list = document.querySelector("[data-live-list]");
    if (!list) return this.fetchCards([]);
    const page = new DOMParser().parseFromString(await this.read(location.href), "text/html");
    const fresh = page.querySelector("[data-live-list]");
    if (!fresh) return;
    list.replaceWith(document.adoptNode(fresh));
    window.htmx?.process(fresh);
    announce([]);
  }

  async read(url) {
    const isCards = url !== location.href;
    const answer = await fetch(url, { headers: isCards ? { "HX-Request": "true" } : {} });
    if (isRefusal(answer)) this.isEnded = true;
    if (!answer.ok || answer.redirected) throw new Error(`cards: ${answer.status}`);
    return answer.text();
  }
}

// What this reader's own deeds put in place while cards were on their way. Those may be older than the deed: they are
// asked for again.
class Overtaking {
  constructor() {
    this.swapped = new Set();
    this.listeners = new AbortController();
    const note = ({ target }) => this.swapped.add(target);
    for (const type of ["htmx:afterSwap", "htmx:oobAfterSwap"]) {
      document.addEventListener(type, note, { signal: this.listeners.signal });
    }
  }

  hasChanged(id) {
    const shown = id && document.getElementById(id);
    return shown && [...this.swapped].some((element) => shown.contains(element));
  }

  end() {
    this.listeners.abort();
  }
}

function place(element) {
  const shown = element.id && document.getElementById(element.id);
  if (shown) return replace(shown, element);
  const list = document.querySelector("[data-live-list]");
  // What has no number is no batch: a part of a page that this reader sees without it.
  if (!list || !Number.isFinite(numberOf(element))) return;
  const older = [...list.children].find((child) => numberOf(child) < numberOf(element));
  list.insertBefore(element, older ?? list.firstElementChild);
  document.querySelectorAll("[data-live-empty]").forEach((notice) => notice.remove());
  window.htmx?.process(element);
}

function replace(shown, element) {
  if (shown.isEqualNode(element)) return;
  const focused = shown.contains(document.activeElement) ? document.activeElement : null;
  shown.replaceWith(element);
  window.htmx?.process(element);
  if (focused) (counterpart(focused, element) ?? element.querySelector("a, button"))?.focus({ preventScroll: true });
}

// What had the focus, in the card's new state.
function counterpart(focused, element) {
  if (focused.id) return document.getElementById(focused.id);
  const href = focused.getAttribute("href");
  return href && element.querySelector(`[href="${CSS.escape(href)}"]`);
}

function announce(ids) {
  document.dispatchEvent(new CustomEvent("cards:swapped", { detail: { ids } }));
}

// The news of a press may come before its own answer, which then brings the same batch again.
function dropCopies() {
  const seen = new Set();
  for (const child of [...(document.querySelector("[data-live-list]")?.children ?? [])]) {
    if (child.id && seen.has(child.id)) child.remove();
    seen.add(child.id);
  }
}

document.addEventListener("htmx:afterSwap", dropCopies);
document.addEventListener("htmx:oobAfterSwap", dropCopies);

function numberOf(element) {
  return Number(element.id.match(/\d+$/)?.[0] ?? NaN);
}
