// @ts-check
// What belongs to this device alone: whether it sounds, whether single letters are shortcuts, what it still has to send.

import { html } from "./svg.js";
import { ACTIONS } from "./actions.js";
import { age, clockTime } from "./time_words.js";
import { inWords } from "./words.js";
import { entryFromUnsent } from "./entries.js";

const SHORTCUTS = "ketachart.shortcuts";

export const shortcutsOn = () => localStorage.getItem(SHORTCUTS) !== "off";

/** @param {string} id @param {string} words @param {boolean} on @param {(on: boolean) => void} change */
function toggle(id, words, on, change) {
  const input = /** @type {HTMLInputElement} */ (html("input", { type: "checkbox", id, class: "switch" }));
  input.checked = on;
  input.addEventListener("change", () => change(input.checked));
  return html("label", { class: "setting", for: id }, [html("span", {}, [words]), input]);
}

/** Light or dark; web/js/theme.js listens for these buttons on every page. */
function themeChoice() {
  const now = localStorage.getItem("ketachart.theme") ?? "system";
  const buttons = [
    ["light", "Light"],
    ["dark", "Dark"],
    ["system", "As the system"],
  ].map(([choice, words]) =>
    html(
      "button",
      { type: "button", class: "answer", "data-theme-choice": choice, "aria-pressed": String(choice === now) },
      [words ?? ""],
    ),
  );
  return html("div", { class: "row", role: "group", "aria-label": "Light or dark on this device" }, buttons);
}

/** @type {[string, string][]} */
const LISTENERS = [
  ["nurse", "Every alarm"],
  ["charge nurse", "What reaches the charge nurse"],
  ["prescriber", "What reaches the prescriber"],
];

/** @type {[import("./sound.js").Signal, string][]} */
const SAMPLES = [
  ["soon", "Soon"],
  ["due", "Due"],
  ["overdue", "Overdue"],
  ["caution", "Look"],
  ["call", "Patient calls"],
  ["alarm", "Alarm"],
  ["emergency", "Emergency"],
  ["lost", "No line"],
];

/**
 * What this device lets hear and feel. By the patient's head it is silent, whatever else is set.
 * @param {import("./sound.js").Sounder} sounder
 * @param {() => void} changed
 */
export function soundSettings(sounder, changed) {
  const volume = /** @type {HTMLInputElement} */ (
    html("input", { type: "range", id: "setting-volume", min: 10, max: 100, step: 10, value: sounder.volume })
  );
  volume.addEventListener("input", () => {
    sounder.volume = Number(volume.value);
  });
  const listens = /** @type {HTMLSelectElement} */ (
    html(
      "select",
      { id: "setting-listens" },
      LISTENERS.map(([rung, words]) => html("option", { value: rung, selected: sounder.listens_for === rung }, [words])),
    )
  );
  listens.addEventListener("change", () => {
    sounder.listens_for = listens.value;
  });
  const samples = SAMPLES.map(([signal, words]) => {
    const button = html("button", { type: "button", class: "button" }, [words]);
    button.addEventListener("click", () => {
      sounder.wake();
      sounder.play(signal);
    });
    return button;
  });
  return html("div", { class: "stack" }, [
    toggle(
      "setting-head",
      "This device is beside the patient's head: it never sounds and never shakes",
      sounder.by_the_head,
      (yes) => {
        sounder.by_the_head = yes;
        changed();
      },
    ),
    toggle("setting-sound", "Sound on this device", localStorage.getItem("ketachart.sound") !== "off", (on) => {
      sounder.on = on;
      sounder.wake();
      changed();
    }),
    toggle("setting-vibrate", "It shakes", sounder.vibrates, (on) => {
      sounder.vibrates = on;
    }),
    html("label", { class: "setting", for: "setting-volume" }, [html("span", {}, ["Loudness"]), volume]),
    html("label", { class: "setting", for: "setting-listens" }, [html("span", {}, ["Alarms that sound here"]), listens]),
    html("div", { class: "row", role: "group", "aria-label": "Hear the sounds" }, samples),
  ]);
}

/** @param {import("./room.js").Room} room */
export function deviceSettings(room) {
  const { sounder, clock, outbox } = room;
  const offset_s = Math.round((clock.offset_ms ?? 0) / 1000);
  const keys = Object.values(ACTIONS);
  return html("div", { class: "stack" }, [
    soundSettings(sounder, () => room.watch.showLine()),
    themeChoice(),
    toggle("setting-keys", "Single letters are shortcuts", shortcutsOn(), (on) =>
      localStorage.setItem(SHORTCUTS, on ? "on" : "off"),
    ),
    html("p", { class: "soft small" }, [
      `E emergency, ? this sheet, ${[...new Set(keys.map(({ key, label }) => `${key.toUpperCase()} ${label.toLowerCase()}`))].join(", ")}. Escape closes a sheet.`,
    ]),
    html("h3", {}, ["Not on the server yet"]),
    unsentList(room),
    html("h3", {}, ["Clock"]),
    html("p", { class: "soft" }, [
      clock.offset_ms === null
        ? "This device has not heard the server's time yet: entries carry its own time."
        : Math.abs(offset_s) < 2
          ? "This device's clock agrees with the server."
          : `This device's clock is ${age(Math.abs(offset_s) * 1000)} ${offset_s > 0 ? "behind" : "ahead of"} the server. Entries carry the server's time.`,
    ]),
    html("p", { class: "soft small" }, [`Device name: ${outbox.options.device}`]),
  ]);
}

/** Every entry that is not saved, and for a refused one why, and what to do. @param {import("./room.js").Room} room */
export function unsentList(room) {
  const events = room.outbox.unsent();
  if (!events.length) return html("p", { class: "soft" }, ["Everything charted on this device is on the server."]);
  return html(
    "ul",
    { class: "unsent" },
    events.map((event) => {
      const entry = entryFromUnsent(event);
      const mine = event.user_id === room.me.id;
      const status =
        event.status === "pending"
          ? mine
            ? "waiting to be sent"
            : `waits for ${event.author_name} to sign in on this device`
          : event.status === "conflict"
            ? "in conflict: the server has another entry under this mark"
            : "refused";
      const item = html("li", { class: `unsent__item unsent__item--${event.status}` }, [
        html("p", { class: "unsent__what" }, [`${clockTime(entry.at)} ${inWords(entry)}`]),
        html("p", { class: "unsent__status" }, [status]),
        event.problem
          ? html("p", { class: "unsent__problem" }, [`${event.problem.problem} ${event.problem.fix ?? ""}`])
          : null,
      ]);
      if (event.status === "refused" || event.status === "conflict") {
        const again = html("button", { type: "button", class: "button" }, ["Send again"]);
        again.addEventListener("click", () => room.outbox.retry(event.id));
        const aside = html("button", { type: "button", class: "button button--danger-quiet" }, [
          "I have read it: set aside",
        ]);
        aside.addEventListener("click", () => {
          room.chart("treatment.note_written", {
            text: `Set aside, not in the record (${event.status}: ${event.problem?.problem ?? ""}): ${clockTime(entry.at)} ${inWords(entry)}`,
          });
          room.outbox.setAside(event.id);
        });
        if (event.kind === "treatment.dose_given" && event.status === "refused" && mine)
          item.append(givenAllTheSame(room, event));
        item.append(html("div", { class: "row" }, [event.status === "refused" ? again : "", aside]));
      }
      return item;
    }),
  );
}

/**
 * A dose that the server refuses was given before it could be asked: with its reason the record takes it.
 * @param {import("./room.js").Room} room
 * @param {import("./types.js").Unsent} event
 */
function givenAllTheSame(room, event) {
  const id = `given-${event.sequence}`;
  const reason = /** @type {HTMLInputElement} */ (
    html("input", { class: "text-input", type: "text", id, maxlength: 300, autocomplete: "off" })
  );
  const chart = html("button", { type: "button", class: "button button--primary" }, ["Chart it with this reason"]);
  chart.addEventListener("click", () => {
    if (!reason.value.trim()) return reason.focus();
    room.chart(
      event.kind,
      { ...event.content, beyond_order_reason: reason.value.trim() },
      event.effective_at,
    );
    room.outbox.setAside(event.id);
    room.sheet.close();
  });
  return html("div", { class: "stack stack--tight" }, [
    html("label", { class: "stack stack--tight", for: id }, ["It was given all the same, because", reason]),
    chart,
  ]);
}
