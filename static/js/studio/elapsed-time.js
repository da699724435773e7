// <elapsed-time since="2026-11-20T09:00:00Z" data-p50-s="12.4" data-p90-s="18">: "9 s", counted on, with the meter of
// its card, and the words of its card that are marked data-late from p90 on.
// The server's clock counts: an element with data-now says how far the browser's is off.
const [HALF, MOST, END] = [75, 90, 98];
const shown = new Set();
let timer = 0;
let offset;

class ElapsedTime extends HTMLElement {
  connectedCallback() {
    this.since = Date.parse(this.getAttribute("since"));
    this.meter = this.closest(".card")?.querySelector(".meter");
    this.late = this.closest(".card")?.querySelector("[data-late]");
    shown.add(this);
    this.refresh();
    timer ||= setInterval(() => shown.forEach((element) => element.refresh()), 250);
  }

  disconnectedCallback() {
    shown.delete(this);
    if (!shown.size) timer = clearInterval(timer) ?? 0;
  }

  refresh() {
    const seconds = Math.max(0, (Date.now() - clockOffset() - this.since) / 1000);
    const text = words(seconds);
    if (this.textContent !== text) this.textContent = text;
    const { p50S: half, p90S: most } = this.dataset;
    if (!half) return;
    this.meter?.style.setProperty("--v", progress(seconds, Number(half), Number(most)).toFixed(1));
    if (seconds > Number(most)) this.late?.removeAttribute("hidden");
  }
}

function clockOffset() {
  const now = document.querySelector("[data-now]")?.dataset.now;
  // Measured once, when the page had just arrived; later its stamp is old.
  return (offset ??= now ? performance.timeOrigin + performance.now() - Date.parse(now) : 0);
}

// In percent: steady until half of all are ready, slower until most are, then ever slower: it never stands at the
// end without a result. The second stretch is at most half as steep as the first, however near the two times are.
function progress(seconds, half, most) {
  const reached = HALF + Math.min(MOST - HALF, (HALF / 2) * (most / half - 1));
  if (seconds < half) return (HALF * seconds) / half;
  if (seconds < most) return HALF + ((reached - HALF) * (seconds - half)) / (most - half);
  return END - ((END - reached) * most) / seconds;
}

function words(seconds) {
  const whole = Math.floor(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

// Measure while the page is fresh, not when the first card starts to count.
clockOffset();
customElements.define("elapsed-time", ElapsedTime);
