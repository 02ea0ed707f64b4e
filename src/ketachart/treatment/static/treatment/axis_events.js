// @ts-check
// What happened, as flags with a letter; what was struck; and what should have been measured and was not.

import { svg } from "./svg.js";
import { labelled } from "./axis_frame.js";
import { flag, point, strike } from "./axis_marks.js";
import { inWords, itemWords, KIND_WORDS } from "./words.js";
import { clockTime } from "./time_words.js";
import { lastOf, sure } from "./sure.js";

/** @typedef {import("./axis_marks.js").Point} Point */
/** @typedef {import("./session_state.js").SessionState} SessionState */
/** @typedef {import("./axis_frame.js").Drawing} Drawing */
/** @typedef {import("./axis_frame.js").Frame2D} Frame2D */

/** @type {Record<string, [string, string]>} letter and tone of an event's flag */
const FLAGS = {
  "treatment.infusion_started": ["▶", "dose"],
  "treatment.infusion_rate_changed": ["R", "dose"],
  "treatment.infusion_paused": ["Ⅱ", "dose"],
  "treatment.infusion_resumed": ["▶", "dose"],
  "treatment.infusion_stopped": ["■", "dose"],
  "treatment.dose_given": ["D", "dose"],
  "treatment.hold_ended": ["H", "dose"],
  "treatment.pump_read": ["P", "plain"],
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
    ...state.standing
      .filter((entry) => FLAGS[entry.kind])
      .map((entry) => ({ entry, struck: /** @type {string|null} */ (null) })),
    ...state.struck
      .filter(({ entry }) => entry.kind !== "treatment.event_corrected")
      .map(({ entry, corrections }) => ({ entry, struck: lastOf(corrections).content.reason })),
  ].sort((a, b) => a.entry.at - b.entry.at);
  for (const { entry, struck } of shown) {
    const x = time.x(entry.at);
    if (x < time.left || x > time.right) continue;
    const y = rowFor(x);
    const [letter, tone] = FLAGS[entry.kind] ?? [(KIND_WORDS[entry.kind] ?? "?").charAt(0), "plain"];
    const drawing = flag(x, y, letter, struck === null ? tone : "struck");
    if (struck !== null) drawing.push(strike(x, y));
    const words = struck === null ? inWords(entry) : `Struck through: ${inWords(entry)}. Reason: ${struck}`;
    points.push(
      point({
        lane: "events",
        at: entry.at,
        x,
        y,
        height: 24,
        entry,
        classes: struck === null ? [] : ["is-struck"],
        drawing,
        label: labelled(entry.at, entry, words),
      }),
    );
  }
  for (const gap of gaps) {
    const [x0, x1] = [Math.max(time.x(gap.due_at), time.left), Math.min(time.x(gap.until), time.right)];
    if (x1 < time.left || x0 > time.right) continue;
    group.append(
      svg(
        "rect",
        {
          class: `axis__gap${gap.explained ? " axis__gap--explained" : ""}`,
          x: x0,
          y: top - 2,
          width: Math.max(x1 - x0, 4),
          height: 5,
          rx: 2,
        },
        [
          svg("title", {}, [
            `${itemWords(gap.item)} due ${clockTime(gap.due_at)} was not charted${gap.explained ? " (explained)" : ""}`,
          ]),
        ],
      ),
    );
  }
  return { group, points };
}
