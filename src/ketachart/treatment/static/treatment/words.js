// @ts-check
// How an entry is said in words and figures: the same on the axis, in the table, in the record list and to a screen reader.

import { sure } from "./sure.js";
import { clockTime } from "./time_words.js";

/** @typedef {import("./types.js").Entry} Entry */

/** @type {Record<string, {label: string, short: string, unit: string}>} */
export const MEASURES = {
  systolic_mmhg: { label: "Systolic", short: "SYS", unit: "mmHg" },
  diastolic_mmhg: { label: "Diastolic", short: "DIA", unit: "mmHg" },
  heart_rate_per_min: { label: "Heart rate", short: "HR", unit: "/min" },
  spo2_percent: { label: "SpO₂", short: "SpO₂", unit: "%" },
  respiratory_rate_per_min: { label: "Breathing rate", short: "RR", unit: "/min" },
  temperature_c: { label: "Temperature", short: "Temp", unit: "°C" },
  oxygen_l_per_min: { label: "Oxygen", short: "O₂", unit: "L/min" },
  sedation: { label: "Sedation, MOAA/S", short: "Sedation", unit: "of 5" },
  dissociation: { label: "Dissociation, NRS", short: "Dissociation", unit: "of 10" },
};

/** @type {Record<string, string>} */
const SCALE_WORDS = {
  rass: "RASS",
  nausea: "Nausea",
  pain: "Pain",
  anxiety: "Anxiety",
  distress: "Distress",
  comfort: "Comfort",
  "cadss-6": "CADSS-6",
};

/** @param {string} measure */
export const measureOf = (measure) => sure(MEASURES[measure]);

/** @type {Record<string, string>} */
export const KIND_WORDS = {
  "treatment.session_opened": "Session opened",
  "treatment.fasting_charted": "Fasting",
  "treatment.escort_charted": "Escort",
  "treatment.rescreen_charted": "Arrival questions",
  "treatment.time_out_completed": "Time-out",
  "treatment.vitals_charted": "Vitals",
  "treatment.sedation_scored": "Sedation",
  "treatment.dissociation_scored": "Dissociation",
  "treatment.symptom_noted": "Symptom",
  "treatment.note_written": "Note",
  "treatment.infusion_started": "Infusion started",
  "treatment.infusion_rate_changed": "Rate changed",
  "treatment.infusion_paused": "Infusion paused",
  "treatment.infusion_resumed": "Infusion resumed",
  "treatment.infusion_stopped": "Infusion stopped",
  "treatment.dose_given": "Dose given",
  "treatment.hold_ended": "Mouth empty",
  "treatment.pump_read": "Pump says",
  "treatment.event_corrected": "Struck through",
  "treatment.gap_explained": "Gap explained",
  "treatment.recovery_started": "Recovery started",
  "treatment.discharge_assessed": "Discharge check",
  "treatment.escort_met": "Escort met",
  "treatment.gate_overridden": "Gate overridden",
  "treatment.discharged": "Discharged",
  "treatment.session_signed": "Signed",
  "treatment.addendum_written": "Addendum",
  "treatment.alarm_raised": "Alarm",
  "treatment.alarm_escalated": "Alarm passed on",
  "treatment.alarm_acknowledged": "Alarm answered",
  "treatment.alarm_ended": "Alarm over",
  "treatment.presence_charted": "In the room",
  "treatment.patient_called": "Patient called",
  "treatment.scale_scored": "Score",
  "treatment.symptom_ended": "Symptom over",
  "treatment.rescue_ordered": "Rescue ordered",
  "treatment.rescue_withdrawn": "Rescue order withdrawn",
  "treatment.rescue_given": "Rescue given",
  "treatment.handed_over": "Handed over",
};

/**
 * At most so many decimals, and no trailing zeros.
 * @param {number} value
 * @param {number} [decimals]
 */
export function figure(value, decimals = 1) {
  return String(Number(value.toFixed(decimals)));
}

/** @param {Record<string, any>} content */
function vitalsInWords(content) {
  const said = [];
  const { systolic_mmhg: systolic, diastolic_mmhg: diastolic } = content;
  if (present(systolic) || present(diastolic)) {
    said.push(`BP ${present(systolic) ? figure(systolic) : "–"}/${present(diastolic) ? figure(diastolic) : "–"} mmHg`);
  }
  for (const field of [
    "heart_rate_per_min",
    "spo2_percent",
    "respiratory_rate_per_min",
    "temperature_c",
    "oxygen_l_per_min",
  ]) {
    if (!present(content[field])) continue;
    const { short, unit } = measureOf(field);
    said.push(`${short} ${figure(content[field])}${unit.startsWith("/") ? "" : " "}${unit}`);
  }
  return said.join(", ");
}

/** @param {any} value @returns {value is number} */
export function present(value) {
  return value !== null && value !== undefined;
}

/** @param {Record<string, any>} content */
const rate = (content) =>
  `${figure(content.rate_mg_per_h, 2)} mg/h${present(content.rate_ml_per_h) ? ` (${figure(content.rate_ml_per_h, 2)} mL/h)` : ""}`;

/** @param {string|null|undefined} text */
const because = (text) => (text ? `: ${text}` : "");

/** @param {string} what @param {string|null|undefined} at */
const timeSaid = (what, at) => (at ? `${what} ${clockTime(Date.parse(at))}` : "");

/** @param {Record<string, any>} content */
function doseInWords(content) {
  return [
    present(content.device) ? `device ${content.device}` : present(content.part) ? `part ${content.part}` : "",
    `${figure(content.dose_mg, 2)} mg`,
    content.route,
    present(content.over_minutes) ? `over ${figure(content.over_minutes)} min` : "",
    content.site,
    content.lot ? `lot ${content.lot}` : "",
    content.self_administered === false ? "not used by the patient" : "",
    content.observed === false ? "not watched" : "",
    content.beyond_order_reason ? `beyond the order: ${content.beyond_order_reason}` : "",
  ]
    .filter(Boolean)
    .join(", ");
}

/** @type {Record<string, (content: Record<string, any>) => string>} */
const SAYINGS = {
  "treatment.vitals_charted": vitalsInWords,
  "treatment.sedation_scored": (content) => `MOAA/S ${content.value} of 5`,
  "treatment.dissociation_scored": (content) => `NRS ${content.value} of 10`,
  "treatment.symptom_noted": (content) =>
    [
      `${content.symptom}${content.severity ? `, ${content.severity}` : ", severity not said"}`,
      content.serious ? "suspected serious" : "",
      content.action ? `done: ${content.action}` : "",
    ]
      .filter(Boolean)
      .join(", ") + because(content.note),
  "treatment.scale_scored": (content) => `${SCALE_WORDS[content.scale] ?? content.scale} ${figure(content.value)}`,
  "treatment.symptom_ended": (content) => content.outcome + because(content.note),
  "treatment.rescue_ordered": (content) =>
    `${content.medicine} ${figure(content.dose, 3)} ${content.dose_unit} ${content.route}, at most ${content.most_times} times`,
  "treatment.rescue_withdrawn": (content) => content.reason,
  "treatment.rescue_given": (content) =>
    `${figure(content.dose, 3)} ${content.dose_unit}${content.beyond_order_reason ? `, beyond the order: ${content.beyond_order_reason}` : ""}`,
  "treatment.handed_over": (content) =>
    `to ${content.to_name}, ${(content.open_items ?? []).length ? `${content.open_items.length} open` : "nothing open"}`,
  "treatment.note_written": (content) => content.text,
  "treatment.addendum_written": (content) => content.text,
  "treatment.infusion_started": rate,
  "treatment.infusion_resumed": rate,
  "treatment.infusion_rate_changed": (content) => `to ${rate(content)}${because(content.reason)}`,
  "treatment.infusion_paused": (content) => content.reason ?? "",
  "treatment.infusion_stopped": (content) =>
    [content.reason, present(content.volume_given_ml) ? `pump says ${figure(content.volume_given_ml, 2)} mL` : ""]
      .filter(Boolean)
      .join(", "),
  "treatment.dose_given": doseInWords,
  "treatment.hold_ended": (content) => content.then,
  "treatment.pump_read": (content) =>
    [
      present(content.volume_given_ml) ? `${figure(content.volume_given_ml, 2)} mL given` : "",
      present(content.rate_ml_per_h) ? `${figure(content.rate_ml_per_h, 2)} mL/h` : "",
      content.note ?? "",
    ]
      .filter(Boolean)
      .join(", "),
  "treatment.gap_explained": (content) =>
    `${itemWords(content.item)}${because(content.cause)}${content.note ? ` (${content.note})` : ""}`,
  "treatment.fasting_charted": (content) =>
    [
      timeSaid("solid food", content.last_solids_at),
      timeSaid("clear fluid", content.last_clear_fluids_at),
      content.not_known_reason ? `not known: ${content.not_known_reason}` : "",
    ]
      .filter(Boolean)
      .join(", "),
  "treatment.rescreen_charted": (content) => {
    const yes = Object.entries(content.answers)
      .filter(([, answer]) => answer === true)
      .map(([question]) => question.replaceAll("_", " "));
    return yes.length
      ? `yes to ${yes.join(", ")}`
      : `${Object.values(content.answers).filter((answer) => answer !== null).length} answered, no yes`;
  },
  "treatment.time_out_completed": (content) =>
    `${content.items.filter((/** @type {any} */ item) => item.confirmed).length} of ${content.items.length} confirmed${content.participants?.length ? `, ${content.participants.join(" and ")}` : ""}`,
  "treatment.discharge_assessed": (content) =>
    Object.entries(content)
      .map(
        ([question, answer]) => `${question.replaceAll("_", " ")}: ${answer === null ? "open" : answer ? "yes" : "no"}`,
      )
      .join(", "),
  "treatment.escort_charted": (content) =>
    [content.name, content.relation, content.confirmed ? "confirmed" : "not confirmed"].filter(Boolean).join(", "),
  "treatment.escort_met": (content) =>
    [content.name, content.relation, content.identified ? "identified" : "not identified"].filter(Boolean).join(", "),
  "treatment.gate_overridden": (content) => `${content.gate} gate${because(content.reason)}`,
  "treatment.session_signed": (content) => content.statement,
  "treatment.alarm_raised": (content) => content.title,
  "treatment.alarm_escalated": (content) => `to the ${content.to}`,
  "treatment.alarm_ended": (content) => content.why,
  "treatment.presence_charted": (content) => `${content.person} ${content.in_room ? "is here" : "has left"}`,
};

/**
 * What an entry says, without its name.
 * @param {string} kind
 * @param {Record<string, any>} content
 */
export function sayingOf(kind, content) {
  return SAYINGS[kind]?.(content) ?? "";
}

/** @param {Entry} entry */
export function inWords(entry) {
  const saying = sayingOf(entry.kind, entry.content);
  const name = KIND_WORDS[entry.kind] ?? entry.kind;
  return saying ? `${name}: ${saying}` : name;
}

/** @type {Record<string, string>} */
const ITEM_WORDS = {
  bp: "Blood pressure",
  blood_pressure: "Blood pressure",
  heart_rate: "Heart rate",
  spo2: "SpO₂",
  respiratory_rate: "Breathing rate",
  vitals: "Vitals",
  sedation: "Sedation (MOAA/S)",
  dissociation: "Dissociation (NRS)",
  mental_status: "Mental status",
};

/** @param {string} item */
export function itemWords(item) {
  return ITEM_WORDS[item] ?? item.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());
}

/** @type {Record<string, string>} */
const SOURCE_WORDS = { person: "by hand", monitor: "from the monitor", pump: "from the pump", import: "imported", server: "by the server" };

/** @param {Entry} entry */
export function sourceOf(entry) {
  return `${entry.author_name}, ${SOURCE_WORDS[entry.source] ?? entry.source}${entry.pending ? ", not sent yet" : ""}`;
}
