// <size-field data-step data-min-edge …>: shows width and height for a size of one's own, checks them while one types,
// and offers the nearest allowed size. The server checks again, by the same rules.
const CUSTOM = "@custom";
const words = new Intl.NumberFormat("en");

function up(number, step) {
  return Math.ceil(number / step) * step;
}

function fault(rule, width, height) {
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  if (width % rule.step || height % rule.step) return `Width and height must be multiples of ${rule.step}.`;
  if (long > rule.maxEdge) return `The longest edge may have ${words.format(rule.maxEdge)} pixels.`;
  if (short < 1 || long > rule.maxRatio * short) return `The longer edge may be at most ${rule.maxRatio} times the shorter one.`;
  const pixels = width * height;
  if (pixels < rule.minPixels || pixels > rule.maxPixels) {
    const [least, most] = [rule.minPixels, rule.maxPixels].map((limit) => words.format(limit));
    return `${width} × ${height} has ${words.format(pixels)} pixels; from ${least} to ${most} are allowed.`;
  }
  return short < rule.minEdge ? `Each edge must have at least ${rule.minEdge} pixels.` : "";
}

function nearest(rule, width, height) {
  const { step } = rule;
  const shape = Math.max(width, 1) / Math.max(height, 1);
  let best = null;
  for (let across = up(rule.minEdge, step); across <= rule.maxEdge; across += step) {
    const lowest = up(Math.max(rule.minEdge, rule.minPixels / across, across / rule.maxRatio), step);
    const limit = Math.min(rule.maxEdge, rule.maxPixels / across, across * rule.maxRatio);
    const highest = Math.floor(limit / step) * step;
    if (lowest > highest) continue;
    const down = Math.min(Math.max(Math.floor((height + Math.floor(step / 2)) / step) * step, lowest), highest);
    const distance = (across - width) ** 2 + (down - height) ** 2;
    const skew = Math.abs(Math.log(across / down / shape));
    if (!best || distance < best.distance || (distance === best.distance && skew < best.skew)) {
      best = { distance, skew, size: [across, down] };
    }
  }
  return best?.size;
}

class SizeField extends HTMLElement {
  connectedCallback() {
    this.edges = this.querySelector("[data-edges]");
    this.preset = this.querySelector("[data-preset]");
    this.addEventListener("input", () => this.#changed());
    this.addEventListener("click", (event) => this.#use(event.target.closest("[data-use]")));
    this.#show();
    // One sentence about one size: this one comes with the way out.
    if (this.querySelector("[data-verdict]").hasChildNodes()) this.#refusal?.remove();
  }

  // What the server has said of the size that was sent.
  get #refusal() {
    return this.querySelector(":scope > [data-refusal]");
  }

  #changed() {
    this.#refusal?.remove();
    for (const input of this.#inputs()) input.removeAttribute("aria-invalid");
    this.#show();
  }

  #show() {
    this.edges.hidden = this.preset !== null && this.preset.value !== CUSTOM;
    const verdict = this.querySelector("[data-verdict]");
    verdict.replaceChildren();
    const [width, height] = this.#inputs().map((input) => (/^\d{1,6}$/.test(input.value.trim()) ? Number(input.value) : NaN));
    if (this.edges.hidden || !this.dataset.step || Number.isNaN(width + height)) return;
    const data = this.dataset;
    const rule = {
      step: Number(data.step),
      minEdge: Number(data.minEdge),
      maxEdge: Number(data.maxEdge),
      maxRatio: Number(data.maxRatio),
      minPixels: Number(data.minPixels),
      maxPixels: Number(data.maxPixels),
    };
    const sentence = fault(rule, width, height);
    if (sentence) verdict.append(this.#sentence(sentence, nearest(rule, width, height)));
  }

  #sentence(sentence, size) {
    const shown = this.querySelector("template").content.cloneNode(true);
    shown.querySelector("span").textContent = sentence;
    const button = shown.querySelector("button");
    if (size) {
      button.textContent = `Use ${size.join(" × ")}`;
      button.dataset.use = size.join();
    } else {
      button.remove();
    }
    return shown;
  }

  #use(button) {
    if (!button) return;
    const sizes = button.dataset.use.split(",");
    const inputs = this.#inputs();
    for (const [place, input] of inputs.entries()) input.value = sizes[place];
    inputs[0].focus();
    inputs[0].dispatchEvent(new Event("input", { bubbles: true }));
  }

  // Width first, whatever the order of the schema.
  #inputs() {
    const inputs = [...this.edges.querySelectorAll("input")];
    return inputs.sort((a, b) => Number(a.name.endsWith(".height")) - Number(b.name.endsWith(".height")));
  }
}

customElements.define("size-field", SizeField);
