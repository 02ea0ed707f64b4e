// @ts-check
// Who takes over, with what is open at that moment. The list is kept with the entry, as it was read out.

import { html } from "./svg.js";

/** @typedef {import("./editors.js").Commit} Commit */
/** @typedef {import("./editors.js").Editor} Editor */
/** @typedef {import("./care.js").OpenItem} OpenItem */

/**
 * @param {{commit: Commit, staff: {id: string, name: string, role: string}[], me: {id: string}, open_items: OpenItem[]}} options
 * @returns {Editor}
 */
export function handOver({ commit, staff, me, open_items }) {
  const others = staff.filter(({ id }) => id !== me.id);
  const note = /** @type {HTMLTextAreaElement} */ (
    html("textarea", { class: "text-input", id: "handover-note", rows: 3, maxlength: 1000 })
  );
  const buttons = others.map(({ id, name, role }) => {
    const button = html("button", { type: "button", class: "button button--room button--wide" }, [
      `To ${name} (${role})`,
    ]);
    button.addEventListener("click", () =>
      commit("treatment.handed_over", {
        to_user_id: id,
        to_name: name,
        open_items,
        note: note.value.trim() || null,
      }),
    );
    return button;
  });
  const element = html("div", { class: "stack" }, [
    html("section", { class: "stack stack--tight" }, [
      html("h3", {}, ["Open now"]),
      open_items.length
        ? html(
            "ul",
            { class: "handover" },
            open_items.map(({ what, detail }) => html("li", {}, [html("strong", {}, [what]), detail ? `: ${detail}` : ""])),
          )
        : html("p", {}, ["Nothing is open."]),
    ]),
    html("label", { class: "stack stack--tight", for: note.id }, ["What else to say (optional)", note]),
    ...(buttons.length ? buttons : [html("p", { class: "message message--missing" }, ["Nobody else is known here."])]),
  ]);
  return {
    element,
    focus: /** @type {HTMLElement|null} */ (element.querySelector("button")),
    unsaved: () => (note.value.trim() ? "The hand-over is not charted." : null),
  };
}

/**
 * A symptom that is over, or that goes home with the patient.
 * @param {string} symptom_id
 * @param {Commit} commit
 */
export function symptomOver(symptom_id, commit) {
  const buttons = ["gone", "gone after treatment", "still there at discharge"].map((outcome) => {
    const button = html("button", { type: "button", class: "button button--room" }, [outcome]);
    button.addEventListener("click", () =>
      commit("treatment.symptom_ended", { symptom_id, outcome, note: null }),
    );
    return button;
  });
  return html("div", { class: "stack stack--tight" }, [
    html("p", {}, ["How it ended (now)"]),
    html("div", { class: "cluster" }, buttons),
  ]);
}
