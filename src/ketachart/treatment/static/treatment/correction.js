// @ts-check
// One entry in detail, and its correction: the old one stays in the record, struck through, with the reason.

import { html, icon } from "./svg.js";
import { clockTimeWithSeconds } from "./time_words.js";
import { inWords, KIND_WORDS, sayingOf, sourceOf } from "./words.js";
import { Keypad } from "./keypad.js";
import { giveDose, holdEnded } from "./dose_sheet.js";
import { note, scores, symptoms } from "./editors.js";
import { pumpRead } from "./pump_log.js";
import * as pump from "./pump.js";
import { When } from "./when.js";
import { lastOf, sure } from "./sure.js";

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./editors.js").Editor} Editor */
/** @typedef {import("./session_state.js").SessionState} SessionState */

const REASONS = ["Typing mistake", "Wrong patient or session", "Artefact", "Wrong time", "Charted twice"];
const NOT_CORRECTABLE = new Set([
  "treatment.session_opened",
  "treatment.event_corrected",
  "treatment.session_signed",
  "treatment.discharged",
  "treatment.gate_overridden",
]);

/**
 * @typedef {object} Options
 * @property {SessionState} state
 * @property {() => number} now
 * @property {boolean} may_correct
 * @property {import("./dose_sheet.js").Lot[]} lots
 * @property {Record<string, import("./types.js").EntryLimit>} limits
 * @property {(content: Record<string, any>) => void} correct charts treatment.event_corrected
 * @property {(title: string, editor: Editor) => void} show another sheet in the place of this one
 */

/** @param {Entry} entry @param {Options} options @returns {HTMLElement} */
export function entryDetail(entry, options) {
  const { state, may_correct } = options;
  const corrections = state.corrections.get(entry.id) ?? [];
  const facts = html("dl", { class: "facts" }, [
    ...fact("Happened", clockTimeWithSeconds(entry.at)),
    ...fact(
      "Reached the server",
      entry.recorded_at ? clockTimeWithSeconds(entry.recorded_at) : "not yet: kept on this device",
    ),
    ...fact("By", sourceOf(entry)),
    ...fact("Device", entry.device ?? "not said"),
  ]);
  if ((entry.content.confirmed_unusual ?? []).length)
    facts.append(
      ...fact(
        "Unusual, confirmed",
        entry.content.confirmed_unusual.map((/** @type {string} */ field) => field.replaceAll("_", " ")).join(", "),
      ),
    );
  const element = html("div", { class: "stack" }, [
    html("p", { class: "entry__saying" }, [corrections.length ? html("del", {}, [inWords(entry)]) : inWords(entry)]),
    facts,
  ]);
  for (const one of corrections) element.append(correctionWords(one));
  if (entry.corrects) {
    const original = state.struck.find(({ entry: struck }) => struck.id === entry.corrects);
    if (original)
      element.append(
        html("p", { class: "entry__history" }, [
          "Stands in for ",
          html("del", {}, [inWords(original.entry)]),
          `. Reason: ${lastOf(original.corrections).content.reason}`,
        ]),
      );
  }
  if (corrections.length || NOT_CORRECTABLE.has(entry.kind)) return element;
  if (!may_correct) {
    element.append(html("p", { class: "soft" }, ["The session is signed: write an addendum instead."]));
    return element;
  }
  element.append(correctionForm(entry, options));
  return element;
}

/** @param {Entry} one */
function correctionWords(one) {
  const { reason, replacement } = one.content;
  return html("p", { class: "entry__history" }, [
    `Struck through by ${one.author_name} at ${clockTimeWithSeconds(one.at)}. Reason: ${reason}. `,
    replacement
      ? `Instead: ${KIND_WORDS[replacement.kind] ?? replacement.kind} ${sayingOf(replacement.kind, replacement.content)}`
      : "Nothing stands in for it.",
  ]);
}

/** @param {string} term @param {string} words */
const fact = (term, words) => [html("dt", {}, [term]), html("dd", {}, [words])];

/** @param {Entry} entry @param {Options} options */
function correctionForm(entry, options) {
  const own = /** @type {HTMLInputElement} */ (
    html("input", { class: "text-input", type: "text", id: "correction-reason", maxlength: 300, autocomplete: "off" })
  );
  const problem = html("p", { class: "field-problem", role: "alert" });
  const chips = REASONS.map((reason) => {
    const chip = html("button", { type: "button", class: "chip", "aria-pressed": "false" }, [reason]);
    chip.addEventListener("click", () => {
      for (const other of chips)
        other.setAttribute("aria-pressed", String(other === chip && chip.getAttribute("aria-pressed") !== "true"));
      problem.textContent = "";
    });
    return chip;
  });
  const reason = () =>
    [chips.find((chip) => chip.getAttribute("aria-pressed") === "true")?.textContent, own.value.trim()]
      .filter(Boolean)
      .join(": ");
  /** @param {(reason: string) => void} then */
  const withReason = (then) => () => {
    if (reason()) return then(reason());
    problem.textContent = "Say why first: the reason stays beside the struck entry.";
    /** @type {HTMLElement} */ (chips[0]).focus();
  };
  const strike = html("button", { type: "button", class: "button button--danger-quiet button--room" }, [
    icon("undo"),
    "Strike it through",
  ]);
  strike.addEventListener(
    "click",
    withReason((said) => options.correct({ target_id: entry.id, reason: said, replacement: null })),
  );
  const replace = html("button", { type: "button", class: "button button--primary button--room" }, [
    icon("edit"),
    "Enter what is right",
  ]);
  replace.addEventListener(
    "click",
    withReason((said) =>
      options.show(`Correct: ${KIND_WORDS[entry.kind] ?? "entry"}`, replacementEditor(entry, said, options)),
    ),
  );
  return html("section", { class: "stack correction", "aria-label": "Correct this entry" }, [
    html("h3", {}, ["Correct this entry"]),
    html("div", { class: "chips", role: "group", "aria-label": "Reason" }, chips),
    html("label", { class: "stack stack--tight", for: "correction-reason" }, ["Reason in your own words", own]),
    problem,
    html("div", { class: "row" }, [replace, strike]),
  ]);
}

/** @param {Entry} entry @param {string} reason @param {Options} options @returns {Editor} */
function replacementEditor(entry, reason, options) {
  const { state, now, limits, correct } = options;
  const at = entry.at;
  /** @type {import("./editors.js").Commit} */
  const commit = (kind, content, effective_at) =>
    correct({
      target_id: entry.id,
      reason,
      replacement: { kind, content, effective_at: effective_at ?? new Date(at).toISOString() },
    });
  const latest = () => null;
  switch (entry.kind) {
    case "treatment.vitals_charted": {
      const keypad = new Keypad({
        limits,
        latest,
        now,
        at,
        keeps: entry.content,
        save_words: "Chart correction",
        onSave: (content, effective_at) => commit(entry.kind, content, effective_at),
      });
      return { element: keypad.element, focus: keypad.first, unsaved: () => keypad.unsaved() };
    }
    case "treatment.sedation_scored":
    case "treatment.dissociation_scored":
      return scores({
        commit,
        now,
        latest,
        at,
        only: entry.kind === "treatment.sedation_scored" ? "sedation" : "dissociation",
        done: () => {},
      });
    case "treatment.symptom_noted":
      return symptoms({ commit, now, at });
    case "treatment.note_written":
      return note({ commit, now, at, label: "The note as it should be", button: "Chart correction" });
    case "treatment.dose_given":
      return giveDose({ commit, now, state, entry, lots: options.lots });
    case "treatment.hold_ended":
      return holdEnded({ commit, now, at });
    case "treatment.pump_read":
      return pumpRead({ commit, now, state, limits, at });
    case "treatment.infusion_started":
      return pump.start({ commit, now, state, limits, at });
    case "treatment.infusion_resumed":
      return pump.resume({ commit, now, state, limits, at });
    case "treatment.infusion_rate_changed":
      return pump.changeRate({ commit, now, state, limits, at });
    case "treatment.infusion_paused":
    case "treatment.infusion_stopped":
      return pump.halt({ commit, now, state, limits, at, kind: entry.kind });
    default:
      return otherTime(entry, now, commit);
  }
}

/** An entry of which only the time can be wrong. @param {Entry} entry @param {() => number} now @param {import("./editors.js").Commit} commit @returns {Editor} */
function otherTime(entry, now, commit) {
  const when = new When(now, entry.at);
  const save = html("button", { type: "button", class: "button button--primary button--room button--wide" }, [
    "Chart correction",
  ]);
  save.addEventListener("click", () => commit(entry.kind, entry.content, when.value()));
  return {
    element: html("div", { class: "stack" }, [
      html("p", { class: "entry__saying" }, [inWords(entry)]),
      html("p", {}, ["The same entry, at another time:"]),
      when.element,
      save,
    ]),
    focus: save,
  };
}

/** Why a reading that is due cannot be had. @param {{item: string, due_at: number}} gap @param {string} name @param {(content: Record<string, any>) => void} chart @returns {Editor} */
export function gapEditor(gap, name, chart) {
  const own = /** @type {HTMLInputElement} */ (
    html("input", { class: "text-input", type: "text", id: "gap-note", maxlength: 300, autocomplete: "off" })
  );
  const problem = html("p", { class: "field-problem", role: "alert" });
  const causes = [
    "Unobtainable",
    "Patient refused",
    "Equipment failure",
    "Staff with an emergency",
    "Measured, not charted in time",
  ].map((cause) => {
    const button = html("button", { type: "button", class: "button button--room button--wide" }, [cause]);
    button.addEventListener("click", () =>
      chart({ item: gap.item, due_at: new Date(gap.due_at).toISOString(), cause, note: own.value.trim() || null }),
    );
    return button;
  });
  const element = html("div", { class: "stack" }, [
    html("p", {}, [
      `${name}, due at ${clockTimeWithSeconds(gap.due_at).slice(0, 5)}, is not there. The record keeps the gap and its cause.`,
    ]),
    html("label", { class: "stack stack--tight", for: "gap-note" }, [
      "A word on it (optional, write it before the tap)",
      own,
    ]),
    problem,
    ...causes,
  ]);
  return { element, focus: sure(causes[0]) };
}
