// @ts-check
// The monitor's trace on the room's axis, behind the charted marks: thin, never across a silence, one button to hide it.

import { html, svg } from "../treatment/svg.js";

const AGAIN_MS = 30_000;
const HIDDEN = "ketachart.monitor-trace.hidden";

/** @type {Record<string, string[]>} lane to the measures that are drawn in it */
const LANES = {
  circulation: ["systolic_mmhg", "diastolic_mmhg", "heart_rate_per_min"],
  spo2: ["spo2_percent"],
  breathing: ["respiratory_rate_per_min"],
};

/** @typedef {{least: (number|null)[], middle: (number|null)[], greatest: (number|null)[]}} Bins */
/** @typedef {{from: number, to: number, bins: number, measures: Record<string, Bins>}} Traced */

export class Trace {
  /** @param {any} room @param {string} address */
  constructor(room, address) {
    this.room = room;
    this.address = address;
    /** @type {Traced|null} */
    this.traced = null;
    this.hidden = localStorage.getItem(HIDDEN) === "yes";
    this.button = html("button", { class: "axis__tool", type: "button", hidden: true }, ["Monitor trace"]);
    this.button.addEventListener("click", () => this.toggle());
    document.querySelector(".axis__tools [data-span='table']")?.after(this.button);
    this.say();
    room.axis.underlays.push(
      (
        /** @type {string} */ name,
        /** @type {import("../treatment/axis_frame.js").Frame2D} */ frame,
        /** @type {import("../treatment/axis_scale.js").ValueScale} */ scale,
      ) => this.draw(name, frame, scale),
    );
  }

  /** There is (or is not) something to draw. @param {boolean} there */
  offer(there) {
    if (this.offered) return;
    this.button.hidden = !there;
    if (there) {
      this.offered = true;
      this.fetch();
      setInterval(() => this.fetch(), AGAIN_MS);
    }
  }

  toggle() {
    this.hidden = !this.hidden;
    localStorage.setItem(HIDDEN, this.hidden ? "yes" : "no");
    this.say();
    if (this.hidden) this.room.axis.redraw();
    else this.fetch();
  }

  say() {
    this.button.setAttribute("aria-pressed", String(!this.hidden));
  }

  async fetch() {
    if (this.hidden || document.hidden || !this.address) return;
    try {
      const answer = await fetch(this.address, { credentials: "same-origin", signal: AbortSignal.timeout(15_000) });
      if (!answer.ok) return;
      this.traced = await answer.json();
      this.button.hidden = false;
      this.room.axis.redraw();
    } catch {
      // no line: what was drawn stays where it was measured
    }
  }

  /**
   * @param {string} name
   * @param {import("../treatment/axis_frame.js").Frame2D} frame
   * @param {import("../treatment/axis_scale.js").ValueScale} scale
   * @returns {SVGElement|null}
   */
  draw(name, { time }, scale) {
    const { traced } = this;
    const measures = LANES[name];
    if (!measures || !traced || this.hidden) return null;
    const step = (traced.to - traced.from) / traced.bins;
    const x = (/** @type {number} */ index) => time.x(traced.from + (index + 0.5) * step);
    const group = svg("g", { class: "trace", "clip-path": "url(#axis-clip)", "aria-hidden": "true" });
    for (const measure of measures) {
      const bins = traced.measures[measure];
      if (bins) group.append(svg("path", { class: `trace__line trace__line--${measure}`, d: line(bins.middle, x, scale.y) }));
    }
    return group;
  }
}

/**
 * A line through the steps that hold something; an empty step breaks it.
 * @param {(number|null)[]} values
 * @param {(index: number) => number} x
 * @param {(value: number) => number} y
 */
export function line(values, x, y) {
  let d = "";
  let joined = false;
  values.forEach((value, index) => {
    if (value === null) {
      joined = false;
      return;
    }
    const alone = !joined && (values[index + 1] ?? null) === null;
    d += `${joined ? "L" : "M"}${x(index)} ${y(value)}${alone ? "h0.01" : ""}`;
    joined = true;
  });
  return d;
}
