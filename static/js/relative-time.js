// <relative-time datetime="2026-11-20T09:00:00Z">20 Nov, 09:00</relative-time>: "6 min ago", kept current. The text it
// comes with is what is read without script, and becomes the tooltip.
const UNITS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const shown = new Set();

class RelativeTime extends HTMLElement {
  connectedCallback() {
    this.moment = new Date(this.getAttribute("datetime"));
    this.title ||= this.moment.toLocaleString();
    shown.add(this);
    this.refresh();
  }

  disconnectedCallback() {
    shown.delete(this);
  }

  refresh() {
    this.textContent = phrase(this.moment);
  }
}

function phrase(moment) {
  const seconds = (moment - Date.now()) / 1000;
  if (Math.abs(seconds) < 45) return "just now";
  if (Math.abs(seconds) > 6 * 86400) {
    return moment.toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
  }
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["minute", 60];
  // "6 min. ago" without the full stop of the abbreviation.
  return words.format(Math.round(seconds / size) || Math.sign(seconds), unit).replace(".", "");
}

customElements.define("relative-time", RelativeTime);
setInterval(() => shown.forEach((element) => element.refresh()), 30000);
