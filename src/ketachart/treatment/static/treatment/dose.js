// @ts-check
// What went in: dose entries in the order of their effective times, and the amount delivered up to any moment.
// The same answer as treatment/dose.py gives; tests/room_js compares the two on generated sessions.

import { lastOf } from "./sure.js";
import { bolusFrom, givenMg, looksChartedTwice, mostAtOnceMg, NEARLY, tooSoon } from "./single_dose.js";

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {"not started"|"running"|"paused"|"stopped"} PumpStatus */

/**
 * The pump at one rate, from `start` until `end` (null: until further notice).
 * @typedef {{start: number, end: number|null, rate_mg_per_h: number, rate_ml_per_h: number, entry_id: string}} RateStep
 */

/** @typedef {import("./single_dose.js").Bolus} Bolus */

/**
 * Two statements about the dose that do not fit each other: shown to a person, never settled silently.
 * @typedef {{entry_id: string, at: number, meaning: string}} Irregularity
 */

/**
 * @typedef {object} Dose
 * @property {RateStep[]} steps
 * @property {Bolus[]} boluses
 * @property {PumpStatus} status
 * @property {{at: number, status: PumpStatus}[]} pump every change of the pump that counts
 * @property {Irregularity[]} irregular
 * @property {number|null} pump_holds_mg
 * @property {number|null} pump_volume_given_ml
 * @property {number|null} first_dose_at
 * @property {number|null} last_dose_at the last dose given at once
 * @property {number|null} infusion_started_at
 * @property {number|null} infusion_stopped_at
 */

const HOUR_MS = 3_600_000;
/** Of what the pump was filled with: for slipped digits and rates nobody charted, not for a pump's accuracy. */
const PUMP_DIFFERS_BY_SHARE = 0.1;

/**
 * @param {Entry[]} standing entries that are not struck, by effective time
 * @param {Record<string, any>|null} plan
 * @returns {Dose}
 */
export function doseTimeline(standing, plan) {
  /** @type {RateStep[]} */
  const steps = [];
  /** @type {Bolus[]} */
  const boluses = [];
  /** @type {Irregularity[]} */
  const irregular = [];
  let status = /** @type {PumpStatus} */ ("not started");
  /** @type {{at: number, status: PumpStatus}[]} */
  const pump = [];
  let pump_volume_given_ml = null;

  /** @param {Entry} entry @param {string} meaning */
  const note = (entry, meaning) => irregular.push({ entry_id: entry.id, at: entry.at, meaning });

  /** @param {number} at @param {PumpStatus} next */
  const turn = (at, next) => {
    status = next;
    pump.push({ at, status });
  };

  /** @param {number} at */
  const endStep = (at) => {
    const last = steps[steps.length - 1];
    if (last && last.end === null) last.end = at;
  };

  /** @param {Entry} entry */
  const run = (entry) => {
    endStep(entry.at);
    const { rate_mg_per_h, rate_ml_per_h } = entry.content;
    steps.push({ start: entry.at, end: null, rate_mg_per_h, rate_ml_per_h, entry_id: entry.id });
    turn(entry.at, "running");
  };

  /** @type {Set<string>} */
  const twins = new Set();

  /** Counted in every case; what does not fit the order, or looks charted twice, is said. @param {Entry} entry */
  const take = (entry) => {
    const bolus = bolusFrom(entry);
    if (boluses.some((earlier) => looksChartedTwice(bolus, earlier))) {
      note(entry, "this dose was charted twice: was it given twice?");
      twins.add(bolus.entry_id);
    } else if (bolus.beyond_order_reason === null && plan) {
      const others = boluses.filter((one) => !twins.has(one.entry_id));
      const most_mg = mostAtOnceMg(plan);
      if (tooSoon(bolus, others, plan)) note(entry, "sooner after another dose than the order allows");
      else if (
        most_mg !== null &&
        others.reduce((mg, one) => mg + one.dose_mg, 0) + bolus.dose_mg > most_mg * (1 + NEARLY)
      )
        note(entry, "more was given than the order allows");
    }
    boluses.push(bolus);
  };

  /** @param {Entry} entry */
  const endHold = (entry) => {
    const bolus = boluses[boluses.length - 1];
    if (!bolus) note(entry, "the end of a hold without its dose");
    else if (bolus.held_until !== null) note(entry, "the end of this hold was charted twice; the first one counts");
    else {
      bolus.held_until = entry.at;
      bolus.then = entry.content.then;
    }
  };

  /** @type {{entry: Entry, volume_ml: number}[]} what the pump's display said */
  const displays = [];
  /** @param {Entry} entry */
  const shown = (entry) => {
    const volume_ml = entry.content.volume_given_ml ?? null;
    if (volume_ml !== null) displays.push({ entry, volume_ml });
  };

  for (const entry of standing) {
    switch (entry.kind) {
      case "treatment.dose_given":
        take(entry);
        break;
      case "treatment.hold_ended":
        endHold(entry);
        break;
      case "treatment.pump_read":
        shown(entry);
        break;
      case "treatment.infusion_started":
        if (status === "stopped") {
          note(entry, "a start after the infusion was stopped is not counted");
          break;
        }
        if (status !== "not started") note(entry, "the infusion was started twice");
        run(entry);
        break;
      case "treatment.infusion_rate_changed":
        if (status === "running") run(entry);
        else note(entry, `a rate change while the infusion was ${status} is not counted`);
        break;
      case "treatment.infusion_paused":
        if (status !== "running") {
          note(entry, `a pause while the infusion was ${status}`);
          break;
        }
        endStep(entry.at);
        turn(entry.at, "paused");
        break;
      case "treatment.infusion_resumed":
        if (status === "paused") run(entry);
        else if (status === "running") {
          note(entry, "a resume while the infusion was running counts as a rate change");
          run(entry);
        } else note(entry, `a resume while the infusion was ${status} is not counted`);
        break;
      case "treatment.infusion_stopped":
        if (status === "not started" || status === "stopped") {
          note(entry, `a stop while the infusion was ${status}`);
          break;
        }
        endStep(entry.at);
        turn(entry.at, "stopped");
        pump_volume_given_ml = entry.content.volume_given_ml ?? null;
        shown(entry);
        break;
    }
  }

  const starts = [steps[0]?.start, boluses[0]?.at].filter((at) => at !== undefined);
  const found = {
    steps,
    boluses,
    status,
    pump,
    irregular,
    pump_holds_mg: pumpHoldsMg(plan),
    pump_volume_given_ml,
    first_dose_at: starts.length ? Math.min(...starts) : null,
    last_dose_at: boluses[boluses.length - 1]?.at ?? null,
    infusion_started_at: steps[0]?.start ?? null,
    infusion_stopped_at: status === "stopped" ? lastOf(pump).at : null,
  };
  const concentration = plan?.concentration_mg_per_ml ?? null;
  if (concentration !== null && found.pump_holds_mg)
    for (const { entry, volume_ml } of displays)
      if (Math.abs(volume_ml * concentration - infusedMg(found, entry.at)) > found.pump_holds_mg * PUMP_DIFFERS_BY_SHARE)
        note(entry, "the pump's volume and the charted rates do not agree: correct whichever is wrong");
  return found;
}

/** @param {Record<string, any>|null} plan */
export function pumpHoldsMg(plan) {
  if (!plan) return null;
  const { volume_ml, concentration_mg_per_ml } = plan;
  if (isNumber(volume_ml) && isNumber(concentration_mg_per_ml)) return volume_ml * concentration_mg_per_ml;
  return isNumber(plan.dose_mg) ? plan.dose_mg - (plan.bolus_mg ?? 0) : null;
}

/** @param {unknown} value @returns {value is number} */
const isNumber = (value) => typeof value === "number";

/**
 * What the pump has delivered: rate times time, never more than it was filled with.
 * @param {Dose} dose
 * @param {number} at ms
 */
export function infusedMg(dose, at) {
  let mg = 0;
  for (const step of dose.steps) {
    if (step.start >= at) break;
    const end = step.end === null || step.end > at ? at : step.end;
    mg += (step.rate_mg_per_h * (end - step.start)) / HOUR_MS;
  }
  return dose.pump_holds_mg === null ? mg : Math.min(mg, dose.pump_holds_mg);
}

/**
 * @param {Dose} dose
 * @param {number} at ms
 */
export function deliveredMg(dose, at) {
  return dose.boluses.reduce((mg, bolus) => mg + givenMg(bolus, at), infusedMg(dose, at));
}

/**
 * @param {Dose} dose
 * @param {number} at
 * @returns {RateStep|null}
 */
export function rateAt(dose, at) {
  for (const step of [...dose.steps].reverse())
    if (step.start <= at && (step.end === null || at < step.end)) return step;
  return null;
}

/**
 * When the charted rates say that the pump has run dry, if they do.
 * @param {Dose} dose
 * @returns {number|null}
 */
export function pumpEmptyAt(dose) {
  if (dose.pump_holds_mg === null) return null;
  let infused_mg = 0;
  for (const step of dose.steps) {
    if (step.rate_mg_per_h > 0) {
      const empty_at = step.start + ((dose.pump_holds_mg - infused_mg) / step.rate_mg_per_h) * HOUR_MS;
      if (step.end === null || empty_at <= step.end) return empty_at;
    }
    if (step.end !== null) infused_mg += (step.rate_mg_per_h * (step.end - step.start)) / HOUR_MS;
  }
  return null;
}
