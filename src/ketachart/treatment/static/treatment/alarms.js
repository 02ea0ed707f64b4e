// @ts-check
// Which alarms hold: the same answer as treatment/alarm_rules.py, from the same rules (tests/room_js compares the two), so
// that an alarm does not wait for a network. What became of an alarm on the server is in alarm_log.js.

import { figure, itemWords, measureOf } from "./words.js";
import { age } from "./time_words.js";
import { lastOf, sure } from "./sure.js";
import { deliveredMg, rateAt } from "./dose.js";
import { dueItems } from "./due.js";
import { alone } from "./presence.js";

/** @typedef {import("./session_state.js").SessionState} SessionState */
/** @typedef {import("./session_state.js").Reading} Reading */
/** @typedef {import("./due.js").Alerts} Alerts */
/** @typedef {{at: number, name: string}} Cause */
/** @typedef {{measure: string, above?: number|null, at_least?: number|null, below?: number|null, at_most?: number|null, up_to_age_years?: number|null, over_age_years?: number|null, site?: string|null, sessions_up_to?: number|null}} Limit */
/** @typedef {{id: string, title: string, action: string, signal: string, phases: string[], molecules: string[], switch: string|null, tell: string[], card: string|null, covered_by: string[], test: any, source: string}} AlarmRule */
/** @typedef {{word: string, rank: number, shape: string, tone: string, sound: string, escalates: boolean}} Signal */
/** @typedef {{id: string, key: string, title: string, action: string, signal: string, tell: string[], card: string|null, source: string, causes: Cause[], seen: string, measures: string[], prescriber_at: number|null, covered_by: string[]}} Alarm */
/** @typedef {{state: SessionState, at: number, rule: AlarmRule, values: Record<string, number>, alerts: Alerts, rate_agrees_within_percent: number}} Case */
/** @typedef {{causes: Cause[], readings?: Reading[], said?: string[], prescriber_at?: number|null}} Judged */

export const LIVE = new Set(["preparing", "ready", "dosing", "paused", "recovery"]);

const MINUTE_MS = 60_000;
const STILL_THERE = "still there at discharge"; // of a complaint that has not passed

/**
 * The rules that are broken at a moment. Empty is not "all well": see what is due.
 * @param {SessionState} state
 * @param {AlarmRule[]} rules
 * @param {number} at
 * @param {{alerts: Alerts, entry?: {rate_agrees_within_percent: number}}} protocol
 * @returns {Alarm[]}
 */
export function alarmsIn(state, rules, at, { alerts, entry }) {
  const phase = state.phaseAt(at);
  if (!state.opened || !LIVE.has(phase)) return [];
  const values = state.opened.policy?.alarm_values ?? {};
  const { molecule } = state.opened.plan;
  const known = new Set(rules.flatMap((rule) => rule.molecules));
  const broken = rules
    .filter(
      (rule) =>
        rule.phases.includes(phase) &&
        (!rule.molecules.length || rule.molecules.includes(molecule) || !known.has(molecule)) &&
        (!rule.switch || Boolean(values[rule.switch])),
    )
    .flatMap((rule) => {
      const found = TESTS[rule.test.kind]?.({
        state,
        at,
        rule,
        values,
        alerts,
        rate_agrees_within_percent: entry?.rate_agrees_within_percent ?? 0,
      });
      if (!found?.causes.length) return [];
      const readings = found.readings ?? [];
      const newest = Math.max(...readings.map((reading) => reading.at));
      const measured = readings
        .map((reading) => `${measureOf(reading.measure).short} ${figure(reading.value)}`)
        .join(", ");
      return [
        {
          id: rule.id,
          key: rule.id,
          title: rule.title,
          action: rule.action,
          signal: rule.signal,
          tell: rule.tell,
          card: rule.card,
          source: rule.source,
          causes: inOrder(found.causes),
          seen: [measured ? `${measured}, ${age(Math.max(0, at - newest))} ago` : "", ...(found.said ?? [])]
            .filter(Boolean)
            .join(", "),
          measures: [...new Set(readings.map((reading) => reading.measure))],
          prescriber_at: found.prescriber_at ?? null,
          covered_by: rule.covered_by,
        },
      ];
    });
  const ids = new Set(broken.map((alarm) => alarm.id));
  return broken.filter((alarm) => !alarm.covered_by.some((id) => ids.has(id)));
}

/** @type {Record<string, (about: Case) => Judged>} */
const TESTS = {
  limits({ state, at, rule, values }) {
    const { any, consecutive = 1, lasting_minutes = 0, and_over_baseline = false } = rule.test;
    /** @type {Cause[]} */
    const causes = [];
    /** @type {Reading[]} */
    const seen = [];
    for (const measure of new Set(any.map((/** @type {Limit} */ limit) => limit.measure))) {
      const readings = by(state, measure, at);
      seen.push(...readings.slice(-Math.max(1, consecutive)));
      if (!readings.length) continue;
      const base = state.baseline(measure);
      if (and_over_baseline && (!base || lastOf(readings).value <= base.value)) continue;
      const limits = any.filter((/** @type {Limit} */ limit) => limit.measure === measure);
      const breaks = (/** @type {Reading} */ reading) =>
        limits.some((/** @type {Limit} */ limit) => isOver(limit, reading.value, state, values));
      causes.push(...run(readings, breaks, consecutive, lasting_minutes));
    }
    return { causes, readings: seen };
  },
  rise({ state, at, rule }) {
    const { first_dose_at } = state.dose;
    /** @type {Cause[]} */
    const causes = [];
    /** @type {Reading[]} */
    const seen = [];
    for (const [measure, rise] of Object.entries(rule.test.over_baseline)) {
      const base = first_dose_at === null ? null : state.baseline(measure);
      if (!base || first_dose_at === null) continue;
      const readings = by(state, measure, at).filter((reading) => reading.at > first_dose_at);
      seen.push(...readings.slice(-1));
      causes.push(...run(readings, (reading) => reading.value >= base.value + rise, 1, 0));
    }
    return { causes, readings: seen };
  },
  symptoms({ state, at, rule }) {
    const over = new Set(
      state
        .of("treatment.symptom_ended")
        .filter((entry) => entry.at <= at && entry.content.outcome !== STILL_THERE)
        .map((entry) => entry.content.symptom_id),
    );
    const found = state
      .of("treatment.symptom_noted")
      .filter(
        ({ id, corrects, at: when, content }) =>
          when <= at &&
          !over.has(id) &&
          !over.has(corrects) &&
          rule.test.any.some(
            (/** @type {{name: string, severity?: string|null}} */ one) =>
              one.name.toLowerCase() === content.symptom.trim().toLowerCase() &&
              (!one.severity || !content.severity || content.severity === one.severity),
          ),
      );
    return { causes: found.map(causeOf), said: found.slice(-1).map(({ content }) => content.symptom) };
  },
  answer({ state, at, rule }) {
    const asked = state
      .of("treatment.discharge_assessed")
      .filter((entry) => entry.at <= at && typeof entry.content[rule.test.question] === "boolean");
    const last = asked[asked.length - 1];
    return { causes: last && last.content[rule.test.question] === false ? [causeOf(last)] : [] };
  },
  escort({ state, at }) {
    const assessed = state.of("treatment.discharge_assessed").filter((entry) => entry.at <= at);
    const met = state.of("treatment.escort_met").filter((entry) => entry.at <= at);
    const last = met[met.length - 1];
    const identified = last?.content.identified ?? null;
    if (identified === true || (!assessed.length && identified === null)) return { causes: [] };
    return { causes: [...assessed.slice(0, 1), ...(last && identified === false ? [last] : [])].map(causeOf) };
  },
  called({ state, at }) {
    return {
      causes: state
        .of("treatment.patient_called")
        .filter((entry) => entry.at <= at)
        .map(causeOf),
    };
  },
  overdue({ state, at, alerts }) {
    const late = dueItems(state, at, alerts).filter((item) => item.status === "overdue");
    return {
      causes: late.map((item) => ({
        at: item.overdue_at,
        name: `${item.item}@${new Date(item.due_at).toISOString()}`,
      })),
      said: [late.map((item) => itemWords(item.item)).join(", ")],
      prescriber_at: late.length ? Math.min(...late.map((item) => item.prescriber_at)) : null,
    };
  },
  presence({ state, at, rule, values }) {
    const grace = (values[rule.test.grace] ?? 0) * 1000;
    return {
      causes: alone(state, rule.phases, at)
        .filter((gap) => gap.until === null && gap.since + grace <= at)
        .map((gap) => ({ at: gap.since + grace, name: new Date(gap.since).toISOString() })),
    };
  },
  order({ state, at, rate_agrees_within_percent }) {
    const { dose, plan, weight_kg } = state;
    if (!plan) return { causes: [] };
    const rate = rateAt(dose, at);
    const delivered_mg = deliveredMg(dose, at);
    /** @type {Cause[]} */
    const causes = [];
    const said = [];
    const ordered = plan.rate_mg_per_h ?? null;
    if (rate && ordered !== null && rate.rate_mg_per_h > ordered * (1 + rate_agrees_within_percent / 100)) {
      causes.push({ at: rate.start, name: rate.entry_id });
      said.push(`${figure(rate.rate_mg_per_h)} mg/h, ordered ${figure(ordered)}`);
    }
    const ceiling = plan.ceiling_mg_per_kg ?? null;
    const above = delivered_mg > plan.dose_mg * (1 + 1e-9);
    const too_heavy = weight_kg && ceiling && delivered_mg / weight_kg > ceiling * (1 + 1e-9);
    if (above || too_heavy) {
      const given = [
        ...dose.steps.map((step) => ({ at: step.start, name: step.entry_id })),
        ...dose.boluses.map((bolus) => ({ at: bolus.at, name: bolus.entry_id })),
      ].filter((one) => one.at <= at);
      causes.push(lastOf(inOrder(given)));
      said.push(`${figure(delivered_mg)} mg given, ordered ${figure(plan.dose_mg)}`);
    }
    return { causes, said };
  },
};

/** @param {Limit} limit @param {number} value @param {SessionState} state @param {Record<string, number>} values */
function isOver(limit, value, state, values) {
  const age_years = state.opened?.patient?.age_years ?? null;
  const session_number = state.opened?.session_number ?? null;
  const { over_age_years = null, up_to_age_years = null, sessions_up_to = null } = limit;
  if (over_age_years !== null && (age_years === null || age_years <= over_age_years)) return false;
  if (up_to_age_years !== null && age_years !== null && age_years > up_to_age_years) return false;
  const later = sessions_up_to !== null && session_number !== null && session_number > sessions_up_to;
  const own = limit.site && !later ? (values[limit.site] ?? null) : null;
  const { above = null, at_least = null, below = null, at_most = null } = limit;
  if (above !== null) return value > (own ?? above);
  if (at_least !== null) return value >= (own ?? at_least);
  if (below !== null) return value < (own ?? below);
  return at_most !== null && value <= (own ?? at_most);
}

/**
 * The latest unbroken run of readings that break the rule, from the one on that makes the alarm.
 * @param {Reading[]} readings @param {(reading: Reading) => boolean} breaks @param {number} consecutive @param {number} lasting_minutes
 * @returns {Cause[]}
 */
function run(readings, breaks, consecutive, lasting_minutes) {
  let start = readings.length;
  while (start > 0 && breaks(sure(readings[start - 1]))) start -= 1;
  const broken = readings.slice(start);
  return broken
    .filter((reading, place) => place + 1 >= consecutive && reading.at - sure(broken[0]).at >= lasting_minutes * MINUTE_MS)
    .map((reading) => causeOf(reading.entry));
}

/** @param {SessionState} state @param {string} measure @param {number} at */
const by = (state, measure, at) => (state.readings[measure] ?? []).filter((reading) => reading.at <= at);

/** @param {import("./types.js").Entry} entry @returns {Cause} */
const causeOf = (entry) => ({ at: entry.at, name: entry.id });

/** @param {Cause[]} causes */
function inOrder(causes) {
  return [...new Map(causes.map((cause) => [`${cause.at} ${cause.name}`, cause])).values()].sort(
    (a, b) => a.at - b.at || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
}
