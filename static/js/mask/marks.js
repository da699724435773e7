// The marked area as pixels: a canvas that is opaque where it is marked, of at most four megapixels however large the picture.
import { writeMask } from "./png.js";

const MOST_PIXELS = 4_000_000;
const COUNTED_EDGE = 256;
const HALF = 128;

export class Marks {
  #base = null;

  /** `width` and `height` are the picture's own. */
  constructor(width, height) {
    Object.assign(this, { width, height });
    this.scale = Math.min(1, Math.sqrt(MOST_PIXELS / (width * height)));
    this.canvas = canvasOf(Math.max(1, Math.round(width * this.scale)), Math.max(1, Math.round(height * this.scale)));
    this.pen = this.canvas.getContext("2d");
  }

  /** Begin with a stored mask: marked is what is transparent in it or, without transparency, what is bright. */
  async load(address) {
    const { width, height } = this.canvas;
    const image = await loadPicture(address, width, height);
    const pen = canvasOf(width, height).getContext("2d");
    pen.drawImage(image, 0, 0, width, height);
    image.close();
    const pixels = pen.getImageData(0, 0, width, height);
    const { data } = pixels;
    let hasAlpha = false;
    for (let at = 3; at < data.length && !hasAlpha; at += 4) hasAlpha = data[at] < HALF;
    for (let at = 0; at < data.length; at += 4) {
      const isMarked = hasAlpha ? data[at + 3] < HALF : data[at] + data[at + 1] + data[at + 2] >= 3 * HALF;
      data[at + 3] = isMarked ? 255 : 0;
    }
    pen.putImageData(pixels, 0, 0);
    this.#base = pen.canvas;
    this.show([]);
  }

  /** Keep what is there as the beginning of all that follows. */
  settle() {
    const copy = canvasOf(this.canvas.width, this.canvas.height);
    copy.getContext("2d").drawImage(this.canvas, 0, 0);
    this.#base = copy;
  }

  /** Draw all acts anew. */
  show(acts) {
    this.#wipe();
    if (this.#base) this.pen.drawImage(this.#base, 0, 0);
    for (const act of acts) this.apply(act);
  }

  /** Draw one act, or of a stroke only what came after its `from`-th number. */
  apply(act, from = 0) {
    if (act.kind === "clear") this.#wipe();
    else if (act.kind === "invert") this.#fill("xor");
    else this.#draw(act, from);
  }

  /** The share of the picture that is marked, from 0 to 1. */
  share() {
    const width = Math.min(COUNTED_EDGE, this.canvas.width);
    const height = Math.max(1, Math.round((this.canvas.height * width) / this.canvas.width));
    const pen = canvasOf(width, height).getContext("2d", { willReadFrequently: true });
    pen.drawImage(this.canvas, 0, 0, width, height);
    const { data } = pen.getImageData(0, 0, width, height);
    let sum = 0;
    for (let at = 3; at < data.length; at += 4) sum += data[at];
    return sum / 255 / (width * height);
  }

  /** Return the mask as PNG, in exactly the size of the picture. */
  async file() {
    const { width, height } = this.canvas;
    const { data } = this.pen.getImageData(0, 0, width, height);
    const places = Int32Array.from({ length: this.width }, (_, x) => Math.min(width - 1, Math.floor((x * width) / this.width)));
    let at = -1;
    let row = null;
    return writeMask(this.width, this.height, (y) => {
      const from = Math.min(height - 1, Math.floor((y * height) / this.height));
      if (from !== at) row = Uint8Array.from(places, (x) => (data[(from * width + x) * 4 + 3] >= HALF ? 1 : 0));
      at = from;
      return row;
    });
  }

  #wipe() {
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  #fill(mode) {
    this.pen.save();
    this.pen.globalCompositeOperation = mode;
    this.pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.pen.restore();
  }

  #draw({ erases, size, points }, from) {
    const { pen } = this;
    pen.save();
    pen.globalCompositeOperation = erases ? "destination-out" : "source-over";
    pen.scale(this.canvas.width / this.width, this.canvas.height / this.height);
    Object.assign(pen, { lineWidth: size, lineCap: "round", lineJoin: "round" });
    const start = Math.max(0, from - 2);
    if (start === 0) {
      // A line without length draws no dot.
      pen.beginPath();
      pen.arc(points[0], points[1], size / 2, 0, 2 * Math.PI);
      pen.fill();
    }
    pen.beginPath();
    pen.moveTo(points[start], points[start + 1]);
    for (let at = start + 2; at < points.length; at += 2) pen.lineTo(points[at], points[at + 1]);
    pen.stroke();
    pen.restore();
  }
}

/** Return a picture, upright and made to fit a size, of which nothing large stays in memory. */
export async function loadPicture(address, width, height) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`The server answered with an error (${answer.status}).`);
  const options = { resizeWidth: width, resizeHeight: height, resizeQuality: "high" };
  return createImageBitmap(await answer.blob(), options);
}

export function canvasOf(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}
