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

/** @param {import("./room.js").Room} room */
export function deviceSettings(room) {
  const { sounder, clock, outbox } = room;
  const try_sound = html("button", { type: "button", class: "button" }, ["Hear the alarm"]);
  try_sound.addEventListener("click", () => {
    sounder.wake();
    sounder.play("alarm");
  });
  const offset_s = Math.round((clock.offset_ms ?? 0) / 1000);
  const keys = Object.values(ACTIONS);
  return html("div", { class: "stack" }, [
    toggle("setting-sound", "Sound on this device. Off for a device beside the patient's head.", sounder.on, (on) => {
      sounder.on = on;
      sounder.wake();
      room.watch.showLine();
    }),
    try_sound,
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
        item.append(html("div", { class: "row" }, [event.status === "refused" ? again : "", aside]));
      }
      return item;
    }),
  );
}
