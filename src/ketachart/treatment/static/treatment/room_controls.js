// @ts-check
// What a hand does to the page itself: buttons of the head, views of the axis, single letters on the keyboard.

import { one } from "./svg.js";
import { actionsFor } from "./actions.js";
import { shortcutsOn } from "./device_settings.js";
import { sure } from "./sure.js";

/** @typedef {import("./room.js").Room} Room */

/** @param {Room} room */
export function listenTo(room) {
  one("#emergency").addEventListener("click", () => room.sheets.open("emergency"));
  one("#line").addEventListener("click", () => room.sheets.open("settings"));
  for (const button of document.querySelectorAll("[data-span]")) {
    button.addEventListener("click", () => {
      for (const other of document.querySelectorAll("[data-span]"))
        other.setAttribute("aria-pressed", String(other === button));
      const span = button.getAttribute("data-span") ?? "all";
      one("#axis").toggleAttribute("hidden", span === "table");
      one("#axis-table").toggleAttribute("hidden", span !== "table");
      if (span !== "table") room.axis.show(span === "all" ? "all" : Number(span));
    });
  }
  document.addEventListener("keydown", (event) => shortcut(room, event));
  document.addEventListener("ketachart:theme", () => room.axis.redraw());
}

/** @param {Room} room @param {KeyboardEvent} event */
function shortcut(room, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !shortcutsOn()) return;
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.closest("input, textarea, select, [contenteditable]")) return;
  const key = event.key.toLowerCase();
  const action =
    key === "e"
      ? "emergency"
      : key === "?"
        ? "settings"
        : actionsFor(room.state, room.permissions).find((one) => one.key === key)?.id;
  if (!action) return;
  event.preventDefault();
  room.sheets.open(action);
}

/** A name for this device that stays: it is on every entry. */
export function deviceName() {
  const key = "ketachart.device";
  const name =
    localStorage.getItem(key) ??
    `device-${sure(crypto.getRandomValues(new Uint32Array(1))[0])
      .toString(36)
      .slice(0, 4)}`;
  localStorage.setItem(key, name);
  return name;
}
