// @ts-check
// Before the start and before the door: fasting, escort, arrival questions, time-out, discharge check. Each question is
// open until somebody answers it; nothing is taken for a yes.

import { html } from "./svg.js";

/** @typedef {import("./editors.js").Commit} Commit */
/** @typedef {import("./editors.js").Editor} Editor */
/** @typedef {{id: string, words: string}} Question */

/**
 * Questions with two buttons each. Unanswered ones are charted as unanswered.
 * @param {Question[]} questions
 * @param {{yes: string, no: string|null}} words no second button when there is only "confirmed"
 */
function questionList(questions, { yes, no }) {
  /** @type {Map<string, boolean|null>} */
  const answers = new Map(questions.map(({ id }) => [id, null]));
  const rows = questions.map(({ id, words }) => {
    const buttons = /** @type {[string, boolean][]} */ ([[yes, true], ...(no ? [[no, false]] : [])]).map(
      ([word, value]) => {
        const button = html("button", { type: "button", class: "answer", "aria-pressed": "false" }, [word]);
        button.addEventListener("click", () => {
          const next = answers.get(id) === value ? null : value;
          answers.set(id, next);
          buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button && next !== null)));
          row.classList.toggle("is-answered", next !== null);
        });
        return button;
      },
    );
    const row = html("div", { class: "question", role: "group", "aria-label": words }, [
      html("span", { class: "question__words" }, [words]),
      html("span", { class: "question__answers" }, buttons),
    ]);
    return row;
  });
  return { element: html("div", { class: "questions" }, rows), answers };
}

/** @param {string} words @param {() => string|null} chart returns what is wrong, if anything */
function saveButton(words, chart) {
  const problem = html("p", { class: "field-problem", role: "alert" });
  const save = html("button", { type: "button", class: "button button--primary button--room button--wide" }, [words]);
  save.addEventListener("click", () => (problem.textContent = chart() ?? ""));
  return [problem, save];
}

/** @param {Map<string, boolean|null>} answers */
const open = (answers) => [...answers.values()].filter((answer) => answer === null).length;

/** @param {{commit: Commit, questions: Question[]}} options @returns {Editor} */
export function rescreen({ commit, questions }) {
  const list = questionList(questions, { yes: "Yes", no: "No" });
  const element = html("div", { class: "stack" }, [
    list.element,
    ...saveButton("Chart answers", () => {
      if (open(list.answers) === questions.length) return "Nothing is answered yet.";
      commit("treatment.rescreen_charted", { answers: Object.fromEntries(list.answers) });
      return null;
    }),
  ]);
  return { element, focus: element.querySelector("button") };
}

/** @param {{commit: Commit, items: Question[], me: string}} options @returns {Editor} */
export function timeOut({ commit, items, me }) {
  const list = questionList(items, { yes: "Confirmed", no: null });
  const second = /** @type {HTMLInputElement} */ (
    html("input", { class: "text-input", type: "text", id: "second-person", autocomplete: "off", maxlength: 120 })
  );
  const element = html("div", { class: "stack" }, [
    html("p", { class: "soft" }, ["Aloud, at the chair, just before the start."]),
    list.element,
    html("label", { class: "stack stack--tight", for: "second-person" }, ["Second person", second]),
    ...saveButton("Time-out done", () => {
      const left = open(list.answers);
      if (left) return `${left} of ${items.length} not confirmed. What is not confirmed stops the start.`;
      if (!second.value.trim()) {
        second.focus();
        return "Name the second person.";
      }
      commit("treatment.time_out_completed", {
        items: [...list.answers].map(([id, confirmed]) => ({ id, confirmed })),
        participants: [me, second.value.trim()],
      });
      return null;
    }),
  ]);
  return { element, focus: element.querySelector("button") };
}

/** @param {{commit: Commit, questions: Question[]}} options @returns {Editor} */
export function dischargeCheck({ commit, questions }) {
  const list = questionList(questions, { yes: "Yes", no: "No" });
  const element = html("div", { class: "stack" }, [
    list.element,
    ...saveButton("Chart check", () => {
      if (open(list.answers) === questions.length) return "Nothing is answered yet.";
      commit("treatment.discharge_assessed", Object.fromEntries(list.answers));
      return null;
    }),
  ]);
  return { element, focus: element.querySelector("button") };
}

/** @param {{commit: Commit, now: () => number}} options @returns {Editor} */
export function fasting({ commit, now }) {
  const input = (/** @type {string} */ id) =>
    /** @type {HTMLInputElement} */ (html("input", { class: "text-input", type: "datetime-local", id }));
  const [solids, fluids] = [input("last-solids"), input("last-fluids")];
  const reason = /** @type {HTMLInputElement} */ (
    html("input", { class: "text-input", type: "text", id: "not-known", autocomplete: "off", maxlength: 200 })
  );
  const iso = (/** @type {HTMLInputElement} */ field) => (field.value ? new Date(field.value).toISOString() : null);
  const element = html("div", { class: "stack" }, [
    html("label", { class: "stack stack--tight", for: "last-solids" }, ["Last solid food", solids]),
    html("label", { class: "stack stack--tight", for: "last-fluids" }, ["Last clear fluid", fluids]),
    html("label", { class: "stack stack--tight", for: "not-known" }, ["Not known, because", reason]),
    ...saveButton("Chart fasting", () => {
      if (!solids.value && !fluids.value && !reason.value.trim()) return "Enter the times, or why they are not known.";
      if ([solids, fluids].some((field) => field.value && new Date(field.value).getTime() > now()))
        return "A time lies in the future: check the day.";
      commit("treatment.fasting_charted", {
        last_solids_at: iso(solids),
        last_clear_fluids_at: iso(fluids),
        not_known_reason: reason.value.trim() || null,
      });
      return null;
    }),
  ]);
  return { element, focus: solids };
}

/** Who takes the patient home: as told at arrival, or met at the door. @param {{commit: Commit, met: boolean}} options @returns {Editor} */
export function escort({ commit, met }) {
  const field = (/** @type {string} */ id, /** @type {string} */ label, type = "text") => {
    const input = /** @type {HTMLInputElement} */ (
      html("input", { class: "text-input", type, id, autocomplete: "off", maxlength: 120 })
    );
    return { input, label: html("label", { class: "stack stack--tight", for: id }, [label, input]) };
  };
  const name = field("escort-name", "Name");
  const relation = field("escort-relation", "Relation");
  const phone = field("escort-phone", "Telephone", "tel");
  const answer = questionList([{ id: "yes", words: met ? "Identified in person" : "Has confirmed to come" }], {
    yes: "Yes",
    no: "No",
  });
  const element = html("div", { class: "stack" }, [
    name.label,
    relation.label,
    met ? null : phone.label,
    answer.element,
    ...saveButton(met ? "Chart escort met" : "Chart escort", () => {
      const said = { name: name.input.value.trim() || null, relation: relation.input.value.trim() || null };
      if (!said.name && open(answer.answers)) return "Enter a name or answer the question.";
      const yes = answer.answers.get("yes") ?? null;
      if (met) commit("treatment.escort_met", { ...said, identified: yes });
      else commit("treatment.escort_charted", { ...said, phone: phone.input.value.trim() || null, confirmed: yes });
      return null;
    }),
  ]);
  return { element, focus: name.input };
}
