// @ts-check
// What was measured and scored: circulation, oxygen, breathing, sedation and dissociation.

import { svg } from "./svg.js";
import { valueScale } from "./axis_scale.js";
import { CLIP, grid, inside, labelled } from "./axis_frame.js";
import { cross, diamond, disc, numeral, point, pressureBar } from "./axis_marks.js";
import { figure, measureOf } from "./words.js";
import { sure } from "./sure.js";

/** @typedef {import("./axis_marks.js").Point} Point */
/** @typedef {import("./axis_scale.js").ValueScale} ValueScale */
/** @typedef {import("./session_state.js").SessionState} SessionState */
/** @typedef {import("./session_state.js").Reading} Reading */
/** @typedef {import("./axis_frame.js").Drawing} Drawing */
/** @typedef {import("./axis_frame.js").Frame2D} Frame2D */

const APART_PX = 11;

/** Says of each x whether it stands too close to the last full mark to be drawn full. */
function crowding() {
  let last = -Infinity;
  return (/** @type {number} */ x) => {
    const dense = x - last < APART_PX;
    if (!dense) last = x;
    return dense;
  };
}

/**
 * Blood pressure and heart rate share one scale, as on every anaesthesia record.
 * @param {SessionState} state
 * @param {Frame2D} frame
 * @returns {Drawing}
 */
export function circulationLane(state, frame) {
  const { time, top, bottom } = frame;
  const values = ["systolic_mmhg", "diastolic_mmhg", "heart_rate_per_min"].flatMap((measure) =>
    (state.readings[measure] ?? []).map((one) => one.value),
  );
  const scale = valueScale(
    Math.min(40, ...values.map((value) => Math.floor(value / 20) * 20)),
    Math.max(180, ...values.map((value) => Math.ceil(value / 20) * 20)),
    top + 6,
    bottom - 4,
  );
  const group = svg("g", { class: "lane lane--circulation" }, grid(scale, time, [40, 80, 120, 160, 200, 240]));
  /** @type {Point[]} */
  const points = [];
  const [bar_is_dense, dot_is_dense] = [crowding(), crowding()];
  for (const entry of state.of("treatment.vitals_charted")) {
    const { systolic_mmhg: systolic, diastolic_mmhg: diastolic, heart_rate_per_min: heart_rate } = entry.content;
    const x = time.x(entry.at);
    if (systolic !== null && systolic !== undefined && diastolic !== null && diastolic !== undefined) {
      const [high, low] = [scale.y(systolic), scale.y(diastolic)];
      points.push(
        point({
          lane: "circulation",
          at: entry.at,
          x,
          y: (high + low) / 2,
          height: Math.max(low - high + 8, 28),
          entry,
          dense: bar_is_dense(x),
          classes: ["mark--pressure"],
          drawing: pressureBar(x, high, low),
          label: labelled(entry.at, entry, `blood pressure ${figure(systolic)} over ${figure(diastolic)} mmHg`),
        }),
      );
    }
    if (heart_rate !== null && heart_rate !== undefined) {
      const [y, dense] = [scale.y(heart_rate), dot_is_dense(x)];
      points.push(
        point({
          lane: "circulation",
          at: entry.at,
          x,
          y,
          height: 20,
          entry,
          dense,
          classes: ["mark--heart"],
          drawing: [disc(x, y, dense ? 1.75 : 4)],
          label: labelled(entry.at, entry, `heart rate ${figure(heart_rate)} per minute`),
        }),
      );
    }
  }
  group.append(thread(state.readings.heart_rate_per_min ?? [], scale, "axis__thread axis__thread--heart", frame));
  return { group, points: inside(points, time), scale };
}

/**
 * Joins readings, but never across one that was due and is not there.
 * @param {Reading[]} readings @param {ValueScale} scale @param {string} classes @param {Frame2D} frame
 */
function thread(readings, scale, classes, { time, gaps }) {
  const d = readings
    .map(({ at, value }, index) => {
      const before = readings[index - 1];
      const joined = before && !gaps.some((gap) => gap.due_at > before.at && gap.due_at < at);
      return `${joined ? "L" : "M"}${time.x(at)} ${scale.y(value)}`;
    })
    .join("");
  return svg("path", { class: classes, d, "clip-path": CLIP });
}

/**
 * One measure with its figure written above each mark, where there is room for it.
 * @param {SessionState} state
 * @param {Frame2D} frame
 * @param {{measure: string, low: number, high: number, ticks: number[], shape: "diamond"|"cross", name: string}} about
 * @returns {Drawing}
 */
export function measureLane(state, frame, about) {
  const { time, top, bottom } = frame;
  const readings = state.readings[about.measure] ?? [];
  const scale = valueScale(
    Math.min(about.low, ...readings.map((one) => one.value)),
    Math.max(about.high, ...readings.map((one) => one.value)),
    top + 18,
    bottom - 7,
  );
  const group = svg("g", { class: `lane lane--${about.name}` }, grid(scale, time, about.ticks));
  group.append(thread(readings, scale, `axis__thread axis__thread--${about.name}`, frame));
  let written_until = -Infinity;
  const { label, unit } = measureOf(about.measure);
  const is_dense = crowding();
  const points = readings.map((reading) => {
    const [x, y] = [time.x(reading.at), scale.y(reading.value)];
    const dense = is_dense(x);
    const drawing = [about.shape === "diamond" ? diamond(x, y, dense ? 2 : 5) : cross(x, y, dense ? 1.75 : 4)];
    if (x - written_until > 24) {
      drawing.push(
        svg("text", { class: "mark__figure", x, y: y - 8, "text-anchor": "middle" }, [figure(reading.value)]),
      );
      written_until = x;
    }
    return point({
      lane: about.name,
      at: reading.at,
      x,
      y,
      entry: reading.entry,
      dense,
      classes: [`mark--${about.name}`],
      drawing,
      label: labelled(reading.at, reading.entry, `${label} ${figure(reading.value)} ${unit}`),
    });
  });
  return { group, points: inside(points, time), scale };
}

/**
 * Sedation in boxes, dissociation in rings, with their numbers.
 * @param {SessionState} state
 * @param {Frame2D} frame
 * @returns {Drawing}
 */
export function scoreLane(state, { time, top, bottom }) {
  const rows = [top + (bottom - top) * 0.27, top + (bottom - top) * 0.75];
  const group = svg("g", { class: "lane lane--scores" });
  const points = ["sedation", "dissociation"].flatMap((measure, row) =>
    (state.readings[measure] ?? []).map((reading) => {
      const [x, y] = [time.x(reading.at), sure(rows[row])];
      const { label, unit } = measureOf(measure);
      return point({
        lane: "scores",
        at: reading.at,
        x,
        y,
        height: 22,
        entry: reading.entry,
        classes: [`mark--${measure}`],
        drawing: numeral(x, y, String(reading.value), row === 0 ? "box" : "ring"),
        label: labelled(reading.at, reading.entry, `${label} ${reading.value} ${unit}`),
      });
    }),
  );
  return { group, points: inside(points, time) };
}
