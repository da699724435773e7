// The picture with what is marked on it, as one sees it: zoomed, moved, with a hatch over the marks and ants around them.
import { canvasOf } from "./marks.js";

const MOST_ZOOM = 16;
const MARGIN = 0.96;
const STRIPE = 10;
const ANTS_MS = 90;
const EDGE = 1.5;
const isStill = matchMedia("(prefers-reduced-motion: reduce)");

export class View {
  #zoom = 1;
  #middle = { x: 0.5, y: 0.5 };
  #ring = null;
  #scratch = canvasOf(1, 1);
  #frame = 0;
  #march = 0;
  #timer = 0;

  constructor(canvas, picture, marks) {
    Object.assign(this, { canvas, picture, marks, cursor: null, showsMarks: true });
    this.pen = canvas.getContext("2d");
    this.colour = getComputedStyle(canvas).color;
    this.watch = new ResizeObserver(() => this.fit());
    this.watch.observe(canvas);
    if (!isStill.matches) this.#timer = setInterval(() => this.#step(), ANTS_MS);
  }

  /** Let go of all that is large. */
  close() {
    this.watch.disconnect();
    clearInterval(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.picture.close?.();
    for (const canvas of [this.canvas, this.#scratch]) canvas.width = canvas.height = 1;
    this.#ring = null;
  }

  /** How many pixels of the screen one of the picture takes. */
  get scale() {
    const { width, height } = this.canvas;
    return Math.min(width / this.marks.width, height / this.marks.height) * MARGIN * this.#zoom;
  }

  get zoom() {
    return this.#zoom;
  }

  fit() {
    const ratio = Math.min(devicePixelRatio, 2);
    const { clientWidth, clientHeight } = this.canvas;
    this.ratio = ratio;
    this.canvas.width = Math.max(1, Math.round(clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(clientHeight * ratio));
    this.changed();
  }

  /** Say that the marks are others. */
  changed() {
    this.#ring = null;
    this.draw();
  }

  draw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  /** Return the place in the picture of a place in the window. */
  placeOf({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    const { left, top } = this.#corner();
    return { x: ((clientX - box.left) * this.ratio - left) / this.scale, y: ((clientY - box.top) * this.ratio - top) / this.scale };
  }

  /** Zoom by a factor and keep the place under the pointer, or the middle, where it is. */
  zoomBy(factor, at = null) {
    const before = at && this.placeOf(at);
    this.#zoom = Math.min(MOST_ZOOM, Math.max(1, this.#zoom * factor));
    if (before) {
      const after = this.placeOf(at);
      this.#middle.x += (before.x - after.x) / this.marks.width;
      this.#middle.y += (before.y - after.y) / this.marks.height;
    }
    this.#keepIn();
  }

  zoomOut() {
    this.#zoom = 1;
    this.#keepIn();
  }

  /** Move the picture by pixels of the window. */
  moveBy(x, y) {
    this.#middle.x -= (x * this.ratio) / this.scale / this.marks.width;
    this.#middle.y -= (y * this.ratio) / this.scale / this.marks.height;
    this.#keepIn();
  }

  /** Bring a place of the picture into sight. */
  reveal({ x, y }) {
    const { left, top } = this.#corner();
    const [across, down] = [left + x * this.scale, top + y * this.scale];
    const { width, height } = this.canvas;
    if (across < 0 || across > width || down < 0 || down > height) {
      this.#middle = { x: x / this.marks.width, y: y / this.marks.height };
      this.#keepIn();
    }
    this.draw();
  }

  #keepIn() {
    const clamp = (value, share) => (share >= 1 ? 0.5 : Math.min(1 - share / 2, Math.max(share / 2, value)));
    this.#middle.x = clamp(this.#middle.x, this.canvas.width / (this.marks.width * this.scale));
    this.#middle.y = clamp(this.#middle.y, this.canvas.height / (this.marks.height * this.scale));
    this.changed();
  }

  #corner() {
    const { width, height } = this.canvas;
    return {
      left: width / 2 - this.#middle.x * this.marks.width * this.scale,
      top: height / 2 - this.#middle.y * this.marks.height * this.scale,
    };
  }

  #place(pen, image) {
    const { left, top } = this.#corner();
    pen.drawImage(image, left, top, this.marks.width * this.scale, this.marks.height * this.scale);
  }

  #paint() {
    const { pen, canvas } = this;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    this.#place(pen, this.picture);
    if (this.showsMarks) this.#paintMarks();
    if (this.cursor && this.showsMarks) this.#paintCursor();
  }

  #paintMarks() {
    this.#ring ??= this.#findRing();
    const sheet = this.#sheet((pen) => this.#place(pen, this.marks.canvas), this.colour, "rgb(255 255 255 / 0.35)", 0.5);
    this.pen.drawImage(sheet, 0, 0);
    this.pen.drawImage(this.#sheet((pen) => pen.drawImage(this.#ring, 0, 0), this.colour, "#fff", 1), 0, 0);
  }

  // Stripes where `shape` is drawn, and nothing elsewhere.
  #sheet(shape, colour, stripe, alpha) {
    // One sheet for all frames: a new one each time would be megabytes to clear away.
    const sheet = this.#scratch;
    Object.assign(sheet, { width: this.canvas.width, height: this.canvas.height });
    const pen = sheet.getContext("2d");
    shape(pen);
    pen.globalCompositeOperation = "source-in";
    pen.globalAlpha = alpha;
    pen.fillStyle = colour;
    pen.fillRect(0, 0, sheet.width, sheet.height);
    pen.globalCompositeOperation = "source-atop";
    pen.globalAlpha = 1;
    pen.strokeStyle = stripe;
    pen.lineWidth = (STRIPE / 2.4) * this.ratio;
    pen.beginPath();
    const step = STRIPE * this.ratio;
    for (let x = -sheet.height + (this.#march % step); x < sheet.width; x += step) {
      pen.moveTo(x, sheet.height);
      pen.lineTo(x + sheet.height, 0);
    }
    pen.stroke();
    return sheet;
  }

  // What lies just outside of the marks: they, shifted to all sides, without themselves.
  #findRing() {
    const ring = canvasOf(this.canvas.width, this.canvas.height);
    const pen = ring.getContext("2d");
    const edge = EDGE * this.ratio;
    for (let turn = 0; turn < 8; turn += 1) {
      pen.setTransform(1, 0, 0, 1, Math.cos((turn * Math.PI) / 4) * edge, Math.sin((turn * Math.PI) / 4) * edge);
      this.#place(pen, this.marks.canvas);
    }
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.globalCompositeOperation = "destination-out";
    this.#place(pen, this.marks.canvas);
    return ring;
  }

  #paintCursor() {
    const { pen } = this;
    const { left, top } = this.#corner();
    const { x, y, size, isDown } = this.cursor;
    for (const [colour, width] of [["rgb(0 0 0 / 0.5)", 3.5], ["#fff", 1.75]]) {
      pen.beginPath();
      pen.arc(left + x * this.scale, top + y * this.scale, Math.max(2, (size / 2) * this.scale), 0, 2 * Math.PI);
      Object.assign(pen, { strokeStyle: colour, lineWidth: width * this.ratio });
      pen.stroke();
    }
    if (isDown) {
      pen.fillStyle = "#fff";
      pen.fillRect(left + x * this.scale - 2 * this.ratio, top + y * this.scale - 2 * this.ratio, 4 * this.ratio, 4 * this.ratio);
    }
  }

  #step() {
    this.#march += this.ratio ?? 1;
    if (this.showsMarks && this.canvas.isConnected) this.draw();
  }
}
