// <live-feed data-project="3" data-cursor="812" data-reader="5" data-stream-url data-changes-url data-worker-url
//            [data-cards-url="/p/spring/cards"] [data-kind="generation"]>, made by templates/live/_feed.html.
//
// Without a project it hears of the reader's news only, and of nothing where the page has another feed.
//
// Keeps a page current. It hears which generations of the project changed and asks for all of them in one request:
//
//   GET {cards-url}?ids=7,8,9&new=9          (HX-Request: true; `new`: those that the page does not show yet)
//
// Every element at the top of the answer has an id. One that the page has is replaced ("generation-7"); one that it
// doesn't have ("batch-4") goes into the element marked data-live-list, which is ordered newest first by the number at
// the end of the ids; [data-live-empty] then goes. Other elements and an empty answer are fine. When the past is gone
// (a day asleep, another database) the page's data-live-list is fetched anew as a whole from the page's own address.
//
// data-state says how it hears: "live", "polling", or "ended" (signed out, no longer a member).
//
// Events (they bubble; ids only): generation:changed {project, ids} on the element, when it is heard;
// cards:swapped {ids} on the document, when the new cards are in place.
import { Cards } from "./cards.js";
import { Connection } from "./connection.js";

class LiveFeed extends HTMLElement {
  connectedCallback() {
    const { project, cursor, reader, streamUrl, changesUrl, workerUrl, cardsUrl, kind = "generation" } = this.dataset;
    if (!project && document.querySelector("live-feed[data-project]")) return this.remove();
    this.kind = kind;
    this.cards = cardsUrl ? new Cards(cardsUrl, kind) : null;
    const since = cursor === undefined ? null : Number(cursor);
    this.connection = new Connection(
      { project: Number(project ?? 0), cursor: since, reader, streamUrl, changesUrl, workerUrl },
      (news) => this.hear(news),
    );
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    document.addEventListener("visibilitychange", () => this.lookedAt(), { signal });
    window.addEventListener("pageshow", ({ persisted }) => persisted && this.connection.wake(), { signal });
    window.addEventListener("pagehide", () => this.connection.leave(), { signal });
    window.addEventListener("online", () => this.connection.wake(), { signal });
  }

  disconnectedCallback() {
    this.listeners?.abort();
    this.connection?.leave();
  }

  lookedAt() {
    if (document.hidden) this.connection.rest();
    else this.connection.wake();
  }

  hear({ type, changes, state }) {
    if (type === "state") {
      this.dataset.state = state;
      return;
    }
    if (type === "reset") return this.cards?.wantAll();
    for (const { project, kind, ids } of changes) {
      // Of news the ids are those of the people who were told.
      if (kind === "notification" && !ids.includes(Number(this.dataset.reader))) continue;
      const detail = { project, ids };
      this.dispatchEvent(new CustomEvent(`${kind}:changed`, { bubbles: true, detail }));
      if (kind === this.kind) this.cards?.want(ids);
    }
  }
}

customElements.define("live-feed", LiveFeed);
