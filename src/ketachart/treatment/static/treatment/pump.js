// @ts-check
// The pump: start, change of rate, pause, resume, stop. It charts what was done at the pump; it never drives one.

import { html } from "./svg.js";
import { When } from "./when.js";
import { deliveredMg, rateAt } from "./dose.js";
import { figure } from "./words.js";

/** @typedef {import("./editors.js").Commit} Commit */
/** @typedef {import("./editors.js").Editor} Editor */
/** @typedef {import("./session_state.js").SessionState} SessionState */
/** @typedef {{commit: Commit, now: () => number, state: SessionState, limits: Record<string, import("./types.js").EntryLimit>, at?: number|null}} Options */

const CAUSES = ["Blood pressure", "Sedation", "Distress", "Nausea", "Line or pump", "Patient asked"];

/** @param {Record<string, any>} plan @param {number} rate_ml_per_h */
function mgPerHour(plan, rate_ml_per_h) {
  return plan.concentration_mg_per_ml ? rate_ml_per_h * plan.concentration_mg_per_ml : null;
}

/** @param {string} kind @param {Options} options @param {{words: string, button: (mg: string) => string, ordered: boolean, asks_reason: boolean}} about @returns {Editor} */
function rateEditor(kind, { commit, now, state, limits, at = null }, about) {
  const plan = state.plan ?? {};
  const when = new When(now, at);
  const input = /** @type {HTMLInputElement} */ (
    html("input", {
      class: "text-input number-input",
      type: "text",
      inputmode: "decimal",
      id: "rate",
      autocomplete: "off",
      "aria-describedby": "rate-meaning",
    })
  );
  const meaning = html("p", { class: "rate__meaning", id: "rate-meaning", "aria-live": "polite" });
  const reason = about.asks_reason ? reasons() : null;
  const problem = html("p", { class: "field-problem", role: "alert" });
  const save = html("button", { type: "button", class: "button button--room button--wide" }, [about.words]);
  /** @param {number} rate_ml_per_h @param {number} rate_mg_per_h */
  const chart = (rate_ml_per_h, rate_mg_per_h) =>
    commit(kind, { rate_ml_per_h, rate_mg_per_h, ...(reason ? { reason: reason.value() } : {}) }, when.value());
  const typed = () => {
    const rate = Number(input.value.replace(",", "."));
    return input.value.trim() && Number.isFinite(rate) ? rate : null;
  };
  input.addEventListener("input", () => {
    const rate = typed();
    const mg = rate === null ? null : mgPerHour(plan, rate);
    meaning.textContent =
      mg === null
        ? ""
        : `${figure(mg, 2)} mg/h${state.weight_kg ? `, ${figure(mg / state.weight_kg, 2)} mg/kg per hour` : ""}`;
    problem.textContent = "";
  });
  save.addEventListener("click", () => {
    const rate = typed();
    const limit = limits.rate_ml_per_h;
    if (rate === null || (limit && (rate < limit.minimum || rate > limit.maximum))) {
      problem.textContent = `Enter the rate that the pump shows, in mL/h${limit ? `: ${limit.minimum} to ${limit.maximum}` : ""}.`;
      return input.focus();
    }
    const mg = mgPerHour(plan, rate);
    if (mg === null) {
      problem.textContent = "The order names no concentration: mg cannot be counted. Have the plan completed.";
      return;
    }
    chart(rate, mg);
  });
  const children = [order(state)];
  let first = /** @type {HTMLElement} */ (input);
  if (about.ordered && plan.rate_ml_per_h && plan.rate_mg_per_h) {
    const running = kind === "treatment.infusion_resumed" ? state.dose.steps[state.dose.steps.length - 1] : null;
    const [ml, mg] = running
      ? [running.rate_ml_per_h, running.rate_mg_per_h]
      : [plan.rate_ml_per_h, plan.rate_mg_per_h];
    first = html("button", { type: "button", class: "button button--primary button--room button--wide" }, [
      about.button(`${figure(ml, 2)} mL/h, ${figure(mg, 2)} mg/h`),
    ]);
    first.addEventListener("click", () => chart(ml, mg));
    children.push(first, html("p", { class: "or" }, ["or, if the pump shows another rate"]));
  }
  children.push(
    html("label", { class: "stack stack--tight", for: "rate" }, ["Rate on the pump, mL/h", input]),
    meaning,
  );
  if (reason) children.push(reason.element);
  children.push(problem, when.element, save);
  return {
    element: html("div", { class: "stack" }, children),
    when,
    focus: first,
    unsaved: () => (input.value ? "The rate is not charted." : null),
  };
}

/** @param {Options} options */
export const start = (options) =>
  rateEditor("treatment.infusion_started", options, {
    words: "Chart start at this rate",
    button: (rate) => `Start: ${rate}`,
    ordered: true,
    asks_reason: false,
  });

/** @param {Options} options */
export const resume = (options) =>
  rateEditor("treatment.infusion_resumed", options, {
    words: "Resume at this rate",
    button: (rate) => `Resume: ${rate}`,
    ordered: true,
    asks_reason: false,
  });

/** @param {Options} options */
export const changeRate = (options) =>
  rateEditor("treatment.infusion_rate_changed", options, {
    words: "Chart new rate",
    button: (rate) => rate,
    ordered: false,
    asks_reason: true,
  });

/**
 * Pause and stop: one tap brings this up, one more charts it. Words can be added, none are needed.
 * @param {Options & {kind: "treatment.infusion_paused"|"treatment.infusion_stopped"}} options
 * @returns {Editor}
 */
export function halt({ commit, now, state, limits, kind, at = null }) {
  const stops = kind === "treatment.infusion_stopped";
  const when = new When(now, at);
  const reason = reasons();
  const volume = /** @type {HTMLInputElement} */ (
    html("input", {
      class: "text-input number-input",
      type: "text",
      inputmode: "decimal",
      id: "volume",
      autocomplete: "off",
    })
  );
  const problem = html("p", { class: "field-problem", role: "alert" });
  const go = html(
    "button",
    { type: "button", class: `button button--room button--wide ${stops ? "button--danger" : "button--primary"}` },
    [stops ? "Stop infusion" : "Pause infusion"],
  );
  go.addEventListener("click", () => {
    const text = volume.value.trim().replace(",", ".");
    const volume_given_ml = text === "" ? null : Number(text);
    const limit = limits.volume_given_ml;
    if (
      volume_given_ml !== null &&
      (!Number.isFinite(volume_given_ml) ||
        (limit && (volume_given_ml < limit.minimum || volume_given_ml > limit.maximum)))
    ) {
      problem.textContent = `Volume in mL${limit ? `: ${limit.minimum} to ${limit.maximum}` : ""}, or leave it empty.`;
      return volume.focus();
    }
    commit(kind, { reason: reason.value(), ...(stops ? { volume_given_ml } : {}) }, when.value());
  });
  const delivered = html("p", { class: "order" }, [
    `${deliveredMg(state.dose, now()).toFixed(1)} mg in so far, of ${state.plan?.dose_mg ?? "–"} mg ordered`,
  ]);
  const element = html("div", { class: "stack" }, [
    go,
    delivered,
    reason.element,
    stops
      ? html("label", { class: "stack stack--tight", for: "volume" }, [
          "Volume given by the pump, mL (optional)",
          volume,
        ])
      : null,
    problem,
    when.element,
  ]);
  return { element, when, focus: go };
}

/** What was ordered, and what runs. @param {SessionState} state */
function order(state) {
  const { plan } = state;
  if (!plan) return html("p", { class: "order" }, ["No order is known on this device."]);
  const words = [
    `Ordered: ${figure(plan.dose_mg, 2)} mg`,
    plan.volume_ml ? `in ${figure(plan.volume_ml, 2)} mL` : "",
    plan.infusion_minutes ? `over ${figure(plan.infusion_minutes)} min` : "",
  ]
    .filter(Boolean)
    .join(" ");
  const step = rateAt(state.dose, Number.MAX_SAFE_INTEGER) ?? null;
  return html("p", { class: "order" }, [step ? `${words}. Runs at ${figure(step.rate_ml_per_h, 2)} mL/h` : words]);
}

/** One tap for a usual reason, or own words. */
function reasons() {
  const text = /** @type {HTMLInputElement} */ (
    html("input", {
      class: "text-input",
      type: "text",
      id: "reason",
      "aria-label": "Reason in your own words",
      placeholder: "Reason in your own words",
      maxlength: 300,
      autocomplete: "off",
    })
  );
  const chips = CAUSES.map((cause) => {
    const chip = html("button", { type: "button", class: "chip", "aria-pressed": "false" }, [cause]);
    chip.addEventListener("click", () => {
      const on = chip.getAttribute("aria-pressed") !== "true";
      for (const other of chips) other.setAttribute("aria-pressed", "false");
      chip.setAttribute("aria-pressed", String(on));
    });
    return chip;
  });
  const value = () =>
    [chips.find((chip) => chip.getAttribute("aria-pressed") === "true")?.textContent, text.value.trim()]
      .filter(Boolean)
      .join(": ") || null;
  return {
    value,
    element: html("div", { class: "stack stack--tight", role: "group", "aria-label": "Reason (optional)" }, [
      html("span", {}, ["Reason (optional)"]),
      html("div", { class: "chips" }, chips),
      text,
    ]),
  };
}
