// @ts-check
// When it happened: now, a few minutes ago, or a clock time. The time of charting is the server's affair.

import { lastTimeTheClockShowed } from "./clinic_clock.js";
import { html } from "./svg.js";
import { clockTime } from "./time_words.js";
import { sure } from "./sure.js";

const MINUTE_MS = 60_000;

export class When {
  /**
   * @param {() => number} now
   * @param {number|null} [fixed] start from this moment instead of now (a correction keeps the time of what it corrects)
   */
  constructor(now, fixed = null) {
    this.now = now;
    /** @type {number|null} null: at the moment of charting */
    this.chosen = fixed;
    this.said = html("output", { class: "when__said" });
    this.input = /** @type {HTMLInputElement} */ (
      html("input", { type: "time", class: "when__input", "aria-label": "It happened at (clock time)" })
    );
    this.input.addEventListener("change", () => this.fromClock());
    this.buttons = [0, 2, 5, 10].map((minutes) => {
      const button = html("button", { type: "button", class: "when__button", "aria-pressed": "false" }, [
        minutes ? `−${minutes}` : "Now",
      ]);
      if (minutes) button.setAttribute("aria-label", `${minutes} minutes ago`);
      button.addEventListener("click", () => this.choose(minutes ? this.now() - minutes * MINUTE_MS : null, button));
      return button;
    });
    this.element = html("div", { class: "when", role: "group", "aria-label": "When it happened" }, [
      this.said,
      html("div", { class: "when__choices" }, [...this.buttons, this.input]),
    ]);
    this.choose(fixed, fixed === null ? sure(this.buttons[0]) : null);
  }

  /** @param {number|null} at @param {HTMLElement|null} pressed */
  choose(at, pressed) {
    this.chosen = at;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button === pressed));
    if (pressed) this.input.value = "";
    this.tick();
  }

  fromClock() {
    if (!this.input.value) return this.choose(null, sure(this.buttons[0]));
    const [hours = 0, minutes = 0] = this.input.value.split(":").map(Number);
    // 23:50 typed just after midnight was yesterday
    this.choose(lastTimeTheClockShowed(hours, minutes, this.now() + MINUTE_MS), null);
  }

  tick() {
    this.said.textContent = this.chosen === null ? `Now, ${clockTime(this.now())}` : `At ${clockTime(this.chosen)}`;
  }

  /** @returns {string} ISO-8601 */
  value() {
    return new Date(this.chosen ?? this.now()).toISOString();
  }
}
