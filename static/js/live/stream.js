// One event stream that stays alive: it comes back with its cursor after every end, and says whether it is live.
//
//   const stream = new Stream(url, cursor, (message) => …);
//   message: {type: "live"} | {type: "down"} | {type: "changes", cursor, changes} | {type: "reset", cursor} | {type: "beat", cursor}
//
// Used by the shared worker, and by a page where there is no shared worker.

// The server beats every 15 s; a stream that is silent for longer is dead, whatever the socket says.
const SILENCE_MS = 40_000;
// A proxy that holds the first event back for longer than this holds back all of them.
const FIRST_EVENT_MS = 5_000;
const BACKOFF_MS = [300, 1_000, 2_000, 4_000, 8_000, 15_000];

export class Stream {
  constructor(url, cursor, tell) {
    this.url = url;
    this.cursor = cursor;
    this.tell = tell;
    this.failures = 0;
    this.isLive = false;
    this.open();
  }

  open() {
    this.end();
    const url = new URL(this.url, self.location.href);
    if (this.cursor != null) url.searchParams.set("cursor", this.cursor);
    this.source = new EventSource(url);
    this.source.addEventListener("hello", () => this.heard());
    for (const type of ["changes", "reset", "beat"]) {
      this.source.addEventListener(type, ({ data }) => {
        this.heard();
        const news = JSON.parse(data);
        this.cursor = news.cursor;
        this.tell({ type, ...news });
      });
    }
    // The browser's own reconnecting neither backs off nor spreads a thousand readers over time.
    this.source.onerror = () => this.lost();
    this.watch(FIRST_EVENT_MS);
  }

  heard() {
    this.failures = 0;
    this.watch(SILENCE_MS);
    if (!this.isLive) {
      this.isLive = true;
      this.tell({ type: "live" });
    }
  }

  watch(patience) {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.lost(), patience);
  }

  lost() {
    this.end();
    if (this.isLive) {
      this.isLive = false;
      this.tell({ type: "down" });
    }
    const longest = BACKOFF_MS[Math.min(this.failures++, BACKOFF_MS.length - 1)];
    this.retry = setTimeout(() => this.open(), longest * (0.5 + Math.random() / 2));
  }

  // Come back at once: the network is there again, or somebody looks at the page.
  hurry() {
    if (this.isLive || this.source) return;
    this.failures = 0;
    this.open();
  }

  end() {
    clearTimeout(this.watchdog);
    clearTimeout(this.retry);
    this.source?.close();
    this.source = null;
  }
}
