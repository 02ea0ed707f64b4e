// @ts-check
// The few actions of this phase and this route. What cannot be done is not there: an injected dose has no stop.

import { byVein } from "./single_dose.js";
import { sure } from "./sure.js";

/** @typedef {import("./session_state.js").SessionState} SessionState */

/**
 * @typedef {object} Action
 * @property {string} id
 * @property {string} label
 * @property {string} icon
 * @property {string} key the letter on the keyboard
 * @property {"main"|"danger"|"plain"} tone
 * @property {string} permission
 */

/** @type {Record<string, Action>} */
export const ACTIONS = Object.fromEntries(
  /** @type {[string, string, string, string, Action["tone"], string][]} */ ([
    ["vitals", "Vitals", "vitals", "v", "main", "treatment.chart"],
    ["scores", "Score", "gauge", "s", "plain", "treatment.chart"],
    ["symptom", "Symptom", "warning", "y", "plain", "treatment.chart"],
    ["note", "Note", "notes", "n", "plain", "treatment.chart"],
    ["fasting", "Fasting", "fasting", "f", "plain", "treatment.prepare"],
    ["escort", "Escort", "escort", "o", "plain", "treatment.prepare"],
    ["rescreen", "Arrival questions", "screening", "q", "plain", "treatment.prepare"],
    ["time_out", "Time-out", "checklist", "t", "plain", "treatment.prepare"],
    ["start", "Start", "start", "g", "main", "treatment.chart"],
    ["dose", "Give dose", "syringe", "g", "main", "treatment.chart"],
    ["rate", "Rate", "ruler", "r", "plain", "treatment.chart"],
    ["pause", "Pause", "pause", "p", "plain", "treatment.chart"],
    ["resume", "Resume", "start", "p", "main", "treatment.chart"],
    ["stop", "Stop", "stop", "x", "danger", "treatment.chart"],
    ["recovery", "To recovery", "bed", "k", "plain", "treatment.chart"],
    ["discharge_check", "Check", "checklist", "c", "plain", "treatment.discharge"],
    ["escort_met", "Escort met", "escort", "o", "plain", "treatment.discharge"],
    ["discharge", "Discharge", "home", "d", "plain", "treatment.discharge"],
    ["sign", "Sign", "signed", "g", "main", "treatment.sign"],
    ["addendum", "Addendum", "add", "a", "plain", "treatment.chart"],
  ]).map(([id, label, icon, key, tone, permission]) => [id, { id, label, icon, key, tone, permission }]),
);

/**
 * @param {SessionState} state
 * @param {Set<string>} permissions
 * @returns {Action[]}
 */
export function actionsFor(state, permissions) {
  return idsFor(state)
    .map((id) => sure(ACTIONS[id]))
    .filter((action) => permissions.has(action.permission));
}

/** @param {SessionState} state @returns {string[]} */
function idsFor(state) {
  const pump = byVein(state.plan?.route);
  switch (state.phase) {
    case "preparing":
      return ["vitals", "scores", "fasting", "escort", "rescreen", "time_out", "note", "symptom"];
    case "ready":
      return ["vitals", "scores", "symptom", "note", "time_out", pump ? "start" : "dose"];
    case "dosing":
      return pump
        ? ["vitals", "scores", "symptom", "note", "rate", "pause", "stop"]
        : ["vitals", "scores", "symptom", "note", "dose", "recovery"];
    case "paused":
      return ["vitals", "scores", "symptom", "note", "resume", "stop"];
    case "recovery":
      return ["vitals", "scores", "symptom", "note", "discharge_check", "escort_met", "discharge"];
    case "discharged":
      return ["note", "sign"];
    case "signed":
      return ["addendum"];
    default:
      return [];
  }
}
