// @ts-check
// The predicted concentration: a curve that always says what it is (model, sampling site, band, for whom, from which events).

import { svg } from "./svg.js";
import { niceTop, valueScale } from "./axis_scale.js";
import { clipId } from "./axis_lanes.js";

/**
 * One analyte of a prediction as the server computed it, in ng/mL over ms since 1970.
 * @typedef {object} Prediction
 * @property {string} model
 * @property {string} site arterial or venous
 * @property {string} population
 * @property {string} analyte
 * @property {number[]} at
 * @property {number[]} typical
 * @property {number[]} p5
 * @property {number[]} p95
 * @property {string[]} warnings
 * @property {number} for_head the record up to this event went into it
 */

/**
 * @param {Prediction|null} prediction
 * @param {{time: import("./axis_scale.js").TimeScale, top: number, bottom: number, now: number}} frame
 * @param {string} absence why there is none
 * @returns {SVGElement}
 */
export function predictionLane(prediction, { time, top, bottom, now }, absence) {
  const group = svg("g", { class: "lane lane--prediction" });
  if (!prediction || !prediction.at.length) {
    group.append(svg("text", { class: "axis__absence", x: (time.left + time.right) / 2, y: (top + bottom) / 2 + 4, "text-anchor": "middle" }, [absence]));
    return group;
  }
  const shown = prediction.at.map((_, index) => index).filter((index) => prediction.at[index] >= time.from && prediction.at[index] <= time.to);
  const scale = valueScale(0, niceTop(Math.max(...shown.map((index) => prediction.p95[index]), 1)), top + 8, bottom - 4);
  group.append(
    ...[0, scale.high].flatMap((value) => [
      svg("path", { class: "axis__grid", d: `M${time.left} ${scale.y(value)}H${time.right}` }),
      svg("text", { class: "axis__value", x: time.left - 6, y: scale.y(value) + 4, "text-anchor": "end" }, [String(value)]),
    ]),
  );
  const clip = `url(#${clipId(time)})`;
  const along = (/** @type {number[]} */ values, /** @type {number[]} */ order) => order.map((index) => `${time.x(prediction.at[index])} ${scale.y(values[index])}`).join("L");
  const past = shown.filter((index) => prediction.at[index] <= now);
  const ahead = shown.filter((index) => prediction.at[index] >= (past.length ? prediction.at[past[past.length - 1]] : 0));
  if (shown.length > 1) {
    group.append(svg("path", { class: "axis__band", d: `M${along(prediction.p95, shown)}L${along(prediction.p5, [...shown].reverse())}Z`, "clip-path": clip }));
  }
  group.append(svg("text", { class: "axis__model", x: time.left + 6, y: top + 13 }, [`${prediction.model} · ${prediction.analyte}, ${prediction.site} · band 5–95 % of ${prediction.population.split(" (")[0]}`]));
  if (past.length > 1) group.append(svg("path", { class: "axis__curve", d: `M${along(prediction.typical, past)}`, "clip-path": clip }));
  if (ahead.length > 1) group.append(svg("path", { class: "axis__curve axis__curve--ahead", d: `M${along(prediction.typical, ahead)}`, "clip-path": clip }));
  return group;
}

/**
 * The value of the curve now, between its points.
 * @param {Prediction} prediction
 * @param {number} now
 * @returns {{typical: number, p5: number, p95: number}|null}
 */
export function predictedAt(prediction, now) {
  const after = prediction.at.findIndex((at) => at >= now);
  if (after <= 0) return null;
  const part = (now - prediction.at[after - 1]) / (prediction.at[after] - prediction.at[after - 1]);
  const between = (/** @type {number[]} */ values) => values[after - 1] + part * (values[after] - values[after - 1]);
  return { typical: between(prediction.typical), p5: between(prediction.p5), p95: between(prediction.p95) };
}

/** @param {Prediction} prediction */
export function predictionWords(prediction) {
  return `Prediction, not a measurement. Model ${prediction.model}, ${prediction.analyte}, ${prediction.site}; band: 5th to 95th percentile of ${prediction.population}.`;
}
