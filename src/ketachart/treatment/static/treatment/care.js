// @ts-check
// Rescue orders, symptoms that are not over, and what is open at a hand-over: as treatment/care_rules.py has them.

import { present } from "./words.js";

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./session_state.js").SessionState} SessionState */
/** @typedef {{id: string, entry: Entry, order: Record<string, any>, given: Entry[], withdrawn: boolean, left: number, next_at: number|null}} StandingOrder */
/** @typedef {{what: string, detail: string}} OpenItem */

const MINUTE_MS = 60_000;

/** An entry that was corrected keeps the id under which others name it. @param {Entry} entry */
export const saidAs = (entry) => entry.corrects ?? entry.id;

/** @param {SessionState} state @returns {StandingOrder[]} */
export function rescueOrders(state) {
  const withdrawn = new Set(state.of("treatment.rescue_withdrawn").map((entry) => entry.content.order_id));
  return state.of("treatment.rescue_ordered").map((entry) => {
    const id = saidAs(entry);
    const given = state.of("treatment.rescue_given").filter((one) => one.content.order_id === id);
    const last = given[given.length - 1];
    const interval = entry.content.interval_minutes;
    return {
      id,
      entry,
      order: entry.content,
      given,
      withdrawn: withdrawn.has(id),
      left: Math.max(0, entry.content.most_times - given.length),
      next_at: last && present(interval) ? last.at + interval * MINUTE_MS : null,
    };
  });
}

/** @param {SessionState} state @returns {Entry[]} noted, and nobody said that they are over */
export function openSymptoms(state) {
  const ended = new Set(state.of("treatment.symptom_ended").map((entry) => entry.content.symptom_id));
  return state.of("treatment.symptom_noted").filter((entry) => !ended.has(saidAs(entry)));
}

/**
 * What whoever takes over must know.
 * @param {SessionState} state
 * @param {{label: string, status: string}[]} due
 * @param {{label: string}[]} gaps due readings whose time is over and that nobody explained
 * @param {string[]} alarms standing, by their titles
 * @returns {OpenItem[]}
 */
export function openAtHandover(state, due, gaps, alarms) {
  const running = ["running", "paused"].includes(state.dose.status);
  return [
    ...(running ? [{ what: `The infusion is ${state.dose.status}`, detail: "" }] : []),
    ...alarms.map((title) => ({ what: title, detail: "alarm" })),
    ...due
      .filter((item) => item.status === "due" || item.status === "overdue")
      .map((item) => ({ what: item.label, detail: item.status })),
    ...gaps.map((gap) => ({ what: `${gap.label} missing, no cause given`, detail: "" })),
    ...state.conflicts.map(({ meaning }) => ({ what: meaning, detail: "" })),
    ...openSymptoms(state).map(({ content }) => ({ what: content.symptom, detail: content.severity ?? "" })),
    ...rescueOrders(state)
      .filter((one) => one.left && !one.withdrawn)
      .map(({ order, left }) => ({
        what: `${order.medicine} ${order.dose} ${order.dose_unit}`,
        detail: `${left} times left`,
      })),
  ];
}
