// @ts-check
// The marks of the axis. Each kind of value has its own shape, so that colour is never the only sign.

import { svg } from "./svg.js";

/** @typedef {import("./types.js").Entry} Entry */

/**
 * Something on the axis that can be reached, read out and opened.
 * @typedef {object} Point
 * @property {string} lane
 * @property {number} at
 * @property {number} x
 * @property {string} label
 * @property {Entry|null} entry
 * @property {SVGElement} element
 */

/**
 * @param {object} about
 * @param {string} about.lane
 * @param {number} about.at
 * @param {number} about.x
 * @param {number} about.y middle of the touch target
 * @param {number} [about.height]
 * @param {string} about.label
 * @param {Entry|null} about.entry
 * @param {string[]} about.classes
 * @param {SVGElement[]} about.drawing
 * @param {boolean} [about.dense] one of many readings close together: drawn small, and all of them drawn
 * @returns {Point}
 */
export function point({ lane, at, x, y, height = 28, label, entry, classes, drawing, dense = false }) {
  const states = [dense ? "is-dense" : "", entry?.pending ? "is-pending" : "", entry?.corrects ? "is-correction" : ""];
  const element = svg(
    "g",
    {
      class: ["mark", ...classes, ...states].filter(Boolean).join(" "),
      role: "button",
      tabindex: -1,
      "aria-label": label,
    },
    [svg("rect", { class: "mark__reach", x: x - 12, y: y - height / 2, width: 24, height, rx: 5 }), ...drawing],
  );
  return { lane, at, x, label, entry, element };
}

/** Blood pressure: a bar from diastolic to systolic with caps.
 * @param {number} x @param {number} top @param {number} bottom */
export function pressureBar(x, top, bottom) {
  return [
    svg("path", { class: "mark__bar", d: `M${x} ${top}V${bottom}` }),
    svg("path", { class: "mark__cap", d: `M${x - 5} ${top}H${x + 5}M${x - 5} ${bottom}H${x + 5}` }),
  ];
}

/** @param {number} x @param {number} y @param {number} [radius] */
export const disc = (x, y, radius = 4) => svg("circle", { class: "mark__body", cx: x, cy: y, r: radius });

/** @param {number} x @param {number} y @param {number} [half] */
export const diamond = (x, y, half = 5) =>
  svg("path", { class: "mark__body", d: `M${x} ${y - half}L${x + half} ${y}L${x} ${y + half}L${x - half} ${y}Z` });

/** @param {number} x @param {number} y @param {number} [half] */
export const cross = (x, y, half = 4) =>
  svg("path", {
    class: "mark__stroke",
    d: `M${x - half} ${y - half}L${x + half} ${y + half}M${x - half} ${y + half}L${x + half} ${y - half}`,
  });

/** A numeral in a box (sedation) or a ring (dissociation).
 * @param {number} x @param {number} y @param {string} text @param {"box"|"ring"} shape */
export function numeral(x, y, text, shape) {
  const outline =
    shape === "box"
      ? svg("rect", { class: "mark__outline", x: x - 9, y: y - 9, width: 18, height: 18, rx: 3 })
      : svg("circle", { class: "mark__outline", cx: x, cy: y, r: 9.5 });
  return [outline, svg("text", { class: "mark__numeral", x, y: y + 4.5, "text-anchor": "middle" }, [text])];
}

/** A flag with a letter for an event.
 * @param {number} x @param {number} y @param {string} letter @param {string} tone */
export function flag(x, y, letter, tone) {
  return [
    svg("rect", { class: `mark__flag mark__flag--${tone}`, x: x - 10, y: y - 10, width: 20, height: 20, rx: 4 }),
    svg("text", { class: `mark__letter mark__letter--${tone}`, x, y: y + 4.5, "text-anchor": "middle" }, [letter]),
  ];
}

/** A line through what was corrected.
 * @param {number} x @param {number} y */
export const strike = (x, y) => svg("path", { class: "mark__strike", d: `M${x - 9} ${y + 7}L${x + 9} ${y - 7}` });
