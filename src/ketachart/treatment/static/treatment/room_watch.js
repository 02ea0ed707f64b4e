// @ts-check
// What must not be missed: alarms, a lost line, entries that are not saved. Each in words, in sight, and to the ear.

import { one, say } from "./svg.js";
import { AlarmSounds } from "./alarm_log.js";
import { AlarmBands } from "./alarm_bands.js";
import { unsentList } from "./device_settings.js";
import { age } from "./time_words.js";

const LOST_REPEAT_MS = 60_000;

export class RoomWatch {
  /** @param {import("./room.js").Room} room */
  constructor(room) {
    this.room = room;
    /** @type {boolean|null} null: the line is just being opened */
    this.alive = null;
    /** @type {number|null} */
    this.last_heard_ms = null;
    this.was_lost = false;
    this.shown_stuck = 0;
    this.alarm_sounds = new AlarmSounds(room.sounder);
    this.bands = new AlarmBands(one("#alarms"), {
      may_answer: () => room.permissions.has("treatment.chart"),
      onAnswer: (alarm) => room.answer(alarm),
      onCard: (card) => room.sheets.emergency(card),
    });
    this.last_lost_sound = 0;
  }

  /** @param {import("./alarm_log.js").StandingAlarm[]} alarms @param {number} now */
  showAlarms(alarms, now) {
    this.bands.show(alarms.map((alarm) => ({ alarm, name: alarm.key, room: null })));
    const fresh = this.alarm_sounds.follow(new Map(alarms.map((alarm) => [alarm.key, alarm])), now);
    if (fresh.length)
      this.room.alarmWords(
        fresh.map((alarm) => `${alarm.word}: ${alarm.title}, ${alarm.seen}. ${alarm.action}`).join(" "),
      );
  }

  /** @param {boolean} alive @param {number|null} last_heard_ms */
  health(alive, last_heard_ms) {
    this.alive = alive;
    this.last_heard_ms = last_heard_ms;
    if (!alive && !this.was_lost) {
      this.room.alarmWords("Connection lost. Charting goes on and is kept on this device.");
    }
    if (!alive && Date.now() - this.last_lost_sound > LOST_REPEAT_MS) {
      this.room.sounder.play("lost");
      this.last_lost_sound = Date.now();
    }
    if (alive && this.was_lost) this.room.announce("Connection is back.");
    this.was_lost = !alive;
    this.showLine();
  }

  /** The line and the outbox, always in sight. */
  showLine() {
    const unsent = this.room.outbox.unsent();
    const stuck = unsent.filter((event) => event.status !== "pending").length;
    const line = one("#line");
    line.setAttribute(
      "data-standing",
      stuck ? "stuck" : this.alive ? (unsent.length ? "sending" : "live") : this.alive === null ? "opening" : "lost",
    );
    say(
      one("#line-words"),
      stuck
        ? `${stuck} refused`
        : unsent.length
          ? `${unsent.length} not sent`
          : this.alive
            ? "Live"
            : this.alive === null
              ? "Opening"
              : "No line",
    );
    const banner = one("#line-banner");
    const silent = this.last_heard_ms === null ? "" : `, last update ${age(Date.now() - this.last_heard_ms)} ago`;
    const trouble =
      this.room.outbox.trouble === "signed_out"
        ? "You are signed out. Sign in again: what you charted is kept on this device."
        : this.alive === false
          ? `Connection lost${silent}. Other people's entries are missing here; yours are kept on this device.`
          : !this.room.stream
            ? "No connection. You see what this device last knew; what you chart is kept here."
            : "";
    banner.toggleAttribute("hidden", !trouble || (!this.room.stream && !this.room.bootstrap));
    say(one("#line-banner-words"), trouble);
    this.offerSignIn(this.room.outbox.trouble === "signed_out");
    one("#sound-off").toggleAttribute(
      "hidden",
      this.room.sounder.on && (this.room.sounder.ready || !this.room.sounder.context),
    );
    if (stuck) this.showStuck(stuck);
    else this.shown_stuck = 0;
  }

  /** A refusal is brought to the person who charted, once. @param {number} count */
  showStuck(count) {
    if (this.shown_stuck === count || this.room.sheet.isOpen) return;
    this.shown_stuck = count;
    this.room.alarmWords("An entry was refused by the server.");
    this.room.sheet.open({ title: "Not accepted", body: unsentList(this.room) });
  }

  /** @param {number} status */
  closed(status) {
    const words =
      status === 404
        ? "This session is not in your clinic."
        : "You are signed out. Sign in again: what you charted is kept on this device.";
    one("#line-banner").removeAttribute("hidden");
    say(one("#line-banner-words"), words);
    this.offerSignIn(status !== 404);
    if (!this.room.bootstrap) this.blank();
  }

  /** @param {boolean} needed */
  offerSignIn(needed) {
    const link = /** @type {HTMLAnchorElement} */ (one("#line-banner-sign-in"));
    link.hidden = !needed;
    link.href = `${link.dataset.address}?next=${encodeURIComponent(location.pathname)}`;
  }

  blank() {
    const trouble = this.room.kept_trouble;
    say(one("#patient-name"), trouble ? "This device could not read what it kept" : "Session not known on this device");
    say(one("#patient-facts"), `${trouble ? `${trouble} ` : ""}It opens as soon as the server answers.`);
  }
}
