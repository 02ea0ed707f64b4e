// @ts-check
// Rescue in the room: what comes first, the orders that stand with what is left of them, and, for a prescriber, a new one.
// An order is the prescriber's own: nothing of it is filled in.

import { html } from "./svg.js";
import { When } from "./when.js";
import { rescueOrders } from "./care.js";
import { clockTime } from "./time_words.js";
import { figure } from "./words.js";

/** @typedef {import("./editors.js").Commit} Commit */
/** @typedef {import("./editors.js").Editor} Editor */
/** @typedef {import("./care.js").StandingOrder} StandingOrder */
/** @typedef {{id: string, title: string, first: string[], read: {text: string, source: string}[]}} RescueProblem */

/**
 * @typedef {object} Options
 * @property {Commit} commit
 * @property {() => number} now
 * @property {import("./session_state.js").SessionState} state
 * @property {RescueProblem[]} problems
 * @property {boolean} may_order
 * @property {boolean} may_give
 */

/** @param {Options} options @returns {Editor} */
export function rescue(options) {
  const { state, problems, may_order } = options;
  const standing = rescueOrders(state).filter((one) => !one.withdrawn);
  const element = html("div", { class: "stack" }, [
    standing.length
      ? html("ul", { class: "rescue" }, standing.map((one) => orderRow(one, options)))
      : html("p", { class: "message message--missing" }, ["No rescue medicine is ordered for this session."]),
    html("section", { class: "stack stack--tight" }, [
      html("h3", {}, ["First, without a medicine"]),
      ...problems.map(({ title, first, read }) =>
        html("details", { class: "rescue__first" }, [
          html("summary", {}, [title]),
          html("ul", {}, first.map((step) => html("li", {}, [step]))),
          ...read.map(({ text, source }) =>
            html("p", { class: "soft small" }, [`Read, and not an order: ${text} (${source})`]),
          ),
        ]),
      ),
    ]),
    may_order ? newOrder(options) : null,
  ]);
  return { element, focus: element.querySelector("button, summary") };
}

/** @param {StandingOrder} one @param {Options} options */
function orderRow(one, { commit, now, may_give, may_order }) {
  const { order, left, next_at, given } = one;
  const soon = next_at !== null && next_at > now();
  const beyond = !left || soon;
  const standing = [
    `${left} of ${order.most_times} left`,
    given.length ? `given ${given.map((entry) => clockTime(entry.at)).join(", ")}` : "",
    left && soon && next_at !== null ? `again from ${clockTime(next_at)}` : "",
  ];
  const reason = field(`beyond-${one.id}`, "text", 300);
  const problem = html("p", { class: "field-problem", role: "alert" });
  const give = html("button", { type: "button", class: "button button--primary button--room" }, [
    `Given now: ${order.medicine} ${figure(order.dose, 3)} ${order.dose_unit}`,
  ]);
  give.addEventListener("click", () => {
    const why = reason.value.trim();
    if (beyond && !why) {
      problem.textContent = "The order does not allow this now. Ask the prescriber; if it was given, say why.";
      return reason.focus();
    }
    commit("treatment.rescue_given", {
      order_id: one.id,
      dose: order.dose,
      dose_unit: order.dose_unit,
      beyond_order_reason: beyond ? why : null,
    });
  });
  const withdraw = html("button", { type: "button", class: "button button--room" }, ["Withdraw the order"]);
  withdraw.addEventListener("click", () =>
    commit("treatment.rescue_withdrawn", { order_id: one.id, reason: reason.value.trim() || "withdrawn" }),
  );
  return html("li", { class: "rescue__order" }, [
    html("p", {}, [
      html("strong", {}, [`${order.medicine} ${figure(order.dose, 3)} ${order.dose_unit} ${order.route}`]),
      ` ${order.instruction ?? ""}`,
    ]),
    html("p", { class: "soft" }, [standing.filter(Boolean).join(" · "), `, ordered by ${one.entry.author_name}`]),
    may_give || may_order
      ? html("label", { class: "stack stack--tight", for: reason.id, hidden: !beyond && !may_order }, [
          beyond ? "Why it was given all the same" : "Why it is withdrawn",
          reason,
        ])
      : null,
    problem,
    html("div", { class: "cluster" }, [may_give ? give : null, may_order ? withdraw : null]),
  ]);
}

/** @param {Options} options */
function newOrder({ commit, now, problems }) {
  const when = new When(now, null);
  const problem_of = /** @type {HTMLSelectElement} */ (
    html("select", { class: "text-input", id: "rescue-problem" }, [
      html("option", { value: "" }, ["Choose"]),
      ...problems.map(({ id, title }) => html("option", { value: id }, [title])),
    ])
  );
  const medicine = field("rescue-medicine", "text", 120);
  const dose = field("rescue-dose", "decimal", 10);
  const unit = field("rescue-unit", "text", 20);
  const route = field("rescue-route", "text", 40);
  const times = field("rescue-times", "numeric", 2);
  const interval = field("rescue-interval", "numeric", 4);
  const note = field("rescue-note", "text", 300);
  const trouble = html("p", { class: "field-problem", role: "alert" });
  const order = html("button", { type: "button", class: "button button--primary button--room button--wide" }, ["Order"]);
  order.addEventListener("click", () => {
    const content = {
      problem: problem_of.value,
      medicine: medicine.value.trim(),
      dose: Number(dose.value.replace(",", ".")),
      dose_unit: unit.value.trim(),
      route: route.value.trim(),
      most_times: Number(times.value),
      interval_minutes: interval.value.trim() ? Number(interval.value) : null,
      instruction: note.value.trim() || null,
    };
    const open = [
      [content.problem, "for what", problem_of],
      [content.medicine, "medicine", medicine],
      [content.dose > 0, "dose", dose],
      [content.dose_unit, "unit", unit],
      [content.route, "route", route],
      [Number.isInteger(content.most_times) && content.most_times > 0, "how often at most", times],
      [content.most_times <= 1 || (content.interval_minutes ?? 0) > 0, "minutes between", interval],
    ].filter(([known]) => !known);
    if (!open.length) return commit("treatment.rescue_ordered", content, when.value());
    trouble.textContent = `Still open: ${open.map(([, name]) => name).join(", ")}.`;
    const [first] = open;
    if (first?.[2] instanceof HTMLElement) first[2].focus();
  });
  /** @param {string} label @param {HTMLElement} input */
  const labelled = (label, input) => html("label", { class: "stack stack--tight", for: input.id }, [label, input]);
  return html("details", { class: "rescue__new" }, [
    html("summary", {}, ["New order"]),
    html("div", { class: "stack" }, [
      labelled("For", problem_of),
      labelled("Medicine", medicine),
      html("div", { class: "rescue__row" }, [labelled("Dose", dose), labelled("Unit", unit), labelled("Route", route)]),
      html("div", { class: "rescue__row" }, [
        labelled("At most how often", times),
        labelled("Minutes between", interval),
      ]),
      labelled("Instruction (optional)", note),
      trouble,
      when.element,
      order,
    ]),
  ]);
}

/** @param {string} id @param {string} mode @param {number} longest @returns {HTMLInputElement} */
function field(id, mode, longest) {
  return /** @type {HTMLInputElement} */ (
    html("input", { class: "text-input", type: "text", inputmode: mode, id, maxlength: longest, autocomplete: "off" })
  );
}
