// What has been drawn on a mask, as a list of acts that can be undone and done again. Knows no page; places are in pixels of
// the picture. A stroke is { kind: "stroke", erases, size, points: [x, y, x, y, …] }; the other kinds are "invert" and "clear".
const UNDONE_AT_MOST = 400;
const TAKEN_AT_ONCE = 100;

export class Drawing {
  #acts = [];
  #undone = [];
  #stroke = null;

  /** All acts that count, in order, with the stroke that is being drawn. */
  get acts() {
    return this.#stroke ? [...this.#acts, this.#stroke] : [...this.#acts];
  }

  get canUndo() {
    return this.#acts.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  /** Take out the oldest acts, if more are kept than can be undone: they are there to stay. */
  takeOldest() {
    return this.#acts.length < UNDONE_AT_MOST + TAKEN_AT_ONCE ? [] : this.#acts.splice(0, TAKEN_AT_ONCE);
  }

  get isDrawing() {
    return this.#stroke !== null;
  }

  begin(x, y, { size, erases = false }) {
    this.#stroke = { kind: "stroke", erases, size, points: [x, y] };
    return this.#stroke;
  }

  /** Go on with the stroke; a place that is hardly another one is passed over. */
  go(x, y) {
    if (!this.#stroke) return false;
    const { points, size } = this.#stroke;
    const distance = Math.hypot(x - points.at(-2), y - points.at(-1));
    if (distance < Math.min(size / 12, 2)) return false;
    points.push(x, y);
    return true;
  }

  end() {
    if (this.#stroke) this.#add(this.#stroke);
    this.#stroke = null;
  }

  /** Forget the stroke that is being drawn, as when a second finger turns it into a pinch. */
  drop() {
    this.#stroke = null;
  }

  invert() {
    this.#add({ kind: "invert" });
  }

  clear() {
    this.#add({ kind: "clear" });
  }

  undo() {
    if (this.#stroke) return this.drop();
    if (this.canUndo) this.#undone.push(this.#acts.pop());
  }

  redo() {
    if (this.canRedo) this.#acts.push(this.#undone.pop());
  }

  #add(act) {
    this.#acts.push(act);
    this.#undone = [];
  }
}
