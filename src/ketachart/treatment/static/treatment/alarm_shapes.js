// @ts-check
// The sign of an alarm's class: a shape of its own, so that it is told apart without its colour.

import { svg } from "./svg.js";

/** @type {Record<string, string>} */
const PATHS = {
  octagon: "M8 2h8l6 6v8l-6 6H8l-6-6V8z",
  triangle: "M12 2.5 22.5 21h-21z",
  circle: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20z",
  square: "M3 3h18v18H3z",
  diamond: "M12 1.5 22.5 12 12 22.5 1.5 12z",
  dot: "M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12z",
};

/** @param {string} shape */
export function alarmShape(shape) {
  return svg("svg", { class: "icon alarm__shape", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, [
    svg("path", { d: PATHS[shape] ?? PATHS.triangle, fill: "currentColor" }),
    ...(shape === "dot" ? [] : [svg("path", { class: "alarm__mark", d: "M12 8.5v5M12 17v.2" })]),
  ]);
}
