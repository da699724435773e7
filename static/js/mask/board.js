// The open editor: its tools, the drawing, and the canvas on which both meet.
import { Drawing } from "./drawing.js";
import { Hands } from "./hands.js";
import { Marks, loadPicture } from "./marks.js";
import { View } from "./view.js";

const SIZE_STEP = 1.15;
const ZOOM_STEP = 1.25;

export class Board {
  #leaving = new AbortController();
  #erases = false;
  #hasWarned = false;

  constructor(dialog, { width, height }) {
    Object.assign(this, { dialog, width, height });
    this.canvas = dialog.querySelector("canvas");
    this.slider = dialog.querySelector("[data-size]");
    this.drawing = new Drawing();
    this.marks = new Marks(width, height);
    this.cursor = { x: width / 2, y: height / 2, isDown: false };
  }

  /** Get the picture, and the mask that there is, and begin. Raises an Error when they can't be had. */
  async open(pictureUrl, maskUrl) {
    const { signal } = this.#leaving;
    const { width, height } = this.marks.canvas;
    const picture = await loadPicture(pictureUrl, width, height);
    if (maskUrl) await this.marks.load(maskUrl);
    // Closed while it was loading: the canvas may be another board's now.
    if (signal.aborted) return picture.close();
    this.view = new View(this.canvas, picture, this.marks);
    this.view.fit();
    new Hands(this.canvas, this, signal);
    this.dialog.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.dialog.addEventListener("keydown", (event) => this.#pressed(event), { signal });
    this.dialog.addEventListener("input", (event) => this.#tuned(event), { signal });
    this.dialog.addEventListener("change", (event) => event.stopPropagation(), { signal });
    this.dialog.addEventListener("cancel", (event) => this.#mayLeave(event), { signal });
    this.#tune();
    this.#tell();
  }

  close() {
    this.#leaving.abort();
    this.view?.close();
  }

  get isBlank() {
    return this.marks.share() === 0;
  }

  say(sentence) {
    this.dialog.querySelector("[data-mask-said]").textContent = sentence;
  }

  // What the hands do; places are in pixels of the picture.

  begin(place) {
    this.lift();
    this.cursor = { ...place, isDown: false };
    this.marks.apply(this.drawing.begin(place.x, place.y, { size: this.size, erases: this.#erases }));
    this.#see(true);
  }

  go({ x, y }) {
    const stroke = this.drawing.isDrawing ? this.drawing.acts.at(-1) : null;
    if (!stroke || !this.drawing.go(x, y)) return;
    this.marks.apply(stroke, stroke.points.length - 2);
    this.view.changed();
  }

  end() {
    if (!this.drawing.isDrawing) return;
    this.drawing.end();
    this.#settle();
    this.#see(true);
    this.#tell();
  }

  drop() {
    if (!this.drawing.isDrawing) return;
    this.drawing.drop();
    this.#redraw();
  }

  hover(place) {
    if (place) this.cursor = { ...place, isDown: false };
    this.#see(place !== null);
  }

  /** Lead the brush by the keyboard. */
  lead(x, y) {
    const clamp = (value, most) => Math.min(most, Math.max(0, value));
    this.cursor = { x: clamp(this.cursor.x + x, this.width), y: clamp(this.cursor.y + y, this.height), isDown: this.cursor.isDown };
    if (this.cursor.isDown) this.go(this.cursor);
    this.view.reveal(this.cursor);
    this.#see(true);
  }

  /** Let the brush down, or lift it. */
  press() {
    if (this.cursor.isDown) return this.lift();
    this.marks.apply(this.drawing.begin(this.cursor.x, this.cursor.y, { size: this.size, erases: this.#erases }));
    this.cursor.isDown = true;
    this.say(this.#erases ? "Erasing. Enter lifts the eraser." : "Painting. Enter lifts the brush.");
    this.#see(true);
  }

  lift() {
    if (!this.cursor.isDown) return;
    this.cursor.isDown = false;
    this.end();
  }

  // The tools

  get size() {
    // The slider is even to the eye: each step is a share of the size that there is.
    const longest = Math.max(this.width, this.height);
    const [least, most] = [longest / 400, longest / 3];
    return least * (most / least) ** (Number(this.slider.value) / 100);
  }

  #clicked({ target }) {
    const button = target.closest("button[data-tool]");
    if (button) this.#use(button.dataset.tool);
  }

  #use(tool) {
    const tools = {
      brush: () => this.#take(false),
      eraser: () => this.#take(true),
      smaller: () => this.#resize(-1),
      larger: () => this.#resize(1),
      invert: () => this.#act(() => this.drawing.invert()),
      clear: () => this.#act(() => this.drawing.clear()),
      undo: () => this.#act(() => this.drawing.undo()),
      redo: () => this.#act(() => this.drawing.redo()),
      in: () => this.view.zoomBy(ZOOM_STEP),
      out: () => this.view.zoomBy(1 / ZOOM_STEP),
      whole: () => this.view.zoomOut(),
    };
    tools[tool]();
  }

  #pressed(event) {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (altKey) return;
    const keys = { b: "brush", e: "eraser", "[": "smaller", "]": "larger", i: "invert", "+": "in", "=": "in", "-": "out", 0: "whole" };
    const withControl = { z: shiftKey ? "redo" : "undo", y: "redo" };
    const tool = (ctrlKey || metaKey ? withControl : keys)[key.toLowerCase()];
    if (!tool) return;
    event.preventDefault();
    event.stopPropagation();
    this.#use(tool);
  }

  #tuned({ target }) {
    if (target === this.slider) this.#tune();
    else if (target.matches("[data-show]")) {
      this.view.showsMarks = target.dataset.show === "mask";
      this.view.draw();
    }
  }

  #take(erases) {
    this.lift();
    this.#erases = erases;
    for (const [tool, isOn] of [["brush", !erases], ["eraser", erases]]) {
      this.dialog.querySelector(`[data-tool=${tool}]`).setAttribute("aria-pressed", isOn);
    }
  }

  #resize(direction) {
    const longest = Math.max(this.width, this.height);
    const step = (Math.log(SIZE_STEP) / Math.log(longest / 3 / (longest / 400))) * 100;
    this.slider.value = Number(this.slider.value) + direction * step;
    this.#tune();
  }

  #tune() {
    this.slider.style.setProperty("--v", this.slider.value);
    const text = `${Math.round(this.size)} px`;
    this.slider.setAttribute("aria-valuetext", text);
    this.dialog.querySelector("[data-size-text]").textContent = text;
    this.#see(true);
  }

  #act(change) {
    this.lift();
    change();
    this.#settle();
    this.#redraw();
    this.#tell();
  }

  #redraw() {
    this.marks.show(this.drawing.acts);
    this.view.changed();
  }

  // Memory and time for undoing have their bound: what is older is there to stay.
  #settle() {
    const oldest = this.drawing.takeOldest();
    if (!oldest.length) return;
    this.marks.show(oldest);
    this.marks.settle();
    this.#redraw();
  }

  #see(hasCursor) {
    this.view.cursor = hasCursor ? { ...this.cursor, size: this.size } : null;
    this.view.changed();
  }

  #tell() {
    const percent = this.marks.share() * 100;
    const text = percent > 0 && percent < 1 ? "Under 1 %" : `${Math.round(percent)} %`;
    this.dialog.querySelector("[data-share]").textContent = `${text} marked`;
    this.dialog.querySelector("[data-tool=undo]").disabled = !this.drawing.canUndo;
    this.dialog.querySelector("[data-tool=redo]").disabled = !this.drawing.canRedo;
    this.say("");
    this.#hasWarned = false;
  }

  #mayLeave(event) {
    if (!this.drawing.canUndo || this.#hasWarned) return;
    event.preventDefault();
    this.#hasWarned = true;
    this.say("What you marked is not applied yet. Press Escape again to leave without it.");
  }
}
