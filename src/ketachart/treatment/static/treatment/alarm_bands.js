// @ts-check
// Alarms as bands across the page, in the room and on the board: what, where, who was told, who is on it.

import { html, icon, say } from "./svg.js";
import { alarmShape } from "./alarm_shapes.js";
import { clockTime } from "./time_words.js";

/** @typedef {import("./alarm_log.js").StandingAlarm} StandingAlarm */
/** @typedef {{alarm: StandingAlarm, name: string, room: string|null}} Band */

/**
 * @typedef {object} Options
 * @property {() => boolean} may_answer
 * @property {(alarm: StandingAlarm, name: string) => void} onAnswer
 * @property {(card: string) => void} [onCard]
 */

export class AlarmBands {
  /** @param {Element} host @param {Options} options */
  constructor(host, options) {
    this.host = host;
    this.options = options;
    /** @type {Map<string, HTMLElement>} */
    this.bands = new Map();
  }

  /** @param {Band[]} bands in the order in which they stand */
  show(bands) {
    const wanted = new Map(bands.map((band) => [faceOf(band), band]));
    for (const [face, element] of this.bands) {
      if (wanted.has(face)) continue;
      element.remove();
      this.bands.delete(face);
    }
    let place = 0;
    for (const [face, band] of wanted) {
      let element = this.bands.get(face);
      if (!element) {
        element = this.band(band);
        this.bands.set(face, element);
      }
      if (this.host.children[place] !== element) this.host.insertBefore(element, this.host.children[place] ?? null);
      say(/** @type {Element} */ (element.querySelector(".alarm__seen")), seenOf(band));
      place += 1;
    }
  }

  /** @param {Band} band */
  band(band) {
    const { alarm, room } = band;
    const answered = alarm.answered_at !== null;
    const element = html("div", {
      class: "alarm",
      title: alarm.source,
      "data-alarm": alarm.key,
      "data-tone": alarm.tone,
      "data-answered": String(answered),
    });
    element.append(
      alarmShape(alarm.shape),
      html("div", { class: "alarm__words" }, [
        html("p", {}, [
          room ? html("strong", { class: "alarm__room" }, [`${room} `]) : null,
          alarm.word === alarm.title ? null : html("span", { class: "alarm__word" }, [`${alarm.word} `]),
          html("strong", { class: "alarm__title" }, [alarm.title]),
          " ",
          html("span", { class: "alarm__seen" }, []),
          html("span", { class: "alarm__action" }, [` ${alarm.action}`]),
        ]),
        html("p", { class: "alarm__who" }, [
          answered
            ? `${alarm.answered_by} is on it, ${clockTime(alarm.answered_at ?? 0)}${alarm.answer_pending ? " (not sent yet)" : ""}`
            : `Since ${clockTime(alarm.since)} · told: ${alarm.tell.join(", ")}`,
        ]),
      ]),
    );
    if (!answered && this.options.may_answer()) {
      const answer = html("button", { type: "button", class: "button alarm__answer" }, [
        icon("check"),
        alarm.signal === "call" ? "I am coming" : "I am on it",
        html("span", { class: "visually-hidden" }, [`: ${room ? `${room}, ` : ""}${alarm.title}`]),
      ]);
      answer.addEventListener("click", () => this.options.onAnswer(alarm, band.name));
      element.append(answer);
    }
    const { card } = alarm;
    const { onCard } = this.options;
    if (card && onCard) {
      const open = html("button", { type: "button", class: "button button--danger alarm__card" }, [
        icon("emergency"),
        "Card",
      ]);
      open.addEventListener("click", () => onCard(card));
      element.append(open);
    }
    return element;
  }
}

/** A band is drawn anew only when something but its age has changed. @param {Band} band */
function faceOf({ alarm, name }) {
  return [name, alarm.alarm_id, alarm.answered_by, alarm.answer_pending, alarm.tell.join()].join("|");
}

/** @param {Band} band */
const seenOf = ({ alarm }) => (alarm.seen ? `${alarm.seen}.` : "");
