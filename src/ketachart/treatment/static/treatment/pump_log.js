// @ts-check
// What the pump's own display says, charted by hand: it is compared with the charted rates and changes nothing.

import { html } from "./svg.js";
import { When } from "./when.js";
import { infusedMg } from "./dose.js";
import { figure } from "./words.js";

/** @typedef {import("./editors.js").Editor} Editor */

/**
 * @param {{commit: import("./editors.js").Commit, now: () => number, state: import("./session_state.js").SessionState, limits: Record<string, import("./types.js").EntryLimit>, at?: number|null}} options
 * @returns {Editor}
 */
export function pumpRead({ commit, now, state, limits, at = null }) {
  const when = new When(now, at);
  const [volume, rate] = ["pump-volume", "pump-rate"].map(
    (id) =>
      /** @type {HTMLInputElement} */ (
        html("input", { class: "text-input number-input", type: "text", inputmode: "decimal", id, autocomplete: "off" })
      ),
  );
  if (!volume || !rate) throw new Error("two fields");
  const problem = html("p", { class: "field-problem", role: "alert" });
  const save = html("button", { type: "button", class: "button button--primary button--room button--wide" }, [
    "Chart what the pump says",
  ]);
  /** @param {HTMLInputElement} field @param {string} name */
  const read = (field, name) => {
    const text = field.value.trim().replace(",", ".");
    if (!text) return null;
    const value = Number(text);
    const limit = limits[name];
    const fits = Number.isFinite(value) && (!limit || (value >= limit.minimum && value <= limit.maximum));
    if (!fits) throw new RangeError(`${limit?.label ?? name}: ${limit ? `${limit.minimum} to ${limit.maximum} ${limit.unit}` : "a number"}.`);
    return value;
  };
  save.addEventListener("click", () => {
    try {
      const content = {
        volume_given_ml: read(volume, "volume_given_ml"),
        rate_ml_per_h: read(rate, "rate_ml_per_h"),
      };
      if (content.volume_given_ml === null && content.rate_ml_per_h === null)
        throw new RangeError("Enter the volume, the rate, or both.");
      commit("treatment.pump_read", { ...content, note: null }, when.value());
    } catch (trouble) {
      if (!(trouble instanceof RangeError)) throw trouble;
      problem.textContent = trouble.message;
      volume.focus();
    }
  });
  const concentration = state.plan?.concentration_mg_per_ml ?? null;
  const counted = concentration ? infusedMg(state.dose, now()) / concentration : null;
  return {
    element: html("div", { class: "stack" }, [
      html("label", { class: "stack stack--tight", for: "pump-volume" }, ["Volume given so far, mL", volume]),
      html("label", { class: "stack stack--tight", for: "pump-rate" }, ["Rate on the display, mL/h", rate]),
      counted === null
        ? null
        : html("p", { class: "soft small" }, [`The charted rates say ${figure(counted, 1)} mL by now.`]),
      problem,
      when.element,
      save,
    ]),
    when,
    focus: volume,
    unsaved: () => (volume.value || rate.value ? "What the pump says is not charted." : null),
  };
}
