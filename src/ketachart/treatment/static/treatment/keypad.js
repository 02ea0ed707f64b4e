// @ts-check
// Vitals on a large keypad: one tap to open, digits, one tap to chart. Nothing is pre-filled, each value is judged while
// it is typed, an unusual one asks for confirmation, and beside each field stand the last value, its age and its source.

import { html, icon } from "./svg.js";
import { canGrow, judge } from "./entry_limits.js";
import { age } from "./time_words.js";
import { figure, measureOf, sourceOf } from "./words.js";
import { VITAL_MEASURES } from "./session_state.js";
import { When } from "./when.js";
import { sure } from "./sure.js";

/** @typedef {import("./types.js").EntryLimit} EntryLimit */
/** @typedef {import("./session_state.js").Reading} Reading */

/**
 * @typedef {object} Options
 * @property {Record<string, EntryLimit>} limits
 * @property {(measure: string) => Reading|null} latest
 * @property {() => number} now
 * @property {string} [start] the field to begin with
 * @property {Record<string, any>|null} [keeps] the reading that is corrected: a field left empty keeps its value
 * @property {number|null} [at] the time of the reading that is corrected
 * @property {string} [save_words]
 * @property {(content: Record<string, any>, effective_at: string) => void} onSave
 */

/** @typedef {{measure: string, limit: EntryLimit, input: HTMLInputElement, box: HTMLElement, note: HTMLElement, confirmed: boolean}} Field */

export class Keypad {
  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    this.when = new When(options.now, options.at ?? null);
    /** @type {Field[]} */
    this.fields = VITAL_MEASURES.filter((measure) => options.limits[measure]).map((measure) => this.makeField(measure));
    this.active = Math.max(
      0,
      this.fields.findIndex((field) => field.measure === (options.start ?? "systolic_mmhg")),
    );
    this.message = html("div", { class: "keypad__message", "aria-live": "assertive" });
    this.save = html("button", { type: "button", class: "button button--primary keypad__save" }, [
      options.save_words ?? "Chart vitals",
    ]);
    this.save.addEventListener("click", () => this.trySave());
    this.element = html("div", { class: "keypad" }, [
      html(
        "div",
        { class: "keypad__fields" },
        this.fields.map((field) => field.box),
      ),
      this.message,
      this.keys(),
      this.when.element,
      this.save,
    ]);
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.refresh();
  }

  /** The field that the keys write into. */
  get field() {
    return sure(this.fields[this.active]);
  }

  get first() {
    return this.field.input;
  }

  /** @param {string} measure @returns {Field} */
  makeField(measure) {
    const limit = sure(this.options.limits[measure]);
    const { short, unit } = measureOf(measure);
    const input = /** @type {HTMLInputElement} */ (
      html("input", {
        class: "keypad__input",
        type: "text",
        inputmode: "none",
        autocomplete: "off",
        name: measure,
        "aria-label": `${limit.label}, ${limit.unit}`,
        "aria-describedby": `last-${measure}`,
        maxlength: 6,
      })
    );
    const note = html("span", { class: "keypad__last", id: `last-${measure}` });
    const box = html("label", { class: "keypad__field", "data-measure": measure }, [
      html("span", { class: "keypad__name" }, [short, html("span", { class: "unit" }, [unit])]),
      input,
      note,
    ]);
    /** @type {Field} */
    const field = { measure, limit, input, box, note, confirmed: false };
    input.addEventListener("focus", () => this.activate(field));
    input.addEventListener("input", () => this.typed(field));
    return field;
  }

  keys() {
    const grid = html("div", { class: "keypad__keys", role: "group", "aria-label": "Keypad" });
    const key = (
      /** @type {string} */ name,
      /** @type {(string|Node)[]} */ face,
      /** @type {() => void} */ press,
      classes = "",
    ) => {
      const button = html(
        "button",
        { type: "button", class: `keypad__key ${classes}`.trim(), "aria-label": name, tabindex: -1 },
        face,
      );
      button.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
      button.addEventListener("click", press);
      grid.append(button);
    };
    const digits = (/** @type {string} */ row) =>
      [...row].forEach((digit) => key(digit, [digit], () => this.press(digit)));
    digits("123");
    key("Delete digit", [icon("back")], () => this.erase(), "keypad__key--quiet");
    digits("456");
    key("Decimal point", ["."], () => this.press("."), "keypad__key--quiet");
    digits("789");
    key("Next field", ["Next"], () => this.go(1), "keypad__key--next");
    key("0", ["0"], () => this.press("0"), "keypad__key--zero");
    return grid;
  }

  /** @param {Field} field */
  activate(field) {
    this.active = this.fields.indexOf(field);
    this.refresh();
  }

  /** @param {string} character */
  press(character) {
    const { input } = this.field;
    if (character === "." && input.value.includes(".")) return;
    input.value += character;
    this.typed(this.field);
  }

  erase() {
    const { field } = this;
    field.input.value = field.input.value.slice(0, -1);
    this.typed(field);
  }

  /** @param {Field} field */
  typed(field) {
    field.confirmed = false;
    field.input.value = field.input.value.replace(",", ".").replace(/[^\d.]/g, "");
    const { standing } = judge(field.input.value, field.limit);
    const finished = standing === "usual" || standing === "unusual";
    if (finished && !canGrow(field.input.value, field.limit)) this.go(1);
    this.refresh();
  }

  /** @param {number} step */
  go(step) {
    const next = this.fields[this.active + step];
    if (next) next.input.focus();
    else this.save.focus();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const in_field = event.target instanceof HTMLInputElement && event.target.classList.contains("keypad__input");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.trySave();
    } else if (event.key === "Enter" && in_field) {
      event.preventDefault();
      this.go(1);
    } else if (event.key === "Backspace" && in_field && this.field.input.value === "") {
      event.preventDefault();
      this.go(-1);
    }
  }

  /** Says for each field what is typed, what was last, and what is wrong. */
  refresh() {
    const now = this.options.now();
    for (const [index, field] of this.fields.entries()) {
      const { standing } = judge(field.input.value, field.limit);
      field.box.dataset.standing = standing === "unusual" && field.confirmed ? "confirmed" : standing;
      field.box.classList.toggle("is-active", index === this.active);
      field.input.setAttribute("aria-invalid", String(standing === "impossible"));
      field.note.textContent = this.lastWords(field, now);
    }
    this.when.tick();
    this.showMessage();
  }

  /** @param {Field} field @param {number} now */
  lastWords(field, now) {
    const kept = this.options.keeps?.[field.measure] ?? null;
    if (this.options.keeps) return kept === null ? "not charted" : `keeps ${figure(kept)}`;
    const last = this.options.latest(field.measure);
    if (!last) return "none yet";
    field.note.title = sourceOf(last.entry);
    return `${figure(last.value)} · ${age(now - last.at)} ago${last.entry.source === "person" ? "" : ` · ${last.entry.source}`}`;
  }

  /** @returns {Field[]} typed, unusual, and not yet confirmed */
  unconfirmed() {
    return this.fields.filter(
      (field) => !field.confirmed && judge(field.input.value, field.limit).standing === "unusual",
    );
  }

  showMessage() {
    const wrong = this.fields
      .map((field) => judge(field.input.value, field.limit))
      .find((one) => one.standing === "impossible");
    if (wrong) return this.say(wrong.message, "wrong");
    const pressure = this.pressureProblem();
    if (pressure) return this.say(pressure, "wrong");
    const [unusual] = this.unconfirmed();
    if (!unusual) return this.say("", "");
    this.say(judge(unusual.input.value, unusual.limit).message, "unusual");
    const confirm = html("button", { type: "button", class: "button keypad__confirm" }, [
      `${unusual.input.value} is right`,
    ]);
    confirm.addEventListener("click", () => {
      unusual.confirmed = true;
      this.refresh();
      if (this.unconfirmed().length === 0) this.first.focus();
    });
    this.message.append(confirm);
  }

  /** @param {string} text @param {string} tone */
  say(text, tone) {
    this.message.dataset.tone = tone;
    this.message.replaceChildren(...(text ? [html("p", {}, [text])] : []));
  }

  pressureProblem() {
    const { systolic_mmhg: systolic = null, diastolic_mmhg: diastolic = null } = this.values();
    if (systolic !== null && diastolic !== null && diastolic >= systolic)
      return `Diastolic ${diastolic} is not under systolic ${systolic}: check both numbers`;
    return null;
  }

  /** @returns {Record<string, number|null>} */
  values() {
    return Object.fromEntries(
      this.fields.map(({ measure, limit, input }) => [
        measure,
        judge(input.value, limit).value ?? (input.value === "" ? (this.options.keeps?.[measure] ?? null) : null),
      ]),
    );
  }

  typedCount() {
    return this.fields.filter((field) => field.input.value !== "").length;
  }

  /** @returns {string|null} what closing would lose */
  unsaved() {
    const count = this.typedCount();
    return count ? `${count} typed ${count === 1 ? "value is" : "values are"} not charted.` : null;
  }

  trySave() {
    const bad = this.fields.find((field) =>
      ["impossible", "typing"].includes(judge(field.input.value, field.limit).standing),
    );
    if (bad) {
      bad.input.focus();
      const { message } = judge(bad.input.value, bad.limit);
      return this.say(
        message || `${bad.limit.label} is not finished: ${bad.limit.minimum} to ${bad.limit.maximum} ${bad.limit.unit}`,
        "wrong",
      );
    }
    if (!this.typedCount() && !this.options.keeps) {
      this.first.focus();
      return this.say("Nothing is typed yet: enter at least one value", "wrong");
    }
    if (this.pressureProblem()) return this.say(/** @type {string} */ (this.pressureProblem()), "wrong");
    const values = this.values();
    if ((values.systolic_mmhg === null) !== (values.diastolic_mmhg === null)) {
      const missing = this.fields.find(
        (field) => field.measure === (values.systolic_mmhg === null ? "systolic_mmhg" : "diastolic_mmhg"),
      );
      missing?.input.focus();
      return this.say("A blood pressure has two values: enter systolic and diastolic", "wrong");
    }
    if (this.unconfirmed().length) {
      this.showMessage();
      /** @type {HTMLElement|null} */ (this.message.querySelector("button"))?.focus();
      return;
    }
    const confirmed_unusual = this.fields
      .filter(
        (field) =>
          field.confirmed ||
          (field.input.value === "" && (this.options.keeps?.confirmed_unusual ?? []).includes(field.measure)),
      )
      .map((field) => field.measure);
    this.options.onSave({ ...values, confirmed_unusual }, this.when.value());
  }
}
