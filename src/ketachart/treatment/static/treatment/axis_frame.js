// @ts-check
// Where a lane lies, and what all lanes share.

import { svg } from "./svg.js";
import { sourceOf } from "./words.js";
import { clockTime } from "./time_words.js";

/** @typedef {import("./axis_marks.js").Point} Point */
/** @typedef {import("./axis_scale.js").TimeScale} TimeScale */
/** @typedef {import("./axis_scale.js").ValueScale} ValueScale */
/** @typedef {import("./types.js").Entry} Entry */

/**
 * @typedef {object} Drawing
 * @property {SVGElement} group
 * @property {Point[]} points
 * @property {ValueScale} [scale] where a value lies in the lane, for what is drawn behind it
 */

/**
 * @typedef {object} Frame2D where a lane lies
 * @property {TimeScale} time
 * @property {number} top
 * @property {number} bottom
 * @property {number} now
 * @property {{item: string, due_at: number, until: number, explained: boolean}[]} gaps
 */

/** The name of the clip that keeps drawings inside the lanes. */
export const CLIP = "url(#axis-clip)";

/** @param {number} at @param {Entry} entry @param {string} words */
export const labelled = (at, entry, words) =>
  `${clockTime(at)}, ${words}. ${sourceOf(entry)}${entry.corrects ? ", corrected" : ""}`;

/** @param {ValueScale} scale @param {TimeScale} time @param {number[]} values */
export function grid(scale, time, values) {
  let written = Infinity;
  return values
    .filter((value) => value >= scale.low && value <= scale.high)
    .filter((value) => {
      const apart = Math.abs(written - scale.y(value)) >= 13;
      if (apart) written = scale.y(value);
      return apart;
    })
    .flatMap((value) => [
      svg("path", { class: "axis__grid", d: `M${time.left} ${scale.y(value)}H${time.right}` }),
      svg("text", { class: "axis__value", x: time.left - 6, y: scale.y(value) + 4, "text-anchor": "end" }, [
        String(value),
      ]),
    ]);
}

/** @param {Point[]} points @param {TimeScale} time */
export const inside = (points, time) => points.filter((one) => one.x >= time.left - 6 && one.x <= time.right + 6);
