// @ts-check
// What is due when, and what is missing: the same answer as treatment/due.py, so that a countdown runs on without a network.

import { sure } from "./sure.js";

/** @typedef {import("./session_state.js").SessionState} SessionState */
/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {{item: string, phase: string, every_minutes?: number|null, at_minutes?: number[]|null, anchor: string, source: string, grace_minutes?: number|null, pre_alert_minutes?: number|null}} Line */
/** @typedef {{grace_minutes: number, pre_alert_share: number, prescriber_after_share: number}} Alerts */
/** @typedef {{line: Line, due_at: number, opens: number, closes: number|null, interval_ms: number}} Slot */
/** @typedef {"upcoming"|"pre-alert"|"due"|"overdue"} DueStatus */
/** @typedef {{item: string, phase: string, due_at: number, status: DueStatus, pre_alert_at: number, overdue_at: number, prescriber_at: number, tell: "nobody yet"|"nurse"|"charge nurse"|"prescriber", missing: string[], source: string}} DueItem */
/** @typedef {{item: string, phase: string, due_at: number, until: number|null, missing: string[], closed: boolean, explanation: Entry|null}} Gap */

const MINUTE_MS = 60_000;

/** What must have been measured for an item to count as done. @type {Record<string, string[]>} */
export const ITEM_MEASURES = {
  vitals: ["systolic_mmhg", "diastolic_mmhg", "heart_rate_per_min", "spo2_percent"],
  blood_pressure: ["systolic_mmhg", "diastolic_mmhg"],
  heart_rate: ["heart_rate_per_min"],
  spo2: ["spo2_percent"],
  respiratory_rate: ["respiratory_rate_per_min"],
  temperature: ["temperature_c"],
  sedation: ["sedation"],
  dissociation: ["dissociation"],
};

/** @type {Record<string, string[]>} */
const LIVE_PHASES = {
  preparing: ["preparing", "ready"],
  ready: ["ready"],
  dosing: ["dosing", "paused"],
  recovery: ["recovery"],
};

/**
 * Every expected reading up to and including the next ones of each item.
 * @param {SessionState} state @param {number} at @param {Alerts} alerts @returns {Slot[]}
 */
export function slots(state, at, alerts) {
  /** @type {Map<string, Line[]>} */
  const lines = new Map();
  for (const line of /** @type {Line[]} */ (state.opened?.monitoring ?? [])) {
    const name = `${line.item} ${line.phase}`;
    lines.set(name, [...(lines.get(name) ?? []), line]);
  }
  /** @type {Slot[]} */
  const found = [];
  for (const of_item of lines.values()) {
    const window = windowOf(state, sure(of_item[0]).phase);
    if (window && window.start <= at) found.push(...itemSlots(state, of_item, window, at, alerts));
  }
  return found.sort(
    (a, b) => a.due_at - b.due_at || (a.line.item < b.line.item ? -1 : a.line.item > b.line.item ? 1 : 0),
  );
}

/**
 * The next reading of each kind that is still to come or late, soonest first. A missed one stays overdue until somebody
 * measures or says why it cannot be: the next round never makes it quiet.
 * @param {SessionState} state @param {number} at @param {Alerts} alerts @returns {DueItem[]}
 */
export function dueItems(state, at, alerts) {
  /** @type {Map<string, {slot: Slot, missing: string[]}>} */
  const waiting = new Map();
  for (const slot of slots(state, at, alerts)) {
    if (!(LIVE_PHASES[slot.line.phase] ?? []).includes(state.phaseAt(at))) continue;
    const { item } = slot.line;
    const missing = missingIn(state, slot, at);
    if (!missing.length)
      waiting.delete(item); // measured, perhaps a little early: what was missed before is a gap now
    else if (!waiting.has(item) && !explanationOf(state, slot, at)) waiting.set(item, { slot, missing });
  }
  return [...waiting.values()]
    .map(({ slot, missing }) => dueItem(slot, missing, at, alerts))
    .sort((a, b) => a.due_at - b.due_at || (a.item < b.item ? -1 : 1));
}

/**
 * Every reading that was due, is past its grace and is not there, explained or not, oldest first.
 * @param {SessionState} state @param {number} at @param {Alerts} alerts @returns {Gap[]}
 */
export function gaps(state, at, alerts) {
  return slots(state, at, alerts).flatMap((slot) => {
    if (slot.due_at + graceMs(slot.line, alerts) >= at) return [];
    const missing = missingIn(state, slot, at);
    if (!missing.length) return [];
    return [
      {
        item: slot.line.item,
        phase: slot.line.phase,
        due_at: slot.due_at,
        until: slot.closes,
        missing,
        closed: slot.closes !== null && slot.closes <= at,
        explanation: explanationOf(state, slot, at),
      },
    ];
  });
}

/** From the first moment of the phase until the first moment of a later one. @param {SessionState} state @param {string} phase */
function windowOf(state, phase) {
  const live = LIVE_PHASES[phase] ?? [];
  /** @type {number|null} */
  let start = null;
  for (const change of state.phase_changes) {
    if (live.includes(change.phase)) start ??= change.at;
    else if (start !== null) return { start, end: change.at };
  }
  return start === null ? null : { start, end: null };
}

/** @param {SessionState} state @param {Line} line @param {number} start @returns {number|null} */
function anchorOf(state, line, start) {
  switch (line.anchor) {
    case "phase_started":
      return start;
    case "session_opened":
      return state.opening?.at ?? null;
    case "infusion_started":
      return state.dose.infusion_started_at;
    case "infusion_stopped":
      return state.dose.infusion_stopped_at;
    case "first_dose":
      return state.dose.first_dose_at;
    case "last_dose":
      return state.dose.last_dose_at;
    default:
      return null;
  }
}

/**
 * Several lines may ask for one item in one phase: half the way to its neighbour each reading belongs to one.
 * @param {SessionState} state @param {Line[]} lines @param {{start: number, end: number|null}} window @param {number} at @param {Alerts} alerts
 * @returns {Slot[]}
 */
function itemSlots(state, lines, { start, end }, at, alerts) {
  /** @type {Map<number, Line>} */
  const by_moment = new Map();
  for (const line of lines) {
    const anchor = anchorOf(state, line, start);
    if (anchor === null) continue;
    for (const moment of momentsOf(line, anchor, start, end, at))
      if (!by_moment.has(moment)) by_moment.set(moment, line);
  }
  const moments = [...by_moment.keys()].sort((a, b) => a - b);
  return moments.flatMap((due_at, place) => {
    const line = /** @type {Line} */ (by_moment.get(due_at));
    const grace = graceMs(line, alerts);
    if (end !== null && due_at + grace > end && due_at > start) return []; // the next phase's schedule takes over
    const following = moments[place + 1] ?? null;
    const previous = place ? sure(moments[place - 1]) : null;
    let opens = due_at <= start ? start - grace : start;
    if (line.at_minutes && due_at > start) opens = start + (due_at - start) / 2;
    else if (line.every_minutes && due_at > start) opens = Math.max(start, due_at - (line.every_minutes * MINUTE_MS) / 2);
    if (previous !== null) opens = previous + (due_at - previous) / 2;
    let closes = following === null ? end : due_at + (following - due_at) / 2;
    if (end !== null && following !== null && following + grace > end) closes = end;
    const interval_ms =
      following !== null
        ? following - due_at
        : line.every_minutes
          ? line.every_minutes * MINUTE_MS
          : previous !== null
            ? due_at - previous
            : 5 * alerts.grace_minutes * MINUTE_MS;
    return [{ line, due_at, opens, closes, interval_ms }];
  });
}

/** @param {Line} line @param {number} anchor @param {number} start @param {number|null} end @param {number} at @returns {number[]} */
function momentsOf(line, anchor, start, end, at) {
  if (line.at_minutes) {
    return [...line.at_minutes]
      .sort((a, b) => a - b)
      .map((minutes) => anchor + minutes * MINUTE_MS)
      .filter((moment) => moment >= start && (end === null || moment < end));
  }
  if (!line.every_minutes || line.every_minutes <= 0) return [];
  const step = line.every_minutes * MINUTE_MS;
  const last = end === null ? at + step * 3 : end;
  const moments = [];
  for (let moment = anchor + step * Math.max(1, Math.ceil((start - anchor) / step)); moment < last; moment += step)
    moments.push(moment);
  return moments;
}

/** Which measures of the item nobody charted in its time. @param {SessionState} state @param {Slot} slot @param {number} at */
function missingIn(state, slot, at) {
  return (ITEM_MEASURES[slot.line.item] ?? [slot.line.item]).filter(
    (measure) =>
      !(state.readings[measure] ?? []).some(
        (reading) => slot.opens <= reading.at && reading.at <= at && (slot.closes === null || reading.at < slot.closes),
      ),
  );
}

/** @param {SessionState} state @param {Slot} slot @param {number} at @returns {Entry|null} */
function explanationOf(state, slot, at) {
  const found = state.of("treatment.gap_explained").filter((entry) => {
    if (entry.at > at || entry.content.item !== slot.line.item) return false;
    const due_at = Date.parse(entry.content.due_at);
    return due_at === slot.due_at || (slot.opens <= due_at && (slot.closes === null || due_at < slot.closes));
  });
  return found[found.length - 1] ?? null;
}

/** @param {Line} line @param {Alerts} alerts */
function graceMs(line, alerts) {
  return (line.grace_minutes ?? alerts.grace_minutes) * MINUTE_MS;
}

/** @param {Slot} slot @param {string[]} missing @param {number} at @param {Alerts} alerts @returns {DueItem} */
function dueItem({ line, due_at, interval_ms }, missing, at, alerts) {
  const grace = graceMs(line, alerts);
  const ahead =
    (line.pre_alert_minutes ?? null) === null
      ? interval_ms * alerts.pre_alert_share
      : /** @type {number} */ (line.pre_alert_minutes) * MINUTE_MS;
  const pre_alert_at = due_at - ahead;
  const overdue_at = due_at + grace;
  const prescriber_at = due_at + Math.max(grace, interval_ms * alerts.prescriber_after_share);
  /** @type {DueStatus} */
  const status = at >= overdue_at ? "overdue" : at >= due_at ? "due" : at >= pre_alert_at ? "pre-alert" : "upcoming";
  /** @type {DueItem["tell"]} */
  let tell = status === "upcoming" ? "nobody yet" : "nurse";
  if (at >= overdue_at) tell = at >= prescriber_at && prescriber_at > overdue_at ? "prescriber" : "charge nurse";
  return {
    item: line.item,
    phase: line.phase,
    due_at,
    status,
    pre_alert_at,
    overdue_at,
    prescriber_at,
    tell,
    missing,
    source: line.source,
  };
}

/** Due at the same moment: vitals first, the rest as the server orders them. @param {DueItem[]} items */
export const vitalsFirst = (items) =>
  [...items].sort((a, b) => a.due_at - b.due_at || Number(b.item === "vitals") - Number(a.item === "vitals"));
