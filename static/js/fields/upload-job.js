// One file on its way to the server. At most three are sent at once; the others wait for their turn. A job belongs to no
// element: it goes on while the form around it is replaced, and tells whoever listens to its "changed".
const AT_ONCE = 3;
const OFFLINE = "The server can’t be reached.";
const SIGNED_OUT = "You are signed out. Sign in in another tab, then send it again.";
const waiting = [];
let sending = 0;

export class UploadJob extends EventTarget {
  #request;

  constructor(file, { url, token }) {
    super();
    Object.assign(this, { file, url, token, share: 0, sentence: "", thumb: null });
    this.retry();
  }

  get isBusy() {
    return this.state === "waiting" || this.state === "sending";
  }

  retry() {
    this.#become("waiting");
    waiting.push(this);
    next();
  }

  cancel() {
    const place = waiting.indexOf(this);
    if (place >= 0) waiting.splice(place, 1);
    this.#become("cancelled");
    this.#request?.abort();
  }

  send() {
    sending += 1;
    // fetch doesn't tell how much of a body has gone.
    const request = (this.#request = new XMLHttpRequest());
    request.open("POST", this.url);
    request.setRequestHeader("X-CSRFToken", this.token);
    request.setRequestHeader("HX-Request", "true");
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      this.share = total ? loaded / total : 0;
      this.#become("sending");
    });
    request.addEventListener("load", () => this.#answered(request));
    request.addEventListener("error", () => this.#become("failed", OFFLINE));
    request.addEventListener("loadend", () => {
      sending -= 1;
      next();
    });
    this.#become("sending");
    const body = new FormData();
    body.append("file", this.file, this.file.name);
    request.send(body);
  }

  #answered({ status, responseText }) {
    const answer = new DOMParser().parseFromString(responseText, "text/html");
    this.thumb = status === 200 ? answer.querySelector("[data-thumb]") : null;
    if (this.thumb) this.#become("done");
    else if (status === 401) this.#become("failed", SIGNED_OUT);
    else {
      const sentence = answer.querySelector("[data-toast] span")?.textContent ?? `The server answered with an error (${status}).`;
      // What the server doesn't take it won't take again; what went wrong on the way may go well.
      this.#become(status >= 400 && status < 500 && status !== 429 ? "refused" : "failed", sentence);
    }
  }

  #become(state, sentence = "") {
    if (this.state === "cancelled" && state !== "waiting") return;
    this.state = state;
    this.sentence = sentence;
    this.dispatchEvent(new Event("changed"));
  }
}

/** What Django asks of a request that this field sends by itself. */
export function token(field) {
  return field.closest("form").querySelector("[name=csrfmiddlewaretoken]").value;
}

function next() {
  while (sending < AT_ONCE && waiting.length) waiting.shift().send();
}
