// @ts-check
// Where the dose stands by routes that have no pump: devices or parts one by one, what may be given next and when, how
// long a troche has been in the mouth, and the two hours after Spravato. It counts down; it decides nothing.

import { html, icon, say } from "./svg.js";
import { nextDose } from "./single_dose.js";
import { byDevices, byPump, doseName, inSeveral, routeWords } from "./routes.js";
import { clockTime, stopwatch } from "./time_words.js";
import { figure } from "./words.js";
import { sure } from "./sure.js";

/** @typedef {import("./session_state.js").SessionState} SessionState */

const MINUTE_MS = 60_000;
/** The REMS asks for at least two hours after the first device; rule DI03 holds the gate. */
const OBSERVED_MINUTES = 120;

/** @param {HTMLElement} host @param {() => void} onBeyond @returns {(state: SessionState, now: number) => void} */
export function doseCard(host, onBeyond) {
  const title = html("h2", { class: "side__title", id: "dose-card-title" });
  const rows = html("ol", { class: "doses" });
  const clock = html("p", { class: "doses__clock", role: "timer" });
  const note = html("p", { class: "doses__note" });
  const beyond = html("button", { type: "button", class: "button button--quiet doses__beyond" }, [
    "A dose beyond the order was given",
  ]);
  beyond.addEventListener("click", onBeyond);
  host.append(title, rows, clock, note, beyond);
  return (state, now) => {
    const { plan } = state;
    const shown = plan !== null && !byPump(plan) && !["discharged", "signed"].includes(state.phase);
    host.hidden = !shown;
    if (!shown || !plan) return;
    const words = routeWords(plan);
    const next = nextDose(state.dose.boluses, plan, state.weight_kg);
    say(title, inSeveral(plan) ? `${words.one}s` : "Dose");
    showRows(rows, state, next, now);
    const [number, said] = clockWords(state, next, now);
    say(clock, number);
    clock.hidden = !number;
    say(note, said);
    beyond.hidden = next !== null || state.phase !== "dosing";
    host.dataset.standing = standing(state, next, now);
  };
}

/** @param {Element} list @param {SessionState} state @param {import("./single_dose.js").NextDose|null} next @param {number} now */
function showRows(list, state, next, now) {
  const { boluses } = state.dose;
  const plan = /** @type {Record<string, any>} */ (state.plan);
  const given = boluses.map((bolus, index) => ({
    face: "met",
    standing: "given",
    what: `${doseName(plan, bolus.device ?? bolus.part ?? index + 1)}: ${figure(bolus.dose_mg, 2)} mg`,
    said: [clockTime(bolus.at), bolus.lot ? `lot ${bolus.lot}` : "", bolus.then ?? ""].filter(Boolean).join(" · "),
  }));
  const waiting = [];
  const over = ["recovery", "discharged", "signed"].includes(state.phase);
  for (let number = next?.number ?? 1; next && !over && number <= Math.max(next.of, next.number); number += 1) {
    const first = number === next.number;
    const wait = first && next.not_before !== null && next.not_before > now;
    const dose_mg = byDevices(plan) ? plan.device_mg : first ? next.dose_mg : (plan.parts?.[number - 1] ?? null);
    waiting.push({
      face: wait ? "timer" : first ? "start" : "waiting",
      standing: wait ? "rest" : first ? "next" : "later",
      what: `${doseName(plan, number)}${dose_mg === null ? "" : `: ${figure(dose_mg, 2)} mg`}`,
      said: wait ? `not before ${clockTime(sure(next.not_before ?? undefined))}` : first ? "may be given" : "later",
    });
  }
  const all = [...given, ...waiting];
  const name = JSON.stringify(all);
  if (list.getAttribute("data-name") === name) return;
  list.setAttribute("data-name", name);
  list.replaceChildren(
    ...all.map((row) =>
      html("li", { class: "doses__row", "data-standing": row.standing }, [
        icon(row.face),
        html("span", { class: "doses__what" }, [row.what]),
        html("span", { class: "doses__said" }, [row.said]),
      ]),
    ),
  );
}

/** The one clock that matters now, and what it counts. @param {SessionState} state @param {import("./single_dose.js").NextDose|null} next @param {number} now @returns {[string, string]} */
function clockWords(state, next, now) {
  const plan = /** @type {Record<string, any>} */ (state.plan);
  const { first_dose_at, boluses } = state.dose;
  const last = boluses[boluses.length - 1];
  const left = next ? `${figure(next.left_mg, 2)} mg left of the order` : "nothing left of the order";
  if (first_dose_at === null) return ["", "nothing given yet"];
  if (holding(state) && last) {
    const held = now - last.at;
    const until = plan.hold_minutes ? last.at + plan.hold_minutes * MINUTE_MS : null;
    const then = plan.then ? `, then ${plan.then}` : "";
    return [
      stopwatch(held),
      until === null
        ? "in the mouth"
        : now < until
          ? `in the mouth, until ${clockTime(until)}${then}`
          : `hold time is over${then}: chart the end`,
    ];
  }
  const in_dosing = state.phase === "dosing";
  if (in_dosing && next?.not_before && next.not_before > now)
    return [stopwatch(next.not_before - now + 999), `until the next may be given · ${left}`];
  if (byDevices(plan)) {
    const until = first_dose_at + OBSERVED_MINUTES * MINUTE_MS;
    return now < until
      ? [stopwatch(until - now + 999), `until two hours after the first device (${clockTime(until)})${in_dosing && next ? ` · ${left}` : ""}`]
      : ["2:00 h", "two hours since the first device are over"];
  }
  return ["", in_dosing ? left : `last dose ${last ? clockTime(last.at) : "–"}`];
}

/** The same clock in a few letters, for the board. @param {SessionState} state @param {number} now */
export function doseClock(state, now) {
  const { plan, dose } = state;
  const last = dose.boluses[dose.boluses.length - 1];
  if (!plan || byPump(plan) || !last || dose.first_dose_at === null) return "";
  if (holding(state)) return `in the mouth ${stopwatch(now - last.at)}`;
  const next = nextDose(dose.boluses, plan, state.weight_kg);
  if (state.phase === "dosing" && next)
    return next.not_before && next.not_before > now
      ? `next in ${stopwatch(next.not_before - now + 999)}`
      : "next may be given";
  const until = dose.first_dose_at + OBSERVED_MINUTES * MINUTE_MS;
  return byDevices(plan) && now < until ? `2 h in ${stopwatch(until - now)}` : "";
}

/** Something is in the mouth. @param {SessionState} state */
export function holding(state) {
  const last = state.dose.boluses[state.dose.boluses.length - 1];
  return state.plan?.route === "sublingual" && last !== undefined && last.held_until === null;
}

/** @param {SessionState} state @param {import("./single_dose.js").NextDose|null} next @param {number} now */
function standing(state, next, now) {
  const last = state.dose.boluses[state.dose.boluses.length - 1];
  const minutes = state.plan?.hold_minutes ?? null;
  if (holding(state) && last && minutes !== null && now >= last.at + minutes * MINUTE_MS) return "over";
  if (state.phase === "dosing" && next?.not_before && next.not_before > now) return "rest";
  return "here";
}
