// @ts-check
// The monitor beside the chart: what it says now, one tap to chart it, and its trace behind the charted marks.
// Nothing here is charted by itself, and nothing that is measured is shown without its age.

import { csrfToken } from "../web/js/csrf.js";
import { html, icon } from "../treatment/svg.js";
import { Trace } from "./room_trace.js";

const LOOK_EVERY_MS = 5_000;
const LOOK_SELDOM_MS = 60_000;
const LOST_AFTER_S = 15;

const REASONS = ["Movement", "Probe or cuff is off", "Cuff fault", "Not this patient"];

/** @type {[string[], string][]} measures, and how they are written */
const SHOWN = [
  [["systolic_mmhg", "diastolic_mmhg"], "BP"],
  [["heart_rate_per_min"], "HR"],
  [["spo2_percent"], "SpO₂"],
  [["respiratory_rate_per_min"], "RR"],
  [["temperature_c"], "T"],
];

/**
 * @typedef {object} Offer values of one moment that could be charted
 * @property {string} token
 * @property {string} device
 * @property {"pressure"|"median"} about
 * @property {string} at
 * @property {Record<string, number>} content
 * @property {string[]} unusual
 * @property {number} samples
 * @property {number} left_out
 * @property {boolean} due
 */

/**
 * @typedef {object} Said the answer of the session's monitor address
 * @property {{name: string, kind: string, last_at: string|null, clock_s: number|null, clock_warning: boolean|null}[]} devices
 * @property {Record<string, number>} values
 * @property {Offer[]} offers
 * @property {{what: string, since: string, meaning: string, action: string}[]} differences
 * @property {string[]} names_another
 * @property {boolean} asks_confirmation
 * @property {string} server_time
 */

class RoomMonitor {
  /** @param {any} room @param {DOMStringMap} links */
  constructor(room, links) {
    this.room = room;
    this.links = links;
    /** @type {Said|null} */
    this.said = null;
    this.heard_at = 0;
    /** @type {string|null} what went wrong with the last tap */
    this.trouble = null;
    /** @type {string[]} fields that this person is asked about */
    this.asked = [];
    this.busy = false;
    this.panel = html("section", { class: "monitor", "aria-labelledby": "monitor-title", hidden: true });
    document.querySelector("#due")?.after(this.panel);
    this.trace = new Trace(room, links.additionTrace ?? "");
  }

  start() {
    this.look();
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.lookSoon(0);
    });
    setInterval(() => this.age(), 1000);
  }

  /** @param {number} ms */
  lookSoon(ms) {
    clearTimeout(this.looking);
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.looking = setTimeout(() => this.look(), ms);
  }

  async look() {
    const over = ["discharged", "signed"].includes(this.room.state.phase);
    if (!document.hidden && !this.busy) {
      try {
        const answer = await fetch(this.links.additionMonitor ?? "", {
          credentials: "same-origin",
          headers: { Accept: "application/json" },
          signal: AbortSignal.timeout(10_000),
        });
        if (answer.ok) {
          this.said = await answer.json();
          this.heard_at = performance.now();
          this.show();
          this.trace.offer(Boolean(this.said?.devices.length) || over);
        }
      } catch {
        // no line: the panel's own age says so, and the values fade
      }
    }
    this.lookSoon(this.said?.devices.length && !over ? LOOK_EVERY_MS : LOOK_SELDOM_MS);
  }

  /** Draws the panel anew; a focused button keeps its focus. */
  show() {
    const { said, panel } = this;
    if (!said) return;
    panel.hidden = !said.devices.length;
    const focused = panel.contains(document.activeElement)
      ? /** @type {HTMLElement} */ (document.activeElement).dataset.name
      : undefined;
    const due = said.offers.some((offer) => offer.due);
    panel.classList.toggle("monitor--due", due);
    panel.replaceChildren(
      html("div", { class: "monitor__head" }, [
        html("h2", { class: "side__title", id: "monitor-title" }, [said.devices.map((device) => device.name).join(", ")]),
        html("span", { class: "monitor__age" }),
      ]),
      this.values(said),
      ...this.warnings(said),
      ...(this.trouble ? [html("p", { class: "monitor__warning", role: "alert" }, [icon("warning"), this.trouble])] : []),
      this.buttons(said, due),
    );
    this.age();
    if (focused) /** @type {HTMLElement|null} */ (panel.querySelector(`[data-name="${focused}"]`))?.focus();
  }

  /** What would be charted; what is not offered (charted already, or left out) as it was measured last. @param {Said} said */
  values(said) {
    const list = html("dl", { class: "monitor__values" });
    const pair = (/** @type {string} */ label, /** @type {string} */ words, offered = false) =>
      list.append(
        html("div", { class: offered ? "monitor__pair monitor__pair--offered" : "monitor__pair" }, [
          html("dt", {}, [label]),
          html("dd", {}, [words]),
        ]),
      );
    for (const [measures, label] of SHOWN) {
      const offered = measures.map((measure) => valueOf(said.offers, measure));
      const values = measures.map((measure, index) => offered[index] ?? said.values[measure]);
      if (values.every((value) => value === undefined)) continue;
      pair(label, values.map((value) => value ?? "–").join("/"), offered[0] !== undefined);
    }
    const rate = said.values.pump_rate_ml_per_h;
    if (rate !== undefined) pair("Pump", `${rate} mL/h`);
    if (!list.children.length) return html("p", { class: "monitor__none" }, ["No present values."]);
    return list;
  }

  /** @param {Said} said */
  warnings(said) {
    const warn = (/** @type {string} */ words) => html("p", { class: "monitor__warning" }, [icon("warning"), words]);
    return [
      ...said.differences.map((one) => warn(`${one.meaning} ${one.action}`)),
      ...said.names_another.map((name) =>
        warn(`${name} is set to another person: its values are not offered. Set the monitor to this patient, or to none.`),
      ),
      ...said.devices
        .filter((device) => device.clock_warning)
        .map((device) => warn(`The clock of ${device.name} is ${Math.round(device.clock_s ?? 0)} s off.`)),
    ];
  }

  /** @param {Said} said @param {boolean} due */
  buttons(said, due) {
    const row = html("div", { class: "monitor__buttons" });
    if (!said.offers.length || !this.room.permissions.has("treatment.chart")) return row;
    const unusual = said.offers.flatMap((offer) => offer.unusual);
    const sure = unusual.length > 0 && unusual.every((field) => this.asked.includes(field));
    const words = sure
      ? `${unusual.map((field) => valueOf(said.offers, field)).join(", ")} is right: chart`
      : due
        ? "Confirm"
        : "Chart these";
    const confirm = html(
      "button",
      { type: "button", class: `button button--room ${due ? "button--primary" : ""}`, "data-name": "confirm" },
      [words, html("span", { class: "visually-hidden" }, [` ${wordsOf(said.offers)}`])],
    );
    confirm.addEventListener("click", () => this.confirm(said.offers, unusual, sure));
    const wrong = html("button", { type: "button", class: "button button--room button--quiet", "data-name": "wrong" }, [
      "Not right…",
    ]);
    wrong.addEventListener("click", () => this.askWhy(said.offers));
    row.append(confirm, wrong);
    return row;
  }

  /** @param {Offer[]} offers @param {string[]} unusual @param {boolean} sure */
  async confirm(offers, unusual, sure) {
    if (unusual.length && !sure) {
      this.asked = unusual;
      this.room.announce(`Unusual: ${unusual.map((field) => valueOf(offers, field)).join(", ")}. Tap again if it is right.`);
      this.show();
      return;
    }
    await this.send(this.links.additionConfirm ?? "", offers, (offer) => ({
      token: offer.token,
      confirmed_unusual: offer.unusual,
    }));
    if (!this.trouble) this.room.announce(`Charted from the monitor: ${wordsOf(offers)}.`);
  }

  /** @param {Offer[]} offers */
  askWhy(offers) {
    const buttons = REASONS.map((reason) => {
      const button = html("button", { type: "button", class: "button button--room button--wide" }, [reason]);
      button.addEventListener("click", async () => {
        this.room.sheet.close();
        await this.send(this.links.additionArtefact ?? "", offers, (offer) => ({ token: offer.token, reason }));
        if (!this.trouble) this.room.announce(`Marked as an artefact: ${reason}. The measured data is kept.`);
      });
      return button;
    });
    this.room.sheet.open({
      title: "Why are these values not right?",
      body: html("div", { class: "stack" }, [
        html("p", {}, [`${wordsOf(offers)}. They stay in the monitor’s data and are not offered again.`]),
        ...buttons,
      ]),
      focus: buttons[0],
    });
  }

  /** @param {string} address @param {Offer[]} offers @param {(offer: Offer) => object} body */
  async send(address, offers, body) {
    this.busy = true;
    this.trouble = null;
    this.asked = [];
    try {
      for (const offer of offers) {
        const answer = await fetch(address, {
          method: "POST",
          credentials: "same-origin",
          headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
          body: JSON.stringify(body(offer)),
          signal: AbortSignal.timeout(15_000),
        });
        if (answer.ok) continue;
        const problem = (await answer.json().catch(() => null))?.errors?.[0];
        throw new Error(problem ? `${problem.problem} ${problem.fix ?? ""}` : `The server answered ${answer.status}.`);
      }
    } catch (trouble) {
      this.trouble = `NOT charted: ${trouble instanceof Error ? trouble.message : "no line"}`;
      this.room.alarmWords(this.trouble);
    } finally {
      this.busy = false;
      this.show();
      this.lookSoon(this.trouble ? LOOK_EVERY_MS : 300);
    }
  }

  /** How old what is shown is: from the last message, and from the last word of the server. */
  age() {
    const { said } = this;
    const place = this.panel.querySelector(".monitor__age");
    if (!said || !place) return;
    const since_s = (performance.now() - this.heard_at) / 1000;
    const ages = said.devices
      .filter((device) => device.last_at)
      .map((device) => (Date.parse(said.server_time) - Date.parse(/** @type {string} */ (device.last_at))) / 1000);
    const age_s = ages.length ? Math.min(...ages) + since_s : Infinity;
    const lost = age_s > LOST_AFTER_S;
    this.panel.classList.toggle("monitor--lost", lost);
    const words = age_s === Infinity ? "no message yet" : `${lost ? "silent for " : ""}${Math.max(0, Math.round(age_s))} s`;
    if (place.textContent !== words) place.textContent = words;
  }
}

/** @param {Offer[]} offers */
function wordsOf(offers) {
  return SHOWN.map(([measures, label]) => {
    const values = measures.map((measure) => valueOf(offers, measure)).filter((value) => value !== undefined);
    return values.length ? `${label} ${values.join("/")}` : "";
  })
    .filter(Boolean)
    .join(" · ");
}

/** @param {Offer[]} offers @param {string} measure */
function valueOf(offers, measure) {
  return offers.map((offer) => offer.content[measure]).find((value) => value !== undefined);
}

const page = document.querySelector("[data-session]");
if (page instanceof HTMLElement && "room" in page) new RoomMonitor(page.room, page.dataset).start();
