// @ts-check
// Doses given at once: injections, pushes, devices, troches. What looks charted twice, what comes next, and when.
// The same answers as treatment/single_dose.py gives; tests/room_js compares the two on generated sessions.

/** @typedef {import("./types.js").Entry} Entry */

/**
 * @typedef {object} Bolus
 * @property {number} at
 * @property {number} dose_mg
 * @property {string} route
 * @property {string} entry_id
 * @property {number|null} part
 * @property {number|null} device
 * @property {number|null} over_minutes
 * @property {string|null} beyond_order_reason
 * @property {string|null} lot
 * @property {number|null} held_until
 * @property {string|null} then
 */

/**
 * What may be given next. `left_mg` is what is left of the most that may be given in all.
 * @typedef {{number: number, of: number, dose_mg: number|null, not_before: number|null, left_mg: number}} NextDose
 */

const MINUTE_MS = 60_000;
const CHARTED_TWICE_WITHIN_MS = 2 * MINUTE_MS;
export const NEARLY = 1e-9;

/** @param {Entry} entry @returns {Bolus} */
export function bolusFrom({ id, at, content }) {
  return {
    at,
    dose_mg: content.dose_mg,
    route: content.route,
    entry_id: id,
    part: content.part ?? null,
    device: content.device ?? null,
    over_minutes: content.over_minutes ?? null,
    beyond_order_reason: content.beyond_order_reason ?? null,
    lot: content.lot ?? null,
    held_until: null,
    then: null,
  };
}

/** Which of the ordered devices or parts it was. @param {Bolus} bolus */
export const numberOf = (bolus) => bolus.device ?? bolus.part;

/** A push goes in evenly over its minutes, everything else at once. @param {Bolus} bolus @param {number} at */
export function givenMg(bolus, at) {
  if (at < bolus.at) return 0;
  if (!bolus.over_minutes) return bolus.dose_mg;
  return bolus.dose_mg * Math.min(1, (at - bolus.at) / (bolus.over_minutes * MINUTE_MS));
}

/** The same number is the same dose, whenever it was charted; without numbers, the same amount close by.
 * @param {Bolus} one @param {Bolus} other */
export function looksChartedTwice(one, other) {
  if (one.route !== other.route) return false;
  const [number, other_number] = [numberOf(one), numberOf(other)];
  if (number !== null && other_number !== null) return number === other_number;
  return one.dose_mg === other.dose_mg && Math.abs(one.at - other.at) <= CHARTED_TWICE_WITHIN_MS;
}

/** @param {string|undefined} route */
export function byVein(route) {
  return ["iv", "intravenous"].includes((route ?? "").trim().toLowerCase());
}

/** The most that may be given at once in this session, in all its parts. @param {Record<string, any>} plan @returns {number|null} */
export function mostAtOnceMg(plan) {
  if (byVein(plan.route)) return plan.bolus_mg ?? null;
  return plan.maximum_cumulative_mg ?? plan.dose_mg ?? null;
}

/** mg of each dose as ordered, in order. @param {Record<string, any>} plan @returns {number[]} */
export function orderedParts(plan) {
  if (byVein(plan.route)) return (plan.bolus_mg ?? null) === null ? [] : [plan.bolus_mg];
  if ((plan.devices ?? null) !== null && (plan.device_mg ?? null) !== null)
    return Array(plan.devices).fill(plan.device_mg);
  return plan.parts?.length ? plan.parts : [plan.dose_mg];
}

/** Nearer to another dose than the order's interval. @param {Bolus} one @param {Bolus[]} others @param {Record<string, any>} plan */
export function tooSoon(one, others, plan) {
  const minutes = plan.minimum_interval_minutes ?? null;
  return minutes !== null && others.some((other) => Math.abs(one.at - other.at) < minutes * MINUTE_MS);
}

/**
 * What comes next under this order; null when nothing is left to give.
 * @param {Bolus[]} boluses
 * @param {Record<string, any>|null} plan
 * @param {number|null} weight_kg
 * @returns {NextDose|null}
 */
export function nextDose(boluses, plan, weight_kg) {
  let most_mg = plan ? mostAtOnceMg(plan) : null;
  if (!plan || most_mg === null) return null;
  if ((plan.ceiling_mg_per_kg ?? null) !== null && weight_kg)
    most_mg = Math.min(most_mg, plan.ceiling_mg_per_kg * weight_kg);
  const left_mg = most_mg - boluses.reduce((mg, bolus) => mg + bolus.dose_mg, 0);
  if (left_mg <= NEARLY * most_mg) return null;
  const ordered = orderedParts(plan);
  const used = new Set(boluses.map((bolus, index) => numberOf(bolus) ?? index + 1));
  let number = 1;
  while (used.has(number)) number += 1;
  if ((plan.devices ?? null) !== null && number > ordered.length) return null;
  const minutes = plan.minimum_interval_minutes ?? null;
  const last = boluses.length ? Math.max(...boluses.map((bolus) => bolus.at)) : null;
  return {
    number,
    of: ordered.length,
    dose_mg: ordered[number - 1] ?? null,
    not_before: last === null || minutes === null ? null : last + minutes * MINUTE_MS,
    left_mg,
  };
}
