// @ts-check
// The frames of one session on this page, kept by number: a frame seen twice changes nothing, a hole is noticed.

/** @typedef {import("./types.js").Frame} Frame */

export class SessionRecord {
  constructor() {
    /** @type {Map<number, Frame>} */
    this.frames = new Map();
    /** @type {Set<string>} */
    this.ids = new Set();
    /** the number up to which nothing is missing */
    this.head = 0;
  }

  /**
   * @param {Frame} frame
   * @returns {"applied"|"known"|"gap"} "gap": earlier frames are missing, fetch them
   */
  apply(frame) {
    if (this.frames.has(frame.number)) return "known";
    this.frames.set(frame.number, frame);
    this.ids.add(frame.id);
    while (this.frames.has(this.head + 1)) this.head += 1;
    return frame.number <= this.head ? "applied" : "gap";
  }

  /** @param {Frame[]} frames @returns {boolean} whether anything was new */
  applyAll(frames) {
    let fresh = false;
    for (const frame of frames) fresh = this.apply(frame) !== "known" || fresh;
    return fresh;
  }

  /** @returns {Frame[]} all that is here, by number */
  inOrder() {
    return [...this.frames.values()].sort((a, b) => a.number - b.number);
  }
}
