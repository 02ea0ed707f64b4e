// @ts-check
// One room on the board: phase, time left, the last values with their age, what is due, what alarms. Made to be read
// from across a room.

import { html, icon, say } from "./svg.js";
import { alarmShape } from "./alarm_shapes.js";
import { deliveredMg, pumpEmptyAt, rateAt } from "./dose.js";
import { vitalsFirst } from "./due.js";
import { age, countdown, stopwatch } from "./time_words.js";
import { figure, itemWords } from "./words.js";
import { doseClock } from "./dose_card.js";
import { PHASE_WORDS } from "./room_view.js";
import { sure } from "./sure.js";

/** @typedef {import("./session_state.js").SessionState} SessionState */
/** @typedef {import("./due.js").DueItem} DueItem */
/** @typedef {import("./alarm_log.js").StandingAlarm} StandingAlarm */

/** @type {[string, string[], string][]} */
const VALUES = [
  ["BP", ["systolic_mmhg", "diastolic_mmhg"], "pressure"],
  ["HR", ["heart_rate_per_min"], "heart"],
  ["SpO₂", ["spo2_percent"], "spo2"],
  ["RR", ["respiratory_rate_per_min"], "breathing"],
  ["Sed", ["sedation"], "sedation"],
  ["Diss", ["dissociation"], "dissociation"],
];

export class BoardCard {
  /** @param {string} href */
  constructor(href) {
    this.room = html("span", { class: "card-room__name" });
    this.who = html("span", { class: "card-room__who" });
    this.phase = html("span", { class: "card-room__phase" });
    this.time = html("span", { class: "card-room__time" });
    this.left = html("span", { class: "card-room__left" });
    this.alarm = html("p", { class: "card-room__alarm", hidden: true });
    this.values = VALUES.map(([name, measures, tone]) => {
      const value = html("span", { class: "card-room__value" });
      const note = html("span", { class: "card-room__age" });
      return {
        measures,
        value,
        note,
        box: html("div", { class: `card-room__reading card-room__reading--${tone}` }, [
          html("span", { class: "card-room__label" }, [name]),
          value,
          note,
        ]),
      };
    });
    this.due = html("p", { class: "card-room__due" });
    this.dose = html("p", { class: "card-room__dose" });
    this.element = html("a", { class: "card-room", href }, [
      html("header", { class: "card-room__head" }, [
        html("div", {}, [this.room, this.who]),
        html("div", { class: "card-room__clock" }, [this.phase, this.time]),
      ]),
      this.alarm,
      html(
        "div",
        { class: "card-room__readings" },
        this.values.map(({ box }) => box),
      ),
      html("footer", { class: "card-room__foot" }, [
        this.due,
        html("div", { class: "card-room__amount" }, [this.dose, this.left]),
      ]),
    ]);
  }

  /**
   * @param {{state: SessionState, room: string|null, who: string, due: DueItem[], alarms: StandingAlarm[], now: number}} about
   */
  show({ state, room, who, due, alarms, now }) {
    say(this.room, room ?? "No room");
    say(this.who, who);
    say(this.phase, sure(PHASE_WORDS[state.phase]));
    this.element.dataset.phase = state.phase;
    const since = state.dose.first_dose_at ?? state.opening?.at ?? null;
    say(this.time, since === null ? "" : stopwatch(now - since));
    const late = new Set(due.filter((item) => item.status === "overdue").flatMap((item) => item.missing));
    const alarmed = new Set(alarms.flatMap((alarm) => alarm.measures));
    for (const { measures, value, note, box } of this.values) {
      const readings = measures.map((measure) => state.latest(measure));
      const [first] = readings;
      say(value, first ? readings.map((reading) => (reading ? figure(reading.value) : "–")).join("/") : "–");
      say(note, first ? age(now - first.at) : "");
      box.dataset.standing = measures.some((measure) => alarmed.has(measure))
        ? "alarm"
        : measures.some((measure) => late.has(measure))
          ? "late"
          : first
            ? "here"
            : "none";
    }
    this.showDue(due, now);
    this.showDose(state, now);
    const [alarm] = alarms.filter((one) => one.signal !== "missed");
    this.showAlarm(alarm);
    this.element.dataset.standing = alarm
      ? alarm.answered_at === null
        ? "alarm"
        : "answered"
      : late.size
        ? "late"
        : due[0]?.status === "due"
          ? "due"
          : "quiet";
  }

  /** The most urgent one; the rest stand in the bands above. @param {StandingAlarm|undefined} alarm */
  showAlarm(alarm) {
    this.alarm.hidden = !alarm;
    const name = alarm ? `${alarm.alarm_id} ${alarm.answered_by}` : "";
    if (this.alarm.dataset.name === name) return;
    this.alarm.dataset.name = name;
    if (!alarm) return;
    this.alarm.dataset.tone = alarm.tone;
    this.alarm.dataset.answered = String(alarm.answered_at !== null);
    this.alarm.replaceChildren(
      alarmShape(alarm.shape),
      html("span", {}, [alarm.answered_by ? `${alarm.title} · ${alarm.answered_by}` : alarm.title]),
    );
  }

  /** @param {DueItem[]} due @param {number} now */
  showDue(due, now) {
    const [next] = due;
    const together = next ? vitalsFirst(due.filter((item) => item.due_at === next.due_at)) : [];
    const name = next ? `${next.status}${together.map((item) => item.item).join()}` : "nothing";
    if (this.due.dataset.name !== name) {
      this.due.dataset.name = name;
      this.due.dataset.status = next?.status ?? "none";
      const face = next
        ? { upcoming: "clock", "pre-alert": "timer", due: "bell", overdue: "alarm" }[next.status]
        : "check";
      this.due.replaceChildren(
        icon(face),
        html("span", { class: "card-room__due-words" }, [
          next ? together.map((item) => itemWords(item.item).replace(/ \(.*/, "")).join(" + ") : "Nothing due",
        ]),
        html("span", { class: "card-room__due-count" }),
      );
    }
    say(/** @type {Element} */ (this.due.lastElementChild), next ? countdown(next.due_at, now) : "");
  }

  /** @param {SessionState} state @param {number} now */
  showDose(state, now) {
    const { dose, plan } = state;
    say(
      this.dose,
      dose.first_dose_at === null
        ? plan
          ? `${figure(plan.dose_mg)} mg ${plan.route} ordered`
          : ""
        : `${deliveredMg(dose, now).toFixed(1)} of ${plan ? figure(plan.dose_mg) : "–"} mg`,
    );
    const empty_at = rateAt(dose, now) ? pumpEmptyAt(dose) : null;
    const left = empty_at === null ? "" : empty_at > now ? `${stopwatch(empty_at - now)} left` : "order is in";
    say(this.left, left || doseClock(state, now));
  }
}
