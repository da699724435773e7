// <elapsed-time since="2026-11-20T09:00:00Z" data-usual-s="12.4">: "9 s", counted on, with the meter of its card.
// The server's clock counts: an element with data-now says how far the browser's is off.
const shown = new Set();
let timer = 0;
let offset;

class ElapsedTime extends HTMLElement {
  connectedCallback() {
    this.since = Date.parse(this.getAttribute("since"));
    this.meter = this.closest(".card")?.querySelector(".meter");
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
    const usual = Number(this.dataset.usualS);
    if (usual) this.meter?.style.setProperty("--v", progress(seconds / usual).toFixed(1));
  }
}

function clockOffset() {
  const now = document.querySelector("[data-now]")?.dataset.now;
  // Measured once, when the page had just arrived; later its stamp is old.
  return (offset ??= now ? performance.timeOrigin + performance.now() - Date.parse(now) : 0);
}

// Steady up to the usual time, then ever slower: it never stands at the end without a result.
function progress(share) {
  return share < 1 ? share * 85 : 97 - 12 / (share * share);
}

function words(seconds) {
  const whole = Math.floor(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

// Measure while the page is fresh, not when the first card starts to count.
clockOffset();
customElements.define("elapsed-time", ElapsedTime);
