// @ts-check
// What the latest readings say that somebody must look at now. The limits are the server's rules with their sources; the
// page judges them itself too, so that an alarm does not wait for a network.

import { figure, measureOf } from "./words.js";
import { age } from "./time_words.js";
import { sure } from "./sure.js";

/** @typedef {import("./session_state.js").SessionState} SessionState */
/** @typedef {import("./session_state.js").Reading} Reading */
/** @typedef {{id: string, title: string, action: string, limits: Record<string, number>, source: string}} AlarmRule */
/** @typedef {{id: string, title: string, action: string, seen: string, source: string, card: string|null, readings: Reading[]}} Alarm */

/** @type {Record<string, string>} the emergency card that goes with a rule */
const CARD = { AL04: "hypertensive", AL08: "airway", AL10: "airway", AL11: "syncope", AL12: "airway", AL13: "airway" };

const LIVE = new Set(["preparing", "ready", "dosing", "paused", "recovery"]);

/** @type {Record<string, (state: SessionState, limits: Record<string, number>) => Reading[]>} the readings that break a rule */
const TESTS = {
  AL04: (state, limits) => {
    const [systolic, diastolic] = [state.latest("systolic_mmhg"), state.latest("diastolic_mmhg")];
    if (!systolic || !diastolic) return [];
    return systolic.value >= sure(limits.systolic_mmhg) || diastolic.value >= sure(limits.diastolic_mmhg)
      ? [systolic, diastolic]
      : [];
  },
  AL08: (state, limits) => {
    const last = (state.readings.spo2_percent ?? []).slice(-2);
    return last.length === 2 && last.every((reading) => reading.value < sure(limits.spo2_percent)) ? last : [];
  },
  AL10: outside("respiratory_rate_per_min"),
  AL11: outside("heart_rate_per_min"),
  AL12: atMost("sedation"),
  AL13: atMost("sedation"),
};

/** @param {string} measure @returns {(state: SessionState, limits: Record<string, number>) => Reading[]} */
function outside(measure) {
  return (state, limits) => {
    const last = state.latest(measure);
    return last && (last.value < sure(limits.minimum) || last.value > sure(limits.maximum)) ? [last] : [];
  };
}

/** @param {string} measure @returns {(state: SessionState, limits: Record<string, number>) => Reading[]} */
function atMost(measure) {
  return (state, limits) => {
    const last = state.latest(measure);
    return last && last.value <= sure(limits.value) ? [last] : [];
  };
}

/**
 * @param {SessionState} state
 * @param {AlarmRule[]} rules
 * @param {number} now
 * @returns {Alarm[]}
 */
export function alarmsIn(state, rules, now) {
  if (!state.opened || !LIVE.has(state.phase)) return [];
  return rules.flatMap((rule) => {
    const readings = TESTS[rule.id]?.(state, rule.limits) ?? [];
    if (!readings.length) return [];
    const seen = readings.map((reading) => `${measureOf(reading.measure).short} ${figure(reading.value)}`).join(", ");
    const newest = Math.max(...readings.map((reading) => reading.at));
    return [
      {
        id: rule.id,
        title: rule.title,
        action: rule.action,
        source: rule.source,
        seen: `${seen}, ${age(now - newest)} ago`,
        card: CARD[rule.id] ?? null,
        readings,
      },
    ];
  });
}

/** Names an alarm by what raised it: a new reading that is just as bad sounds anew. @param {Alarm} alarm */
export function alarmName(alarm) {
  return `${alarm.id} ${alarm.readings.map((reading) => reading.entry.id).join(" ")}`;
}
