// @ts-check
// A dose given at once: injection, push, device, spray, troche. It cannot be stopped or taken back, so it is asked for
// twice; what does not fit the order is charted only with a reason. Nothing is filled in beforehand.

import { html } from "./svg.js";
import { When } from "./when.js";
import { bolusFrom, byVein, looksChartedTwice, mostAtOnceMg, NEARLY, nextDose, tooSoon } from "./single_dose.js";
import { byDevices, doseName, inSeveral, orderWords, routeWords } from "./routes.js";
import { clockTime, stopwatch } from "./time_words.js";
import { figure } from "./words.js";

/** @typedef {import("./editors.js").Commit} Commit */
/** @typedef {import("./editors.js").Editor} Editor */
/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./session_state.js").SessionState} SessionState */
/** @typedef {{lot_number: string, expires_on: string, product: string}} Lot */

/**
 * @typedef {object} Options
 * @property {Commit} commit
 * @property {() => number} now
 * @property {SessionState} state
 * @property {Lot[]} lots
 * @property {Entry} [entry] the entry that is corrected: what is not typed over stays as it was
 */

/** @param {Options} options @returns {Editor} */
export function giveDose({ commit, now, state, lots, entry }) {
  const plan = state.plan ?? {};
  const words = routeWords(plan);
  const others = state.dose.boluses.filter((bolus) => bolus.entry_id !== entry?.id);
  const next = nextDose(others, plan, state.weight_kg);
  const number = entry ? (entry.content.device ?? entry.content.part ?? null) : (next?.number ?? others.length + 1);
  const ordered_mg = byDevices(plan) ? plan.device_mg : (next?.dose_mg ?? null);
  const when = new When(now, entry?.at ?? null);

  const dose = input("dose-mg", "decimal", 12);
  dose.classList.add("number-input");
  const over = input("dose-over", "decimal", 6);
  const reason = input("dose-reason", "text", 300);
  const site = choice("dose-site", "Site", words.sites);
  const lot = choice(
    "dose-lot",
    "Lot",
    lots.filter((one) => one.expires_on >= new Date(now()).toISOString().slice(0, 10)).map((one) => one.lot_number),
  );
  const self = yesNo("Used by the patient");
  const watched = yesNo("Watched all the time");

  const problem = html("p", { class: "field-problem", role: "alert" });
  const timing = html("p", { class: "message message--missing dose__timing", hidden: true });
  const beyond = html("label", { class: "stack stack--tight", for: "dose-reason", hidden: true }, [
    "It was given all the same, because",
    reason,
  ]);
  const give = html("button", { type: "button", class: "button button--primary button--room button--wide" }, [
    entry ? "Chart correction" : `Chart ${doseName(plan, number).toLowerCase()} as given`,
  ]);
  const give_words = give.textContent ?? "";

  const typed = () => {
    const text = dose.value.trim().replace(",", ".");
    return text === "" ? null : Number(text);
  };
  const amount = () => (byDevices(plan) ? ordered_mg : (typed() ?? entry?.content.dose_mg ?? null));

  /** Why this does not fit the order, if it does not. @param {number} dose_mg */
  const objection = (dose_mg) => {
    const given = bolusFrom({
      ...(entry ?? /** @type {any} */ ({})),
      id: "",
      at: Date.parse(when.value()),
      content: { dose_mg, route: plan.route, ...numbers(plan, number) },
    });
    if (others.some((other) => looksChartedTwice(given, other)))
      return "This dose is charted already. Chart it only if it was given twice.";
    if (tooSoon(given, others, plan))
      return `Sooner than ${figure(plan.minimum_interval_minutes)} min after another dose.`;
    const most_mg = mostAtOnceMg(plan);
    const total_mg = others.reduce((mg, one) => mg + one.dose_mg, dose_mg);
    if (most_mg !== null && total_mg > most_mg * (1 + NEARLY))
      return `${figure(total_mg, 2)} mg in all is more than the ${figure(most_mg, 2)} mg ordered.`;
    const { weight_kg } = state;
    if (weight_kg && plan.ceiling_mg_per_kg && total_mg / weight_kg > plan.ceiling_mg_per_kg * (1 + NEARLY))
      return `${figure(total_mg / weight_kg, 2)} mg/kg in all is above the ceiling of ${figure(plan.ceiling_mg_per_kg, 2)}.`;
    return null;
  };

  let sure = false;
  const unsure = () => {
    sure = false;
    give.textContent = give_words;
    give.classList.replace("button--danger", "button--primary");
    problem.textContent = "";
  };
  const content = (/** @type {number} */ dose_mg) => ({
    ...(entry?.content ?? {}),
    dose_mg,
    route: plan.route,
    ...numbers(plan, number),
    site: site.value() ?? entry?.content.site ?? null,
    lot: lot.value() ?? entry?.content.lot ?? null,
    over_minutes: over.value.trim() ? Number(over.value.replace(",", ".")) : (entry?.content.over_minutes ?? null),
    units:
      plan.unit_mg && Number.isInteger(dose_mg / plan.unit_mg) && !byDevices(plan) ? dose_mg / plan.unit_mg : null,
    ...(words.watched
      ? {
          self_administered: self.value() ?? entry?.content.self_administered ?? null,
          observed: watched.value() ?? entry?.content.observed ?? null,
        }
      : {}),
    beyond_order_reason: reason.value.trim() || entry?.content.beyond_order_reason || null,
  });

  give.addEventListener("click", () => {
    const dose_mg = amount();
    if (dose_mg === null || !(dose_mg > 0)) {
      problem.textContent = "Enter the dose in mg: a number above 0.";
      return dose.focus();
    }
    if (over.value.trim() && !(Number(over.value.replace(",", ".")) > 0)) {
      problem.textContent = "Enter the minutes of the push: a number above 0.";
      return over.focus();
    }
    const said = objection(dose_mg);
    if (said && !reason.value.trim() && !entry?.content.beyond_order_reason) {
      problem.textContent = `${said} If it was given all the same, say why.`;
      beyond.hidden = false;
      return reason.focus();
    }
    if (!sure && !words.watched) {
      sure = true;
      problem.textContent = ordered_mg !== null && dose_mg !== ordered_mg ? `The order is ${figure(ordered_mg, 2)} mg.` : "";
      give.textContent = `Yes: ${figure(dose_mg, 2)} mg ${words.given}`;
      give.classList.replace("button--primary", "button--danger");
      return;
    }
    commit("treatment.dose_given", content(dose_mg), when.value());
  });
  for (const field of [dose, over]) field.addEventListener("input", unsure);

  const as_ordered = html("button", { type: "button", class: "button button--room button--wide" }, [
    `${figure(ordered_mg ?? 0, 2)} mg, as ordered${byVein(plan.route) && plan.bolus_minutes ? ` over ${figure(plan.bolus_minutes)} min` : ""}`,
  ]);
  as_ordered.addEventListener("click", () => {
    dose.value = figure(ordered_mg ?? 0, 2);
    if (byVein(plan.route) && plan.bolus_minutes) over.value = figure(plan.bolus_minutes);
    unsure();
    give.focus();
  });

  const element = html("div", { class: "stack" }, [
    html("p", { class: "order" }, [orderWords(plan)]),
    inSeveral(plan) && number !== null
      ? html("h3", { class: "dose__number" }, [
          `${doseName(plan, number)}${next && number <= next.of ? ` of ${next.of}` : ""}${ordered_mg === null ? "" : `: ${figure(ordered_mg, 2)} mg`}`,
        ])
      : null,
    timing,
    ...(byDevices(plan)
      ? []
      : [
          html("div", { class: "dose__amount" }, [
            ordered_mg !== null && !entry ? as_ordered : null,
            html("label", { class: "stack stack--tight", for: "dose-mg" }, ["Dose given, mg", dose]),
          ]),
        ]),
    byVein(plan.route)
      ? html("label", { class: "stack stack--tight", for: "dose-over" }, ["Pushed over, min", over])
      : null,
    ...(words.watched ? [self.element, watched.element] : []),
    words.sites.length ? site.element : null,
    lot.element,
    problem,
    beyond,
    when.element,
    give,
  ]);
  /** @type {Editor} */
  const editor = {
    element,
    when,
    focus: byDevices(plan) ? /** @type {HTMLElement} */ (self.element.querySelector("button")) : dose,
    unsaved: () => (dose.value || lot.value() || site.value() ? "The dose is not charted." : null),
  };
  const tick = when.tick.bind(when);
  when.tick = () => {
    tick();
    const wait = entry || !next?.not_before ? 0 : next.not_before - Date.parse(when.value());
    timing.hidden = wait <= 0;
    if (wait > 0)
      timing.textContent = `Not before ${clockTime(/** @type {number} */ (next?.not_before))}: ${stopwatch(wait + 999)} to wait.`;
  };
  when.tick();
  return editor;
}

/** @param {Record<string, any>} plan @param {number|null} number */
function numbers(plan, number) {
  if (byDevices(plan)) return { device: number };
  return (plan.parts?.length ?? 0) > 1 ? { part: number } : {};
}

/** @param {string} id @param {string} mode @param {number} longest @returns {HTMLInputElement} */
function input(id, mode, longest) {
  return /** @type {HTMLInputElement} */ (
    html("input", { class: "text-input", type: "text", inputmode: mode, id, maxlength: longest, autocomplete: "off" })
  );
}

/** One tap for what is usual or in stock, or own words. @param {string} id @param {string} label @param {string[]} usual */
function choice(id, label, usual) {
  const own = input(id, "text", 80);
  const chips = usual.map((words) => {
    const chip = html("button", { type: "button", class: "chip", "aria-pressed": "false" }, [words]);
    chip.addEventListener("click", () => {
      const on = chip.getAttribute("aria-pressed") !== "true";
      for (const other of chips) other.setAttribute("aria-pressed", "false");
      chip.setAttribute("aria-pressed", String(on));
      if (on) own.value = "";
    });
    return chip;
  });
  own.addEventListener("input", () => {
    for (const chip of chips) chip.setAttribute("aria-pressed", "false");
  });
  const value = () =>
    own.value.trim() || chips.find((chip) => chip.getAttribute("aria-pressed") === "true")?.textContent || null;
  const element = html("div", { class: "stack stack--tight" }, [
    html("div", { class: "dose__own" }, [html("label", { for: id }, [label]), own]),
    chips.length ? html("div", { class: "chips", role: "group", "aria-label": label }, chips) : null,
  ]);
  return { element, value };
}

/** @param {string} words @returns {{element: HTMLElement, value: () => boolean|null}} null until somebody taps */
function yesNo(words) {
  /** @type {boolean|null} */
  let chosen = null;
  const buttons = [true, false].map((answer) => {
    const button = html("button", { type: "button", class: "answer", "aria-pressed": "false" }, [answer ? "Yes" : "No"]);
    button.addEventListener("click", () => {
      chosen = chosen === answer ? null : answer;
      for (const [index, other] of buttons.entries())
        other.setAttribute("aria-pressed", String(chosen !== null && (index === 0) === chosen));
    });
    return button;
  });
  const element = html("div", { class: "question", role: "group", "aria-label": words }, [
    html("span", {}, [words]),
    html("div", { class: "question__answers" }, buttons),
  ]);
  return { element, value: () => chosen };
}

/**
 * The end of a hold in the mouth: one tap says how.
 * @param {{commit: Commit, now: () => number, at?: number|null}} options
 * @returns {Editor}
 */
export function holdEnded({ commit, now, at = null }) {
  const when = new When(now, at);
  const buttons = [
    ["swallowed", "Swallowed"],
    ["spat out", "Spat out"],
  ].map(([then, label]) => {
    const button = html("button", { type: "button", class: "button button--room button--wide" }, [label]);
    button.addEventListener("click", () => commit("treatment.hold_ended", { then }, when.value()));
    return button;
  });
  return {
    element: html("div", { class: "stack" }, [
      html("p", {}, ["Choose the time first if it was not just now."]),
      when.element,
      ...buttons,
    ]),
    when,
    focus: /** @type {HTMLElement} */ (buttons[0]),
  };
}
