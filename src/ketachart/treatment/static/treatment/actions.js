// @ts-check
// The few actions of this phase and this route. What cannot be done is not there: an injected dose has no stop.

import { holding } from "./dose_card.js";
import { byPump, inSeveral, routeWords } from "./routes.js";
import { nextDose } from "./single_dose.js";
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
    ["rescue", "Rescue", "shield", "m", "plain", "treatment.read"],
    ["hand_over", "Hand over", "forward", "w", "plain", "treatment.chart"],
    ["fasting", "Fasting", "fasting", "f", "plain", "treatment.prepare"],
    ["escort", "Escort", "escort", "o", "plain", "treatment.prepare"],
    ["rescreen", "Arrival questions", "screening", "q", "plain", "treatment.prepare"],
    ["time_out", "Time-out", "checklist", "t", "plain", "treatment.prepare"],
    ["start", "Start", "start", "g", "main", "treatment.chart"],
    ["dose", "Give dose", "syringe", "g", "main", "treatment.chart"],
    ["hold_end", "Mouth empty", "check", "h", "main", "treatment.chart"],
    ["pump_read", "Pump says", "gauge", "u", "plain", "treatment.chart"],
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
    .filter((action) => permissions.has(action.permission))
    .map((action) => (action.id === "dose" ? { ...action, label: doseLabel(state) } : action));
}

/** @param {SessionState} state */
function doseLabel(state) {
  const words = routeWords(state.plan);
  const next = nextDose(state.dose.boluses, state.plan, state.weight_kg);
  return next && state.plan && inSeveral(state.plan) ? `${words.action} ${next.number}` : words.action;
}

/** @param {SessionState} state @returns {string[]} */
function idsFor(state) {
  const pump = byPump(state.plan);
  const dose = nextDose(state.dose.boluses, state.plan, state.weight_kg) ? ["dose"] : [];
  const always = ["vitals", "scores", "symptom", "note", "rescue", "hand_over"];
  switch (state.phase) {
    case "preparing":
      return ["vitals", "scores", "fasting", "escort", "rescreen", "time_out", "note", "symptom", "rescue"];
    case "ready":
      return [...always, "time_out", ...dose, ...(pump ? ["start"] : [])];
    case "dosing":
      if (pump && state.dose.status === "not started") return [...always, ...dose, "start"];
      return pump
        ? [...always, ...dose, "pump_read", "rate", "pause", "stop"]
        : [...always, ...(holding(state) ? ["hold_end"] : []), ...dose, "recovery"];
    case "paused":
      return [...always, "pump_read", "resume", "stop"];
    case "recovery":
      return [...always, ...(holding(state) ? ["hold_end"] : []), "discharge_check", "escort_met", "discharge"];
    case "discharged":
      return ["note", "sign"];
    case "signed":
      return ["addendum"];
    default:
      return [];
  }
}
