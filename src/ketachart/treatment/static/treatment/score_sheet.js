// @ts-check
// Scores beside sedation and dissociation: one tap a value. A scale of several items asks for all of them, or is not kept.

import { html } from "./svg.js";
import { When } from "./when.js";
import { age } from "./time_words.js";

/** @typedef {import("./editors.js").Commit} Commit */
/** @typedef {import("./editors.js").Editor} Editor */
/** @typedef {{id: string, title: string, steps: {value: number, text: string}[], ends: string[], items: string[]}} RoomScale */
/** @typedef {import("./session_state.js").Reading} Reading */

/**
 * The other scores of the room, to choose from.
 * @param {RoomScale[]} scales
 * @param {(measure: string) => Reading|null} latest
 * @param {number} now
 * @param {(scale: RoomScale) => void} choose
 */
export function scoreChoice(scales, latest, now, choose) {
  const buttons = scales.map((scale) => {
    const last = latest(scale.id);
    const button = html("button", { type: "button", class: "score-choice__button" }, [
      html("strong", {}, [scale.title]),
      html("span", { class: "soft small" }, [last ? `${last.value}, ${age(now - last.at)} ago` : "not scored yet"]),
    ]);
    button.addEventListener("click", () => choose(scale));
    return button;
  });
  return html("section", { class: "scores" }, [
    html("h3", {}, ["Other scores"]),
    html("div", { class: "score-choice" }, buttons),
  ]);
}

/**
 * @param {RoomScale} scale
 * @param {{commit: Commit, now: () => number, at?: number|null}} options
 * @returns {Editor}
 */
export function scoreEditor(scale, { commit, now, at = null }) {
  const when = new When(now, at);
  /** @type {Record<string, number>} */
  const scored = {};
  const chart = (/** @type {number} */ value) =>
    commit("treatment.scale_scored", { scale: scale.id, value, items: scored }, when.value());
  const body = scale.items.length
    ? scale.items.map((item) =>
        itemRow(scale, item, (value) => {
          scored[item] = value;
          const values = scale.items.map((one) => scored[one]);
          if (values.every((one) => one !== undefined)) chart(values.reduce((sum, one) => Number(sum) + Number(one), 0) ?? 0);
        }),
      )
    : [steps(scale, chart)];
  const element = html("div", { class: "stack" }, [
    scale.items.length
      ? html("p", { class: "soft" }, [
          "By the numbers of the items in your own licensed copy. It is charted when all are scored.",
        ])
      : null,
    ...body,
    scale.ends.length === 2
      ? html("p", { class: "scores__ends" }, [
          html("span", {}, [`${scale.steps[0]?.value}: ${scale.ends[0]}`]),
          html("span", {}, [`${scale.steps[scale.steps.length - 1]?.value}: ${scale.ends[1]}`]),
        ])
      : null,
    when.element,
  ]);
  const unsaved = () =>
    Object.keys(scored).length && Object.keys(scored).length < scale.items.length
      ? `${scale.title} is not charted: ${scale.items.length - Object.keys(scored).length} items are open.`
      : null;
  return { element, when, unsaved, focus: element.querySelector("button") };
}

/** @param {RoomScale} scale @param {(value: number) => void} choose */
function steps(scale, choose) {
  const worded = scale.steps.some((step) => step.text);
  return html(
    "div",
    { class: worded ? "scores__sedation" : "scores__dissociation", role: "group", "aria-label": scale.title },
    scale.steps.map(({ value, text }) => {
      const button = worded
        ? html("button", { type: "button", class: "scores__row" }, [
            html("span", { class: "scores__value" }, [value > 0 ? `+${value}` : String(value)]),
            text,
          ])
        : html("button", { type: "button", class: "scores__cell" }, [String(value)]);
      button.addEventListener("click", () => choose(value));
      return button;
    }),
  );
}

/** @param {RoomScale} scale @param {string} item @param {(value: number) => void} choose */
function itemRow(scale, item, choose) {
  const row = html("div", { class: "score-item", role: "group", "aria-label": `Item ${item}` }, [
    html("span", { class: "score-item__name" }, [`Item ${item}`]),
    ...scale.steps.map(({ value }) => {
      const button = html("button", { type: "button", class: "scores__cell", "aria-pressed": "false" }, [String(value)]);
      button.addEventListener("click", () => {
        for (const other of row.querySelectorAll("button"))
          other.setAttribute("aria-pressed", String(other === button));
        choose(value);
      });
      return button;
    }),
  ]);
  return row;
}
