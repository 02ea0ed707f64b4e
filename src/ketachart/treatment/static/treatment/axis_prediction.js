// @ts-check
// The predicted concentration: a curve that always says what it is (model, sampling site, band, for whom, from which events).

import { svg } from "./svg.js";
import { niceTop, valueScale } from "./axis_scale.js";
import { CLIP } from "./axis_frame.js";
import { lastOf, sure } from "./sure.js";

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

/** @typedef {{at: number, typical: number, p5: number, p95: number}} CurvePoint */

/** @param {Prediction} prediction @returns {CurvePoint[]} */
function pointsOf({ at, typical, p5, p95 }) {
  return at.map((moment, index) => ({
    at: moment,
    typical: sure(typical[index]),
    p5: sure(p5[index]),
    p95: sure(p95[index]),
  }));
}

/**
 * @param {Prediction|null} prediction
 * @param {{time: import("./axis_scale.js").TimeScale, top: number, bottom: number, now: number}} frame
 * @param {string} absence why there is none
 * @returns {SVGElement}
 */
export function predictionLane(prediction, { time, top, bottom, now }, absence) {
  const group = svg("g", { class: "lane lane--prediction" });
  if (!prediction || !prediction.at.length) {
    group.append(
      svg(
        "text",
        { class: "axis__absence", x: (time.left + time.right) / 2, y: (top + bottom) / 2 + 4, "text-anchor": "middle" },
        [absence],
      ),
    );
    return group;
  }
  const shown = pointsOf(prediction).filter(({ at }) => at >= time.from && at <= time.to);
  const scale = valueScale(0, niceTop(Math.max(...shown.map(({ p95 }) => p95), 1)), top + 8, bottom - 4);
  group.append(
    ...[0, scale.high].flatMap((value) => [
      svg("path", { class: "axis__grid", d: `M${time.left} ${scale.y(value)}H${time.right}` }),
      svg("text", { class: "axis__value", x: time.left - 6, y: scale.y(value) + 4, "text-anchor": "end" }, [
        String(value),
      ]),
    ]),
  );
  const clip = CLIP;
  const along = (/** @type {"typical"|"p5"|"p95"} */ curve, /** @type {CurvePoint[]} */ points) =>
    points.map((one) => `${time.x(one.at)} ${scale.y(one[curve])}`).join("L");
  const past = shown.filter(({ at }) => at <= now);
  const ahead = shown.filter(({ at }) => at >= (past.length ? lastOf(past).at : 0));
  if (shown.length > 1) {
    group.append(
      svg("path", {
        class: "axis__band",
        d: `M${along("p95", shown)}L${along("p5", [...shown].reverse())}Z`,
        "clip-path": clip,
      }),
    );
  }
  group.append(
    svg("text", { class: "axis__model", x: time.left + 6, y: top + 13, "clip-path": CLIP }, [
      `${prediction.model} · ${prediction.analyte}, ${prediction.site} · band 5–95 % of ${prediction.population.split(/ \(|[,;]/)[0]}`,
    ]),
  );
  if (past.length > 1)
    group.append(svg("path", { class: "axis__curve", d: `M${along("typical", past)}`, "clip-path": clip }));
  if (ahead.length > 1)
    group.append(
      svg("path", { class: "axis__curve axis__curve--ahead", d: `M${along("typical", ahead)}`, "clip-path": clip }),
    );
  return group;
}

/**
 * The value of the curve now, between its points.
 * @param {Prediction} prediction
 * @param {number} now
 * @returns {{typical: number, p5: number, p95: number}|null}
 */
export function predictedAt(prediction, now) {
  const points = pointsOf(prediction);
  const place = points.findIndex(({ at }) => at >= now);
  if (place <= 0) return null;
  const [before, after] = [sure(points[place - 1]), sure(points[place])];
  const part = (now - before.at) / (after.at - before.at);
  const between = (/** @type {"typical"|"p5"|"p95"} */ curve) => before[curve] + part * (after[curve] - before[curve]);
  return { typical: between("typical"), p5: between("p5"), p95: between("p95") };
}

/** @param {Prediction} prediction */
export function predictionWords(prediction) {
  return `Prediction, not a measurement. Model ${prediction.model}, ${prediction.analyte}, ${prediction.site}; band: 5th to 95th percentile of ${prediction.population}.`;
}
