// What hands do on the canvas of a mask: a pointer or a finger paints, two fingers or the held space bar move and zoom, the
// wheel zooms, and the arrow keys lead the brush, which Enter or the space bar lets down and lifts.
const STEP_PX = 12;
const FAR = 4;
const WHEEL = 0.0016;

export class Hands {
  #touches = new Map();
  #isSpace = false;
  #hasPanned = false;
  #pan = null;

  /** `board` has view, cursor, and the verbs begin, go, end and drop, which take places in the picture. */
  constructor(canvas, board, signal) {
    Object.assign(this, { canvas, board });
    for (const type of ["pointerdown", "pointermove", "pointerup", "pointercancel", "pointerleave", "keydown", "keyup", "blur"]) {
      canvas.addEventListener(type, this, { signal });
    }
    canvas.addEventListener("wheel", this, { signal, passive: false });
  }

  handleEvent(event) {
    const handlers = {
      pointerdown: () => this.#down(event),
      pointermove: () => this.#move(event),
      pointerup: () => this.#up(event),
      pointercancel: () => this.#cancel(event),
      pointerleave: () => this.board.hover(null),
      wheel: () => this.#wheel(event),
      keydown: () => this.#key(event),
      keyup: () => this.#keyUp(event),
      blur: () => this.#blur(),
    };
    handlers[event.type]();
  }

  #down(event) {
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") this.#touches.set(event.pointerId, event);
    if (this.#touches.size === 2) return this.board.drop();
    if (this.#isSpace || event.button === 1) {
      this.#pan = event;
      this.#hasPanned = true;
    } else if (event.button === 0 && this.#touches.size < 2) this.board.begin(this.board.view.placeOf(event));
  }

  #move(event) {
    if (this.#touches.size >= 2) return this.#pinch(event);
    if (this.#pan) {
      this.board.view.moveBy(event.clientX - this.#pan.clientX, event.clientY - this.#pan.clientY);
      this.#pan = event;
      return;
    }
    // A pen or a fast mouse reports more places than there are frames.
    const places = event.getCoalescedEvents?.() ?? [];
    for (const each of places.length ? places : [event]) this.board.go(this.board.view.placeOf(each));
    this.board.hover(this.board.view.placeOf(event));
  }

  #up(event) {
    const wasPinch = this.#touches.size >= 2;
    this.#touches.delete(event.pointerId);
    if (this.#pan) this.#pan = null;
    else if (!wasPinch) this.board.end();
    if (event.pointerType === "touch") this.board.hover(null);
  }

  #cancel(event) {
    this.#touches.delete(event.pointerId);
    this.#pan = null;
    this.board.drop();
  }

  #pinch(event) {
    if (!this.#touches.has(event.pointerId)) return;
    const before = spread([...this.#touches.values()]);
    this.#touches.set(event.pointerId, event);
    const after = spread([...this.#touches.values()]);
    this.board.view.moveBy(after.clientX - before.clientX, after.clientY - before.clientY);
    if (before.distance > 0) this.board.view.zoomBy(after.distance / before.distance, after);
  }

  #wheel(event) {
    event.preventDefault();
    // Two fingers on a touchpad move; a wheel, or a pinch on a touchpad, zooms.
    if (event.deltaX && !event.ctrlKey) this.board.view.moveBy(-event.deltaX, -event.deltaY);
    else this.board.view.zoomBy(Math.exp(-event.deltaY * WHEEL * (event.ctrlKey ? 6 : 1)), event);
  }

  #key(event) {
    const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const direction = directions[event.key];
    if (direction) {
      event.preventDefault();
      const step = (STEP_PX * (event.shiftKey ? FAR : 1) * this.board.view.ratio) / this.board.view.scale;
      this.board.lead(direction[0] * step, direction[1] * step);
    } else if (event.key === " ") {
      event.preventDefault();
      if (!this.#isSpace) this.#hasPanned = false;
      this.#isSpace = true;
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.board.press();
    }
  }

  #keyUp(event) {
    if (event.key !== " ") return;
    // The space bar that was held to move the picture paints nothing.
    if (this.#isSpace && !this.#hasPanned) this.board.press();
    this.#isSpace = false;
  }

  #blur() {
    this.#isSpace = false;
    this.board.lift();
  }
}

function spread([one, other]) {
  return {
    clientX: (one.clientX + other.clientX) / 2,
    clientY: (one.clientY + other.clientY) / 2,
    distance: Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY),
  };
}
