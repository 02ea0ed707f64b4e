// @ts-check
// The dose: the rate as steps, and what has gone in as a line that climbs to the ordered dose.

import { svg } from "./svg.js";
import { niceTop, valueScale } from "./axis_scale.js";
import { CLIP, grid, inside, labelled } from "./axis_frame.js";
import { point } from "./axis_marks.js";
import { deliveredMg, pumpEmptyAt } from "./dose.js";
import { figure, inWords } from "./words.js";

/** @typedef {import("./axis_scale.js").TimeScale} TimeScale */
/** @typedef {import("./axis_scale.js").ValueScale} ValueScale */
/** @typedef {import("./session_state.js").SessionState} SessionState */
/** @typedef {import("./axis_frame.js").Drawing} Drawing */
/** @typedef {import("./axis_frame.js").Frame2D} Frame2D */

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
  const rates = valueScale(
    0,
    niceTop(Math.max(...dose.steps.map((step) => step.rate_mg_per_h), plan?.rate_mg_per_h ?? 1, 1)) * 1.5,
    top + 8,
    bottom - 4,
  );
  const group = svg("g", { class: "lane lane--dose" }, grid(total, time, [0, total.high]));
  const clip = CLIP;
  if (plan?.dose_mg)
    group.append(
      svg("path", { class: "axis__ordered", d: `M${time.left} ${total.y(plan.dose_mg)}H${time.right}` }),
      svg(
        "text",
        { class: "axis__ordered-label", x: time.right - 4, y: total.y(plan.dose_mg) - 4, "text-anchor": "end" },
        [`ordered ${figure(plan.dose_mg, 2)} mg`],
      ),
    );
  for (const step of dose.steps) {
    const [x0, x1, y] = [
      time.x(step.start),
      time.x(Math.max(step.end ?? until, step.start)),
      rates.y(step.rate_mg_per_h),
    ];
    group.append(
      svg("path", { class: "axis__rate", d: `M${x0} ${rates.bottom}V${y}H${x1}V${rates.bottom}`, "clip-path": clip }),
    );
    if (x1 - x0 > 70)
      group.append(
        svg("text", { class: "axis__rate-label", x: Math.max(x0, time.left) + 6, y: y - 4, "clip-path": clip }, [
          `${figure(step.rate_mg_per_h)} mg/h`,
        ]),
      );
  }
  if (dose.first_dose_at !== null)
    group.append(svg("path", { class: "axis__total", d: totalLine(state, time, total, until), "clip-path": clip }));
  const points = state.standing
    .filter((entry) => DOSE_LETTERS[entry.kind])
    .map((entry) => {
      const [x, y] = [time.x(entry.at), total.y(deliveredMg(dose, entry.at))];
      return point({
        lane: "dose",
        at: entry.at,
        x,
        y,
        entry,
        classes: ["mark--dose"],
        drawing: [svg("circle", { class: "mark__body", cx: x, cy: y, r: 4.5 })],
        label: labelled(entry.at, entry, `${inWords(entry)}; ${deliveredMg(dose, entry.at).toFixed(1)} mg in`),
      });
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
  for (const { at, over_minutes } of dose.boluses) if (over_minutes) turns.add(at + over_minutes * 60_000);
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
