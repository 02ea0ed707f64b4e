// @ts-check
// The lanes of the axis, from top to bottom. Each draws into one group and gives back the points that can be reached.

import { svg } from "./svg.js";
import { niceTop, valueScale } from "./axis_scale.js";
import { cross, diamond, disc, flag, numeral, point, pressureBar, strike } from "./axis_marks.js";
import { deliveredMg, pumpEmptyAt } from "./dose.js";
import { figure, inWords, itemWords, KIND_WORDS, measureOf, sourceOf } from "./words.js";
import { clockTime } from "./time_words.js";
import { lastOf, sure } from "./sure.js";

/** @typedef {import("./axis_marks.js").Point} Point */
/** @typedef {import("./axis_scale.js").TimeScale} TimeScale */
/** @typedef {import("./axis_scale.js").ValueScale} ValueScale */
/** @typedef {import("./session_state.js").SessionState} SessionState */
/** @typedef {import("./session_state.js").Reading} Reading */
/** @typedef {import("./types.js").Entry} Entry */

/**
 * @typedef {object} Drawing
 * @property {SVGElement} group
 * @property {Point[]} points
 */

/**
 * @typedef {object} Frame2D where a lane lies
 * @property {TimeScale} time
 * @property {number} top
 * @property {number} bottom
 * @property {number} now
 * @property {{item: string, due_at: number, until: number, explained: boolean}[]} gaps
 */

/** @param {number} at @param {Entry} entry @param {string} words */
const labelled = (at, entry, words) => `${clockTime(at)}, ${words}. ${sourceOf(entry)}${entry.corrects ? ", corrected" : ""}`;

/** @param {ValueScale} scale @param {TimeScale} time @param {number[]} values */
function grid(scale, time, values) {
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
      svg("text", { class: "axis__value", x: time.left - 6, y: scale.y(value) + 4, "text-anchor": "end" }, [String(value)]),
    ]);
}

/** @param {Point[]} points @param {TimeScale} time */
const inside = (points, time) => points.filter((one) => one.x >= time.left - 6 && one.x <= time.right + 6);

/**
 * Blood pressure and heart rate share one scale, as on every anaesthesia record.
 * @param {SessionState} state
 * @param {Frame2D} frame
 * @returns {Drawing}
 */
export function circulationLane(state, frame) {
  const { time, top, bottom } = frame;
  const values = ["systolic_mmhg", "diastolic_mmhg", "heart_rate_per_min"].flatMap((measure) => (state.readings[measure] ?? []).map((one) => one.value));
  const scale = valueScale(Math.min(40, ...values.map((value) => Math.floor(value / 20) * 20)), Math.max(180, ...values.map((value) => Math.ceil(value / 20) * 20)), top + 6, bottom - 4);
  const group = svg("g", { class: "lane lane--circulation" }, grid(scale, time, [40, 80, 120, 160, 200, 240]));
  /** @type {Point[]} */
  const points = [];
  for (const entry of state.of("treatment.vitals_charted")) {
    const { systolic_mmhg: systolic, diastolic_mmhg: diastolic, heart_rate_per_min: heart_rate } = entry.content;
    const x = time.x(entry.at);
    if (systolic !== null && systolic !== undefined && diastolic !== null && diastolic !== undefined) {
      const [high, low] = [scale.y(systolic), scale.y(diastolic)];
      points.push(point({ lane: "circulation", at: entry.at, x, y: (high + low) / 2, height: Math.max(low - high + 8, 28), entry, classes: ["mark--pressure"], drawing: pressureBar(x, high, low), label: labelled(entry.at, entry, `blood pressure ${figure(systolic)} over ${figure(diastolic)} mmHg`) }));
    }
    if (heart_rate !== null && heart_rate !== undefined) {
      const y = scale.y(heart_rate);
      points.push(point({ lane: "circulation", at: entry.at, x, y, height: 20, entry, classes: ["mark--heart"], drawing: [disc(x, y)], label: labelled(entry.at, entry, `heart rate ${figure(heart_rate)} per minute`) }));
    }
  }
  group.append(thread(state.readings.heart_rate_per_min ?? [], scale, "axis__thread axis__thread--heart", frame));
  return { group, points: inside(points, time) };
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
  return svg("path", { class: classes, d, "clip-path": `url(#${clipId(time)})` });
}

/** @param {TimeScale} _time */
export const clipId = (_time) => "axis-clip";

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
  const scale = valueScale(Math.min(about.low, ...readings.map((one) => one.value)), Math.max(about.high, ...readings.map((one) => one.value)), top + 18, bottom - 7);
  const group = svg("g", { class: `lane lane--${about.name}` }, grid(scale, time, about.ticks));
  group.append(thread(readings, scale, `axis__thread axis__thread--${about.name}`, frame));
  let written_until = -Infinity;
  const { label, unit } = measureOf(about.measure);
  const points = readings.map((reading) => {
    const [x, y] = [time.x(reading.at), scale.y(reading.value)];
    const drawing = [about.shape === "diamond" ? diamond(x, y) : cross(x, y)];
    if (x - written_until > 24) {
      drawing.push(svg("text", { class: "mark__figure", x, y: y - 8, "text-anchor": "middle" }, [figure(reading.value)]));
      written_until = x;
    }
    return point({ lane: about.name, at: reading.at, x, y, entry: reading.entry, classes: [`mark--${about.name}`], drawing, label: labelled(reading.at, reading.entry, `${label} ${figure(reading.value)} ${unit}`) });
  });
  return { group, points: inside(points, time) };
}

/**
 * Dose: the rate as steps, and what has gone in as a line that climbs to the ordered dose.
 * @param {SessionState} state
 * @param {Frame2D} frame
 * @returns {Drawing}
 */
export function doseLane(state, { time, top, bottom, now }) {
  const { dose, plan } = state;
  const until = Math.min(now, time.to);
  const total = valueScale(0, niceTop(Math.max(plan?.dose_mg ?? 0, deliveredMg(dose, now), 1)), top + 8, bottom - 4);
  const rates = valueScale(0, niceTop(Math.max(...dose.steps.map((step) => step.rate_mg_per_h), plan?.rate_mg_per_h ?? 1, 1)) * 1.5, top + 8, bottom - 4);
  const group = svg("g", { class: "lane lane--dose" }, grid(total, time, [0, total.high]));
  const clip = `url(#${clipId(time)})`;
  if (plan?.dose_mg) group.append(svg("path", { class: "axis__ordered", d: `M${time.left} ${total.y(plan.dose_mg)}H${time.right}` }), svg("text", { class: "axis__ordered-label", x: time.right - 4, y: total.y(plan.dose_mg) - 4, "text-anchor": "end" }, [`ordered ${figure(plan.dose_mg, 2)} mg`]));
  for (const step of dose.steps) {
    const [x0, x1, y] = [time.x(step.start), time.x(Math.max(step.end ?? until, step.start)), rates.y(step.rate_mg_per_h)];
    group.append(svg("path", { class: "axis__rate", d: `M${x0} ${rates.bottom}V${y}H${x1}V${rates.bottom}`, "clip-path": clip }));
    if (x1 - x0 > 70) group.append(svg("text", { class: "axis__rate-label", x: Math.max(x0, time.left) + 6, y: y - 4, "clip-path": clip }, [`${figure(step.rate_mg_per_h)} mg/h`]));
  }
  if (dose.first_dose_at !== null) group.append(svg("path", { class: "axis__total", d: totalLine(state, time, total, until), "clip-path": clip }));
  const points = state.standing
    .filter((entry) => DOSE_LETTERS[entry.kind])
    .map((entry) => {
      const [x, y] = [time.x(entry.at), total.y(deliveredMg(dose, entry.at))];
      return point({ lane: "dose", at: entry.at, x, y, entry, classes: ["mark--dose"], drawing: [svg("circle", { class: "mark__body", cx: x, cy: y, r: 4.5 })], label: labelled(entry.at, entry, `${inWords(entry)}; ${deliveredMg(dose, entry.at).toFixed(1)} mg in`) });
    });
  return { group, points: inside(points, time) };
}

/** @param {SessionState} state @param {TimeScale} time @param {ValueScale} total @param {number} until */
function totalLine({ dose }, time, total, until) {
  const turns = new Set([dose.first_dose_at ?? until, until]);
  for (const step of dose.steps) turns.add(step.start).add(step.end ?? until);
  const empty_at = pumpEmptyAt(dose);
  if (empty_at !== null) turns.add(empty_at);
  const jumps = new Set(dose.boluses.map((bolus) => bolus.at));
  const at_all = [...turns, ...jumps].filter((at) => at <= until).sort((a, b) => a - b);
  let d = "";
  for (const at of at_all) {
    if (jumps.has(at)) d += `${d ? "L" : "M"}${time.x(at)} ${total.y(deliveredMg(dose, at - 1))}`;
    d += `${d ? "L" : "M"}${time.x(at)} ${total.y(deliveredMg(dose, at))}`;
  }
  return d;
}

/** @type {Record<string, string>} */
const DOSE_LETTERS = {
  "treatment.infusion_started": "▶",
  "treatment.infusion_rate_changed": "R",
  "treatment.infusion_paused": "Ⅱ",
  "treatment.infusion_resumed": "▶",
  "treatment.infusion_stopped": "■",
  "treatment.dose_given": "D",
};

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
      return point({ lane: "scores", at: reading.at, x, y, height: 22, entry: reading.entry, classes: [`mark--${measure}`], drawing: numeral(x, y, String(reading.value), row === 0 ? "box" : "ring"), label: labelled(reading.at, reading.entry, `${label} ${reading.value} ${unit}`) });
    }),
  );
  return { group, points: inside(points, time) };
}

/** @type {Record<string, [string, string]>} letter and tone of an event's flag */
const FLAGS = {
  "treatment.infusion_started": ["▶", "dose"],
  "treatment.infusion_rate_changed": ["R", "dose"],
  "treatment.infusion_paused": ["Ⅱ", "dose"],
  "treatment.infusion_resumed": ["▶", "dose"],
  "treatment.infusion_stopped": ["■", "dose"],
  "treatment.dose_given": ["D", "dose"],
  "treatment.symptom_noted": ["S", "symptom"],
  "treatment.note_written": ["N", "plain"],
  "treatment.time_out_completed": ["T", "plain"],
  "treatment.gate_overridden": ["!", "symptom"],
  "treatment.recovery_started": ["↓", "plain"],
  "treatment.discharge_assessed": ["C", "plain"],
  "treatment.escort_met": ["E", "plain"],
  "treatment.discharged": ["→", "plain"],
  "treatment.session_signed": ["✓", "plain"],
  "treatment.addendum_written": ["A", "plain"],
};

/**
 * What happened, as flags; what was struck, with a line through it; and what should have been measured and was not.
 * @param {SessionState} state
 * @param {Frame2D} frame
 * @returns {Drawing}
 */
export function eventLane(state, { time, top, bottom, gaps }) {
  const group = svg("g", { class: "lane lane--events" });
  /** @type {Point[]} */
  const points = [];
  /** @type {number[]} last x used in each row */
  const rows = [-Infinity, -Infinity];
  const height = (bottom - top) / 2;
  /** @param {number} x */
  const rowFor = (x) => {
    const free = rows.findIndex((used) => x - used > 22);
    const row = free === -1 ? (sure(rows[0]) <= sure(rows[1]) ? 0 : 1) : free;
    rows[row] = x;
    return top + height * (row + 0.5);
  };
  const shown = [
    ...state.standing.filter((entry) => FLAGS[entry.kind]).map((entry) => ({ entry, struck: /** @type {string|null} */ (null) })),
    ...state.struck.filter(({ entry }) => entry.kind !== "treatment.event_corrected").map(({ entry, corrections }) => ({ entry, struck: lastOf(corrections).content.reason })),
  ].sort((a, b) => a.entry.at - b.entry.at);
  for (const { entry, struck } of shown) {
    const x = time.x(entry.at);
    if (x < time.left || x > time.right) continue;
    const y = rowFor(x);
    const [letter, tone] = FLAGS[entry.kind] ?? [(KIND_WORDS[entry.kind] ?? "?").charAt(0), "plain"];
    const drawing = flag(x, y, letter, struck === null ? tone : "struck");
    if (struck !== null) drawing.push(strike(x, y));
    const words = struck === null ? inWords(entry) : `Struck through: ${inWords(entry)}. Reason: ${struck}`;
    points.push(point({ lane: "events", at: entry.at, x, y, height: 24, entry, classes: struck === null ? [] : ["is-struck"], drawing, label: labelled(entry.at, entry, words) }));
  }
  for (const gap of gaps) {
    const [x0, x1] = [Math.max(time.x(gap.due_at), time.left), Math.min(time.x(gap.until), time.right)];
    if (x1 < time.left || x0 > time.right) continue;
    group.append(svg("rect", { class: `axis__gap${gap.explained ? " axis__gap--explained" : ""}`, x: x0, y: top - 2, width: Math.max(x1 - x0, 4), height: 5, rx: 2 }, [svg("title", {}, [`${itemWords(gap.item)} due ${clockTime(gap.due_at)} was not charted${gap.explained ? " (explained)" : ""}`])]));
  }
  return { group, points };
}
