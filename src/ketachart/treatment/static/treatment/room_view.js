// @ts-check
// What the page says above and beside the axis: who this is, the phase, the clock, the line, and the latest values, each
// with its age and its source.

import { html, icon, one, say } from "./svg.js";
import { deliveredMg, pumpEmptyAt, rateAt } from "./dose.js";
import { age, clockTime, stopwatch } from "./time_words.js";
import { figure, measureOf, sourceOf } from "./words.js";
import { predictedAt, predictionWords } from "./axis_prediction.js";
import { byDevices, byPump } from "./routes.js";
import { nextDose } from "./single_dose.js";
import { lastOf, sure } from "./sure.js";

/** @typedef {import("./session_state.js").SessionState} SessionState */
/** @typedef {import("./session_state.js").Reading} Reading */

/** @type {Record<string, string>} */
export const PHASE_WORDS = {
  scheduled: "Scheduled",
  preparing: "Preparing",
  ready: "Ready to start",
  dosing: "Dosing",
  paused: "Paused",
  recovery: "Recovery",
  discharged: "Discharged",
  signed: "Signed",
};
/** @type {[string, string, string[]][]} */
const STEPS = [
  ["preparing", "Prepare", ["scheduled", "preparing", "ready"]],
  ["dosing", "Dosing", ["dosing", "paused"]],
  ["recovery", "Recovery", ["recovery"]],
  ["discharged", "Discharge", ["discharged", "signed"]],
];

/** Tiles in reading order: name, measures, what it opens. @type {[string, string[], string][]} */
const TILES = [
  ["BP", ["systolic_mmhg", "diastolic_mmhg"], "systolic_mmhg"],
  ["HR", ["heart_rate_per_min"], "heart_rate_per_min"],
  ["SpO₂", ["spo2_percent"], "spo2_percent"],
  ["RR", ["respiratory_rate_per_min"], "respiratory_rate_per_min"],
  ["Sedation", ["sedation"], "sedation"],
  ["Dissoc.", ["dissociation"], "dissociation"],
];

/**
 * @param {HTMLElement} host
 * @param {(measure: string) => void} onOpen
 * @returns {(state: SessionState, now: number, alarmed: Set<string>, due: Set<string>) => void}
 */
export function readingTiles(host, onOpen) {
  const tiles = TILES.map(([name, measures, opens]) => {
    const value = html("span", { class: "reading__value" });
    const unit = html("span", { class: "reading__unit" }, [measures.length > 1 ? "mmHg" : unitOf(sure(measures[0]))]);
    const note = html("span", {});
    const ago = html("span", { class: "reading__ago" }, [" ago"]);
    const beside = html("span", {});
    const source = html("span", { class: "reading__note" });
    const mark = html("span", { class: "reading__mark" });
    const spoken = html("span", { class: "visually-hidden" });
    const button = html("button", { type: "button", class: "reading", "data-measure": opens }, [
      html("span", { class: "reading__name" }, [html("span", { class: "reading__label" }, [name, " ", unit]), mark]),
      html("span", { class: "reading__line" }, [value]),
      html("span", { class: "reading__note" }, [note, ago, beside]),
      source,
      spoken,
    ]);
    button.addEventListener("click", () => onOpen(opens));
    host.append(button);
    return { name, measures, button, value, note, ago, beside, source, mark, spoken };
  });
  return (state, now, alarmed, due) => {
    for (const { name, measures, button, value, note, ago, beside, source, mark, spoken } of tiles) {
      const readings = measures.map((measure) => state.latest(measure));
      const [first] = readings;
      say(value, first ? readings.map((reading) => (reading ? figure(reading.value) : "–")).join("/") : "–");
      const before = first ? baselineWords(state, measures) : null;
      say(note, first ? age(now - first.at) : "not charted");
      say(ago, first ? " ago" : "");
      say(beside, first && before ? ` · ${shortSource(first)}` : "");
      say(source, first ? (before ?? shortSource(first)) : "");
      const alarm = measures.some((measure) => alarmed.has(measure));
      const late = measures.some((measure) => due.has(measure));
      button.dataset.standing = alarm
        ? "alarm"
        : late
          ? "late"
          : first?.entry.pending
            ? "pending"
            : first
              ? "here"
              : "none";
      mark.replaceChildren(
        ...(alarm ? [icon("alarm")] : late ? [icon("timer")] : first?.entry.pending ? [icon("pending")] : []),
      );
      say(
        spoken,
        `${first ? ` ${sourceOf(first.entry)}` : ""}${alarm ? ", alarm" : ""}${late ? ", overdue" : ""}. Chart ${name}`,
      );
    }
  };
}

/** A scale's own top needs no saying beside each value. @param {string} measure */
function unitOf(measure) {
  const { unit } = measureOf(measure);
  return unit.startsWith("of") ? "" : unit;
}

/** @param {Reading} reading @returns {string} */
function shortSource({ entry }) {
  return entry.source === "person" ? sure(entry.author_name.split(" ")[0]) : entry.source;
}

/** For pressure: who measured it, and what it was before the first dose. @param {SessionState} state @param {string[]} measures */
function baselineWords(state, measures) {
  if (measures.length < 2 || state.dose.first_dose_at === null) return null;
  const before = measures.map((measure) => state.baseline(measure));
  const latest = state.latest(sure(measures[0]));
  if (!before[0] || !before[1] || !latest) return null;
  return latest.entry === before[0].entry ? null : `before ${figure(before[0].value)}/${figure(before[1].value)}`;
}

/** The running total and the prediction. @param {HTMLElement} host */
export function doseTile(host) {
  const mg = html("span", { class: "reading__value" });
  const perKg = html("span", {});
  const note = html("span", { class: "reading__note" });
  const rate = html("span", { class: "reading__note" });
  const bar = /** @type {HTMLProgressElement} */ (
    html("progress", { class: "dose__bar", max: 1, "aria-label": "Share of the ordered dose that has gone in" })
  );
  const tile = html("div", { class: "reading reading--dose" }, [
    html("span", { class: "reading__name" }, [
      html("span", {}, ["Delivered ", html("span", { class: "reading__unit" }, ["mg"])]),
    ]),
    html("span", { class: "reading__line" }, [mg, html("span", { class: "reading__aside" }, [perKg])]),
    bar,
    note,
    rate,
  ]);
  host.append(tile);
  return (/** @type {SessionState} */ state, /** @type {number} */ now) => {
    const { dose, plan, weight_kg } = state;
    const total = deliveredMg(dose, now);
    say(mg, dose.first_dose_at === null ? "0.0" : total.toFixed(1));
    bar.value = plan?.dose_mg ? Math.min(total / plan.dose_mg, 1) : 0;
    say(perKg, weight_kg ? `${(total / weight_kg).toFixed(2)} mg/kg` : byDevices(plan) ? "" : "no weight");
    say(note, plan?.dose_mg ? `of ${figure(plan.dose_mg, 2)} mg (${plan.salt_or_base})` : "no order");
    const step = rateAt(dose, now);
    const empty_at = step ? pumpEmptyAt(dose) : null;
    tile.dataset.standing = empty_at !== null && empty_at <= now ? "late" : "here";
    const left = empty_at === null ? "" : empty_at > now ? `, ends ${clockTime(empty_at)}` : ": empty, chart stop";
    say(
      rate,
      step
        ? `${figure(step.rate_ml_per_h, 2)} mL/h${left}`
        : !byPump(plan)
          ? dosesWords(state)
          : dose.status,
    );
  };
}

/** By routes without a pump: how many of the ordered doses are in. @param {SessionState} state */
function dosesWords({ dose, plan, weight_kg }) {
  if (!dose.boluses.length) return "nothing given";
  const next = nextDose(dose.boluses, plan, weight_kg);
  return next ? `${figure(next.left_mg, 2)} mg left` : "all of it given";
}

/** @param {HTMLElement} host @param {() => void} onOpen */
export function predictionTile(host, onOpen) {
  const value = html("span", { class: "reading__value" });
  const note = html("span", { class: "reading__note" });
  const model = html("span", { class: "reading__note" });
  const band = html("span", {});
  const tile = html("button", { type: "button", class: "reading reading--prediction" }, [
    html("span", { class: "reading__name" }, [
      html("span", {}, ["Predicted ", html("span", { class: "reading__unit" }, ["ng/mL"])]),
    ]),
    html("span", { class: "reading__line" }, [value, html("span", { class: "reading__aside" }, [band])]),
    note,
    model,
  ]);
  tile.addEventListener("click", onOpen);
  host.append(tile);
  return (
    /** @type {import("./axis_prediction.js").Prediction|null} */ prediction,
    /** @type {number} */ now,
    /** @type {number} */ head,
  ) => {
    const here = prediction ? predictedAt(prediction, now) : null;
    tile.title = prediction ? predictionWords(prediction) : "";
    say(value, here ? figure(here.typical, 0) : "–");
    say(band, here ? `${figure(here.p5, 0)}–${figure(here.p95, 0)}` : "");
    say(note, here ? (prediction?.site ?? "") : prediction ? "begins with the dose" : "no prediction");
    say(model, prediction ? `${prediction.model}${prediction.for_head < head ? " · before the last change" : ""}` : "");
  };
}

/** @param {SessionState} state @param {number} now */
export function showPhase(state, now) {
  const list = one("#phase-steps");
  const at = STEPS.findIndex(([, , phases]) => phases.includes(state.phase));
  if (!list.children.length)
    for (const [, words] of STEPS)
      list.append(html("li", { class: "phases__step" }, [html("span", { class: "phases__word" }, [words])]));
  [...list.children].forEach((step, index) => {
    if (index === at) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
    step.classList.toggle("is-done", index < at);
    say(
      /** @type {Element} */ (step.firstElementChild),
      index === at ? sure(PHASE_WORDS[state.phase]) : sure(STEPS[index])[1],
    );
  });
  const since = state.dose.first_dose_at;
  const ended = state.phaseStartedAt("discharged");
  const clock = one("#session-clock");
  if (since === null) {
    say(clock, "–");
    say(one("#session-clock-note"), "not started");
    return;
  }
  const phase_since = lastOf(state.phase_changes).at;
  say(clock, stopwatch((ended ?? now) - since));
  say(
    one("#session-clock-note"),
    state.phase === "dosing"
      ? "since start"
      : `${sure(PHASE_WORDS[state.phase]).toLowerCase()} ${age(now - phase_since)}`,
  );
}

/** @param {import("./room_data.js").Bootstrap} bootstrap @param {SessionState} state */
export function showPatient({ patient, session }, state) {
  say(one("#patient-name"), patient.name);
  const { weight_kg, plan } = state;
  const facts = [
    patient.age_years !== null ? `${patient.age_years} y` : "age not charted",
    patient.sex ?? "",
    weight_kg ? `${figure(weight_kg)} kg` : "weight not charted",
    patient.mrn ? `MRN ${patient.mrn}` : "",
  ].filter(Boolean);
  say(one("#patient-facts"), facts.join(" · "));
  const allergies =
    patient.allergies === null
      ? "Allergies: not asked"
      : patient.allergies.length
        ? `Allergies: ${patient.allergies.join(", ")}`
        : "No known allergies";
  const place = one("#patient-allergies");
  say(place, allergies);
  place.classList.toggle("is-known", Boolean(patient.allergies?.length));
  one("#patient-synthetic").toggleAttribute("hidden", !patient.synthetic);
  say(one("#room-name"), session.room ?? "No room");
  const order = plan
    ? `${figure(plan.dose_mg, 2)} mg ${plan.molecule} ${plan.salt_or_base}, ${plan.route}${plan.infusion_minutes ? ` over ${figure(plan.infusion_minutes)} min` : ""}${state.opened?.session_number ? ` · session ${state.opened.session_number}` : ""}`
    : "No plan";
  say(one("#session-order"), order);
}
