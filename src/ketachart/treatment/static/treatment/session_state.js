// @ts-check
// A session's state: the same fold as treatment/state.py (tests/room_js compares the two on generated sessions).
// Only the set of events and their own times count, never the order in which they arrived. Unsent events of this
// device are part of it, marked pending, so that what was just charted is on the screen at once.

import { chartedFrom, correctionsIn, lastWords, standingFrom, byEffectiveTime } from "./entries.js";
import { doseTimeline } from "./dose.js";
import { lastOf } from "./sure.js";

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./types.js").Unsent} Unsent */
/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./dose.js").Dose} Dose */
/** @typedef {"scheduled"|"preparing"|"ready"|"dosing"|"paused"|"recovery"|"discharged"|"signed"} Phase */
/** @typedef {{measure: string, value: number, at: number, entry: Entry, unusual: boolean}} Reading */
/** @typedef {{entry: Entry, corrections: Entry[]}} Struck */
/** @typedef {{at: number, entry_ids: string[], meaning: string}} Conflict */
/** @typedef {{at: number, phase: Phase}} PhaseChange */

export const VITAL_MEASURES = Object.freeze([
  "systolic_mmhg",
  "diastolic_mmhg",
  "heart_rate_per_min",
  "spo2_percent",
  "respiratory_rate_per_min",
  "temperature_c",
  "oxygen_l_per_min",
]);

/** @type {readonly Phase[]} */
export const PHASES = Object.freeze([
  "scheduled",
  "preparing",
  "ready",
  "dosing",
  "paused",
  "recovery",
  "discharged",
  "signed",
]);

export class SessionState {
  /**
   * @param {Frame[]} frames
   * @param {Unsent[]} [unsent] of this session
   */
  constructor(frames, unsent = []) {
    this.charted = chartedFrom(frames, unsent);
    this.corrections = correctionsIn(this.charted);
    this.standing = standingFrom(this.charted, this.corrections);
    /** @type {Struck[]} */
    this.struck = this.charted
      .filter((entry) => this.corrections.has(entry.id))
      .map((entry) => ({ entry, corrections: /** @type {Entry[]} */ (this.corrections.get(entry.id)) }))
      .sort((a, b) => byEffectiveTime(a.entry, b.entry));
    /** cannot be corrected: the first one counts */
    this.opening =
      this.charted.filter((entry) => entry.kind === "treatment.session_opened").sort(byEffectiveTime)[0] ?? null;
    /** @type {Record<string, any>|null} */
    this.opened = this.opening ? this.opening.content : null;
    /** @type {Record<string, any>|null} */
    this.plan = this.opened?.plan ?? null;
    /** @type {Dose} */
    this.dose = doseTimeline(this.standing, this.plan);
    /** @type {PhaseChange[]} */
    this.phase_changes = phaseChanges(this.standing, this.dose);
    this.readings = readingsIn(this.standing);
    this.conflicts = this.findConflicts();
  }

  /** @param {string} kind @returns {Entry[]} standing entries of one kind, oldest first */
  of(kind) {
    return this.standing.filter((entry) => entry.kind === kind);
  }

  /** @param {string} kind @returns {Entry|null} */
  last(kind) {
    const entries = this.of(kind);
    return entries[entries.length - 1] ?? null;
  }

  /** @returns {Phase} */
  get phase() {
    return this.phase_changes[this.phase_changes.length - 1]?.phase ?? "scheduled";
  }

  /** @param {number} at @returns {Phase} */
  phaseAt(at) {
    /** @type {Phase} */
    let phase = "scheduled";
    for (const change of this.phase_changes) {
      if (change.at > at) break;
      phase = change.phase;
    }
    return phase;
  }

  /** @param {Phase} phase @returns {number|null} */
  phaseStartedAt(phase) {
    return this.phase_changes.find((change) => change.phase === phase)?.at ?? null;
  }

  /** @param {string} measure @returns {Reading|null} the newest reading of a measure */
  latest(measure) {
    const readings = this.readings[measure];
    return readings ? lastOf(readings) : null;
  }

  /** @param {string} measure @returns {Reading|null} the last reading before the first dose, taken in this session */
  baseline(measure) {
    const first_dose_at = this.dose.first_dose_at;
    const before = (this.readings[measure] ?? []).filter(
      (reading) => first_dose_at === null || reading.at <= first_dose_at,
    );
    return before[before.length - 1] ?? null;
  }

  get weight_kg() {
    return this.opened?.patient?.weight_kg ?? null;
  }

  /** @returns {Conflict[]} what only a person can settle */
  findConflicts() {
    /** @type {Conflict[]} */
    const found = this.dose.irregular.map((one) => ({ at: one.at, entry_ids: [one.entry_id], meaning: one.meaning }));
    for (const last of lastWords(this.corrections)) {
      const target = last.content.target_id;
      const rivals = this.corrections.get(target) ?? [];
      if (rivals.length < 2) continue;
      found.push({
        at: lastOf(rivals).at,
        entry_ids: [target, ...rivals.map((entry) => entry.id)],
        meaning: "two people corrected the same entry; the later correction counts until a person settles it",
      });
    }
    const openings = this.of("treatment.session_opened");
    if (openings.length > 1) {
      found.push({
        at: lastOf(openings).at,
        entry_ids: openings.map((entry) => entry.id),
        meaning: "the session was opened twice; the first opening counts",
      });
    }
    return found.sort((a, b) => a.at - b.at);
  }
}

/**
 * @param {Entry[]} standing
 * @param {Dose} dose
 * @returns {PhaseChange[]}
 */
function phaseChanges(standing, dose) {
  const pump = new Set(dose.pump.map((moment) => `${moment.at} ${moment.status}`));
  /** @type {PhaseChange[]} */
  const changes = [];
  /** @type {Phase} */
  let phase = "scheduled";
  for (const entry of standing) {
    const target = phaseFrom(entry, pump);
    if (target === null) continue;
    const back_to_dosing = phase === "paused" && target === "dosing";
    if (PHASES.indexOf(target) <= PHASES.indexOf(phase) && !back_to_dosing) continue;
    phase = target;
    changes.push({ at: entry.at, phase });
  }
  return changes;
}

/**
 * @param {Entry} entry
 * @param {Set<string>} pump
 * @returns {Phase|null}
 */
function phaseFrom({ kind, at, content }, pump) {
  switch (kind) {
    case "treatment.session_opened":
      return "preparing";
    case "treatment.time_out_completed":
      return content.items.length && content.items.every((/** @type {any} */ item) => item.confirmed) ? "ready" : null;
    case "treatment.infusion_started":
    case "treatment.infusion_resumed":
      return pump.has(`${at} running`) ? "dosing" : null;
    case "treatment.dose_given":
      return "dosing";
    case "treatment.infusion_paused":
      return pump.has(`${at} paused`) ? "paused" : null;
    case "treatment.infusion_stopped":
      return pump.has(`${at} stopped`) ? "recovery" : null;
    case "treatment.recovery_started":
      return "recovery";
    case "treatment.discharged":
    case "treatment.session_abandoned":
      return "discharged";
    case "treatment.session_signed":
      return "signed";
    default:
      return null;
  }
}

/**
 * @param {Entry[]} standing
 * @returns {Record<string, Reading[]>} measure to its readings, oldest first
 */
function readingsIn(standing) {
  /** @type {Record<string, Reading[]>} */
  const found = {};
  /** @param {string} measure @param {number} value @param {Entry} entry @param {boolean} unusual */
  const add = (measure, value, entry, unusual) => {
    (found[measure] ??= []).push({ measure, value, at: entry.at, entry, unusual });
  };
  for (const entry of standing) {
    if (entry.kind === "treatment.vitals_charted") {
      for (const measure of VITAL_MEASURES) {
        const value = entry.content[measure];
        if (value !== null && value !== undefined)
          add(measure, value, entry, (entry.content.confirmed_unusual ?? []).includes(measure));
      }
    } else if (entry.kind === "treatment.sedation_scored") add("sedation", entry.content.value, entry, false);
    else if (entry.kind === "treatment.dissociation_scored") add("dissociation", entry.content.value, entry, false);
    else if (entry.kind === "treatment.scale_scored") add(entry.content.scale, entry.content.value, entry, false);
  }
  return found;
}
