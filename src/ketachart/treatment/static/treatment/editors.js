// @ts-check
// What is charted besides vitals: scores, symptoms, notes. Each editor asks for as little as
// there is to say and hands it to `commit`; the same editors are used to put a correction in place of an entry.

import { html } from "./svg.js";
import { When } from "./when.js";
import { age } from "./time_words.js";

/** @typedef {import("./session_state.js").Reading} Reading */
/** @typedef {(kind: string, content: Record<string, any>, effective_at?: string) => void} Commit */
/** @typedef {{element: HTMLElement, focus: HTMLElement|null, unsaved?: () => string|null, when?: When}} Editor */

/** MOAA/S as printed in BMC Anesthesiology 2022, article 01788, table 2. @type {[number, string][]} */
const SEDATION = [
  [5, "Responds readily to name, normal tone"],
  [4, "Lethargic response to name"],
  [3, "Only after loud or repeated name"],
  [2, "Only after mild prodding or shaking"],
  [1, "Only after painful trapezius squeeze"],
  [0, "No response"],
];

/** Terms of the tables of the esketamine label trial and of Feifel 2020; the last two rows are the label's warning signs. */
const SYMPTOMS = [
  "Nausea",
  "Vomiting",
  "Dizziness",
  "Anxiety",
  "Dissociation, distressing",
  "Agitation",
  "Headache",
  "Drowsiness",
  "Blurred vision",
  "Palpitations",
  "Chest pain",
  "Shortness of breath",
];

/** @param {Reading|null} last @param {number} now */
function lastWords(last, now) {
  return last
    ? `Last: ${last.value}, ${age(now - last.at)} ago, ${last.entry.author_name}`
    : "Not scored yet in this session";
}

/**
 * Sedation and dissociation, one tap each. The sheet stays until both are scored or it is closed.
 * @param {{commit: Commit, now: () => number, latest: (measure: string) => Reading|null, only?: "sedation"|"dissociation", at?: number|null, done: () => void}} options
 * @returns {Editor}
 */
export function scores({ commit, now, latest, only, at = null, done }) {
  const when = new When(now, at);
  const waiting = new Set(only ? [only] : ["sedation", "dissociation"]);
  /** @param {"sedation"|"dissociation"} measure @param {HTMLElement} group @param {HTMLElement} button @param {number} value */
  const score = (measure, group, button, value) => {
    const sedation = measure === "sedation";
    commit(
      sedation ? "treatment.sedation_scored" : "treatment.dissociation_scored",
      { scale: sedation ? "MOAA/S" : "NRS 0-10", value },
      when.value(),
    );
    for (const other of group.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
    group.classList.add("is-done");
    waiting.delete(measure);
    if (!waiting.size) done();
  };
  const sections = [];
  if (only !== "dissociation") {
    const list = html("div", { class: "scores__sedation", role: "group", "aria-label": "Sedation, MOAA/S" });
    for (const [value, words] of SEDATION) {
      const button = html("button", { type: "button", class: "scores__row", "aria-pressed": "false" }, [
        html("span", { class: "scores__value" }, [String(value)]),
        words,
      ]);
      button.addEventListener("click", () => score("sedation", list, button, value));
      list.append(button);
    }
    sections.push(
      html("section", { class: "scores" }, [
        html("h3", {}, ["Sedation, MOAA/S"]),
        html("p", { class: "soft small" }, [lastWords(latest("sedation"), now())]),
        list,
      ]),
    );
  }
  if (only !== "sedation") {
    const list = html("div", { class: "scores__dissociation", role: "group", "aria-label": "Dissociation, 0 to 10" });
    for (let value = 0; value <= 10; value += 1) {
      const button = html("button", { type: "button", class: "scores__cell", "aria-pressed": "false" }, [
        String(value),
      ]);
      button.addEventListener("click", () => score("dissociation", list, button, value));
      list.append(button);
    }
    sections.push(
      html("section", { class: "scores" }, [
        html("h3", {}, ["Dissociation, 0 to 10"]),
        html("p", { class: "soft small" }, [lastWords(latest("dissociation"), now())]),
        list,
        html("p", { class: "scores__ends" }, [
          html("span", {}, ["0: not at all"]),
          html("span", {}, ["10: as strong as can be imagined"]),
        ]),
      ]),
    );
  }
  const element = html("div", { class: "stack" }, [...sections, when.element]);
  return { element, when, focus: element.querySelector("button") };
}

/**
 * A symptom with its severity is one tap: two from anywhere.
 * @param {{commit: Commit, now: () => number, at?: number|null}} options
 * @returns {Editor}
 */
export function symptoms({ commit, now, at = null }) {
  const when = new When(now, at);
  const note = /** @type {HTMLInputElement} */ (
    html("input", { class: "text-input", type: "text", id: "symptom-note", maxlength: 300, autocomplete: "off" })
  );
  const other = /** @type {HTMLInputElement} */ (
    html("input", {
      class: "text-input",
      type: "text",
      "aria-label": "Another symptom",
      placeholder: "Another symptom",
      maxlength: 120,
      autocomplete: "off",
    })
  );
  const action = /** @type {HTMLInputElement} */ (
    html("input", { class: "text-input", type: "text", id: "symptom-action", maxlength: 300, autocomplete: "off" })
  );
  const serious = /** @type {HTMLInputElement} */ (html("input", { type: "checkbox", id: "symptom-serious" }));
  /** @param {() => string} name */
  const severities = (name) =>
    ["mild", "moderate", "severe"].map((severity, index) => {
      const button = html("button", { type: "button", class: `symptoms__grade symptoms__grade--${severity}` }, [
        html("span", { class: "symptoms__dots", "aria-hidden": "true" }, ["●".repeat(index + 1)]),
        severity,
      ]);
      button.addEventListener("click", () => {
        if (!name().trim()) return other.focus();
        commit(
          "treatment.symptom_noted",
          {
            symptom: name().trim(),
            severity,
            note: note.value.trim() || null,
            action: action.value.trim() || null,
            serious: serious.checked ? true : null,
          },
          when.value(),
        );
      });
      return button;
    });
  const rows = SYMPTOMS.map((name) =>
    html("div", { class: "symptoms__row", role: "group", "aria-label": name }, [
      html("span", { class: "symptoms__name" }, [name]),
      ...severities(() => name),
    ]),
  );
  const element = html("div", { class: "stack" }, [
    html("div", { class: "symptoms" }, [
      ...rows,
      html("div", { class: "symptoms__row", role: "group", "aria-label": "Another symptom" }, [
        other,
        ...severities(() => other.value),
      ]),
    ]),
    html("label", { class: "stack stack--tight", for: "symptom-note" }, [
      "A word on it (optional, write it before the tap)",
      note,
    ]),
    html("label", { class: "stack stack--tight", for: "symptom-action" }, ["What was done (optional)", action]),
    html("label", { class: "check", for: "symptom-serious" }, [serious, "Suspected serious adverse event"]),
    when.element,
  ]);
  const unsaved = () =>
    note.value.trim() || other.value.trim() || action.value.trim() ? "What you wrote about the symptom is not charted." : null;
  return { element, when, unsaved, focus: element.querySelector("button") };
}

/**
 * Free text.
 * @param {{commit: Commit, now: () => number, kind?: string, label?: string, button?: string, at?: number|null}} options
 * @returns {Editor}
 */
export function note({
  commit,
  now,
  kind = "treatment.note_written",
  label = "Note",
  button = "Chart note",
  at = null,
}) {
  const when = new When(now, at);
  const text = /** @type {HTMLTextAreaElement} */ (
    html("textarea", { class: "text-input", rows: 6, id: "note-text", maxlength: 4000 })
  );
  const problem = html("p", { class: "field-problem", role: "alert" });
  const save = html("button", { type: "button", class: "button button--primary button--room button--wide" }, [button]);
  const chart = () => {
    if (text.value.trim()) return commit(kind, { text: text.value.trim() }, when.value());
    problem.textContent = "Nothing is written yet.";
    text.focus();
  };
  save.addEventListener("click", chart);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) chart();
  });
  const element = html("div", { class: "stack" }, [
    html("label", { class: "stack stack--tight", for: "note-text" }, [label, text]),
    problem,
    when.element,
    save,
  ]);
  return { element, when, focus: text, unsaved: () => (text.value.trim() ? "The note is not charted." : null) };
}
