// How a page hears of changes: by the shared worker; by a stream of its own where there is no shared worker; and by
// one poll as long as neither is live. All of them share one cursor, so nothing is lost between them.
//
//   const connection = new Connection({project, cursor, streamUrl, changesUrl, workerUrl, reader}, hear);
//   (project 0: news of the reader only; cursor null: from now on)
//   hear({type: "changes", changes}) | hear({type: "reset"}) | hear({type: "state", state: "live" | "polling" | "ended"})
import { Stream } from "./stream.js";

const ANSWER_MS = 2_000;
const BLOCKED_MS = 6_000;
const POLL_MS = 2_000;
const POLL_HIDDEN_MS = 10_000;
const POLL_LONGEST_MS = 15_000;

export class Connection {
  constructor(options, hear) {
    Object.assign(this, options);
    this.hear = hear;
    this.isLive = false;
    this.failures = 0;
    this.deadWorkers = 0;
    this.connect();
    this.pollSoon(BLOCKED_MS);
  }

  connect() {
    if (!("SharedWorker" in window) || this.deadWorkers > 1) return this.connectAlone();
    try {
      // One worker for each person: another sign-in in the same browser starts another.
      const worker = new SharedWorker(this.workerUrl, { type: "module", name: `live-${this.reader}` });
      worker.onerror = () => this.workerDied(worker);
      worker.port.onmessage = ({ data }) => this.heard(data);
      this.worker = worker;
      this.greet();
    } catch {
      this.connectAlone();
    }
  }

  connectAlone() {
    this.worker = null;
    this.stream ??= new Stream(this.streamUrl, this.cursor, (message) => this.heard(message));
  }

  greet() {
    const { worker } = this;
    const url = new URL(this.streamUrl, location.href).href;
    worker.port.postMessage({ type: "hello", url, cursor: this.cursor });
    clearTimeout(this.unanswered);
    this.unanswered = setTimeout(() => this.workerDied(worker), ANSWER_MS);
  }

  workerDied(worker) {
    if (worker !== this.worker) return;
    clearTimeout(this.unanswered);
    worker.port.close();
    this.deadWorkers += 1;
    this.connect();
  }

  heard(message) {
    if (this.isEnded) return;
    switch (message.type) {
      case "there?":
        return this.worker.port.postMessage({ type: "here" });
      case "state":
        clearTimeout(this.unanswered);
        this.turn(message.isLive);
        // The worker heard things before this page was listening.
        if (message.isLive && this.cursor != null && message.cursor > this.cursor) this.poll();
        return;
      case "live":
        return this.turn(true);
      case "down":
        return this.turn(false);
      default:
        this.deadWorkers = 0;
        return this.take(message);
    }
  }

  turn(isLive) {
    if (this.isLive === isLive) return;
    this.isLive = isLive;
    if (isLive) {
      clearTimeout(this.nextPoll);
      this.hear({ type: "state", state: "live" });
    } else this.pollSoon(BLOCKED_MS);
  }

  take({ type, cursor, changes = [] }) {
    this.cursor = type === "reset" ? cursor : Math.max(this.cursor, cursor);
    // News of a person come from any project; the page looks whose they are.
    const own = changes.filter(({ project, kind }) => project === this.project || kind === "notification");
    if (type === "reset" || own.length) this.hear({ type, changes: own });
  }

  // Somebody looks at the page again, or the network is back.
  wake() {
    if (this.isEnded) return;
    if (this.worker) this.greet();
    else if (this.stream) this.stream.hurry();
    else this.connect();
    if (!this.isLive) this.poll();
  }

  // Nobody looks: a stream of one's own would hold one of the browser's six connections.
  rest() {
    if (!this.stream) return;
    this.stream.end();
    this.stream = null;
    this.isLive = false;
    clearTimeout(this.nextPoll);
  }

  pollSoon(afterMs) {
    clearTimeout(this.nextPoll);
    if (!this.isEnded) this.nextPoll = setTimeout(() => this.poll(), afterMs * (0.8 + Math.random() * 0.4));
  }

  async poll() {
    if (this.isPolling) return;
    this.isPolling = true;
    clearTimeout(this.nextPoll);
    try {
      await this.ask();
      this.failures = 0;
    } catch {
      this.failures += 1;
    } finally {
      this.isPolling = false;
    }
    if (this.isLive || this.isEnded) return;
    this.hear({ type: "state", state: "polling" });
    const restMs = document.hidden ? POLL_HIDDEN_MS : POLL_MS;
    this.pollSoon(Math.min(restMs * 2 ** this.failures, POLL_LONGEST_MS));
  }

  async ask() {
    const url = new URL(this.changesUrl, location.href);
    if (this.project) url.searchParams.set("project", this.project);
    if (this.cursor != null) url.searchParams.set("cursor", this.cursor);
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (isRefusal(answer)) return this.end();
    if (!answer.ok) throw new Error(`changes: ${answer.status}`);
    const { cursor, reset, changes } = await answer.json();
    this.take({ type: reset ? "reset" : "changes", cursor, changes });
  }

  end() {
    this.isEnded = true;
    this.leave();
    this.hear({ type: "state", state: "ended" });
  }

  leave() {
    clearTimeout(this.nextPoll);
    clearTimeout(this.unanswered);
    this.worker?.port.postMessage({ type: "bye" });
    this.stream?.end();
    this.stream = null;
    this.isLive = false;
  }
}

// Signed out, or no longer a member: the page is not asked for again.
export function isRefusal(answer) {
  return answer.redirected || [401, 403, 404].includes(answer.status);
}
