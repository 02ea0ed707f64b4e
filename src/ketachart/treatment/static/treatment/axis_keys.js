// @ts-check
// Reaching the points of the axis with arrow keys: one of them is in the tab order, the rest follow.

import { lastOf, sure } from "./sure.js";

/** @typedef {import("./axis_marks.js").Point} Point */

export class AxisKeys {
  /**
   * @param {SVGElement} root
   * @param {string[]} lanes from top to bottom
   * @param {(entry: import("./types.js").Entry) => void} onChoose
   */
  constructor(root, lanes, onChoose) {
    this.lanes = lanes;
    this.onChoose = onChoose;
    /** @type {Point[]} */
    this.points = [];
    /** @type {string|null} lane and entry of the point that the keyboard is on */
    this.focused = null;
    root.addEventListener("keydown", (event) => this.onKey(/** @type {KeyboardEvent} */ (event)));
    root.addEventListener("click", (event) => this.onClick(event));
  }

  /** The keyboard goes through the points by time, whatever their lane; one of them is in the tab order. @param {boolean} had_focus */
  order(had_focus) {
    this.points.sort((a, b) => a.at - b.at || this.lanes.indexOf(a.lane) - this.lanes.indexOf(b.lane));
    const index = this.points.findIndex((one) => this.nameOf(one) === this.focused);
    const reachable = this.points[index === -1 ? this.points.length - 1 : index];
    reachable?.element.setAttribute("tabindex", "0");
    if (had_focus && index !== -1) this.focusOn(index);
  }

  /** @param {Point} one */
  nameOf(one) {
    return `${one.lane} ${one.entry?.id ?? one.at} ${one.label}`;
  }

  /** @param {number} index */
  focusOn(index) {
    const target = this.points[index];
    if (!target) return;
    for (const one of this.points) one.element.setAttribute("tabindex", one === target ? "0" : "-1");
    this.focused = this.nameOf(target);
    /** @type {any} */ (target.element).focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const index = this.points.findIndex((one) => one.element === document.activeElement);
    if (index === -1) return;
    const { lane, at } = sure(this.points[index]);
    const same = this.points.map((one, place) => ({ one, place })).filter(({ one }) => one.lane === lane);
    const place = same.findIndex((candidate) => candidate.place === index);
    const lanes = this.lanes.filter((name) => this.points.some((one) => one.lane === name));
    /** @type {Record<string, () => number>} */
    const moves = {
      ArrowRight: () => same[place + 1]?.place ?? index,
      ArrowLeft: () => same[place - 1]?.place ?? index,
      ArrowDown: () => this.nearest(lanes[lanes.indexOf(lane) + 1] ?? lane, at),
      ArrowUp: () => this.nearest(lanes[lanes.indexOf(lane) - 1] ?? lane, at),
      Home: () => sure(same[0]).place,
      End: () => lastOf(same).place,
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      this.focusOn(move());
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.choose(index);
    }
  }

  /** @param {string} lane @param {number} at @returns {number} */
  nearest(lane, at) {
    let best = -1;
    this.points.forEach((one, index) => {
      if (one.lane === lane && (best === -1 || Math.abs(one.at - at) < Math.abs(sure(this.points[best]).at - at)))
        best = index;
    });
    return best;
  }

  /** @param {Event} event */
  onClick(event) {
    const mark = /** @type {Element} */ (event.target).closest(".mark");
    this.choose(this.points.findIndex((one) => one.element === mark));
  }

  /** @param {number} index */
  choose(index) {
    const { entry } = this.points[index] ?? {};
    if (!entry) return;
    this.focusOn(index);
    this.onChoose(entry);
  }
}
