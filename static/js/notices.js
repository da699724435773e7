// Browser notifications when a press is over and the tab is hidden. <notice-switch> on the account's page asks for them;
// nothing is asked for when a page loads. The choice is this browser's.
const KEY = "notices";
const OVER = ["finished", "failed"];

document.addEventListener("notification:changed", () => {
  if (document.hidden && isOn()) tell().catch(() => {});
});

function isOn() {
  return window.Notification?.permission === "granted" && localStorage.getItem(KEY) === "on";
}

// The newest as the menu of the bell shows it. Several tabs show it once: the tag is the same.
async function tell() {
  const answer = await fetch("/notifications/latest", { headers: { "HX-Request": "true" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const row = page.querySelector("[data-notification].new");
  if (!row || !OVER.includes(row.dataset.kind)) return;
  row.querySelectorAll(".sr, relative-time").forEach((part) => part.remove());
  const words = row.querySelector("p").textContent.replace(/\s+/g, " ").trim();
  const address = row.querySelector("a")?.getAttribute("href");
  const notice = new Notification("Studio", { body: words, tag: `notification-${row.dataset.notification}` });
  notice.onclick = () => {
    window.focus();
    if (address) location.assign(address);
  };
}

class NoticeSwitch extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.said = this.querySelector("[role=status]");
    this.button.addEventListener("click", () => this.press());
    this.show();
  }

  async press() {
    if (isOn()) localStorage.removeItem(KEY);
    else if ((await Notification.requestPermission()) === "granted") localStorage.setItem(KEY, "on");
    this.show();
  }

  show() {
    this.button.hidden = !window.Notification;
    this.button.textContent = isOn() ? "Turn off" : "Turn on";
    this.said.textContent = this.words();
  }

  words() {
    if (!window.Notification) return "This browser can’t, or only under https.";
    if (Notification.permission === "denied") return "This browser blocks them: allow them in its settings for this site.";
    return isOn() ? "On in this browser" : "Off in this browser";
  }
}

customElements.define("notice-switch", NoticeSwitch);
