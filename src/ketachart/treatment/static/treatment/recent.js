// @ts-check
// The latest entries, beside the axis: what was just charted, whether it is on the server, and the way to correct it.

import { html, icon } from "./svg.js";
import { clockTime } from "./time_words.js";
import { KIND_WORDS, sayingOf } from "./words.js";

/** @typedef {import("./types.js").Entry} Entry */

const SHOWN = 12;

/** What the alarm bands already say. */
const SAID_ABOVE = new Set(["treatment.alarm_raised", "treatment.alarm_escalated", "treatment.alarm_ended"]);

/** @type {WeakMap<Element, string>} */
const drawn = new WeakMap();

/**
 * What does not fit together: only a person can settle it, so it stays in sight until somebody corrects an entry.
 * @param {Element} host
 * @param {import("./session_state.js").SessionState} state
 * @param {(entry: Entry) => void} onChoose
 */
export function conflictsToSettle(host, state, onChoose) {
  const name = state.conflicts.map(({ entry_ids, meaning }) => `${entry_ids.join(" ")} ${meaning}`).join(";");
  host.toggleAttribute("hidden", !state.conflicts.length);
  if (drawn.get(host) === name) return;
  drawn.set(host, name);
  host.replaceChildren(
    ...state.conflicts.map(({ at, entry_ids, meaning }) => {
      const entry = [...entry_ids]
        .reverse()
        .map((id) => state.standing.find((one) => one.id === id))
        .find(Boolean);
      const button = html("button", { type: "button", class: "conflict" }, [
        icon("warning"),
        html("span", {}, [html("strong", {}, [`To settle, ${clockTime(at)}: `]), meaning]),
      ]);
      if (entry) button.addEventListener("click", () => onChoose(entry));
      return html("li", {}, [button]);
    }),
  );
}

/** @param {{entry: Entry, struck: boolean}|undefined} row */
const isFeed = (row) =>
  row !== undefined && !row.struck && row.entry.source !== "person" && row.entry.kind === "treatment.vitals_charted";

/**
 * @param {Element} host
 * @param {import("./session_state.js").SessionState} state
 * @param {(entry: Entry) => void} onChoose
 */
export function recentEntries(host, state, onChoose) {
  const rows = [
    ...state.standing
      .filter((entry) => !SAID_ABOVE.has(entry.kind))
      .map((entry) => ({ entry, struck: false })),
    ...state.struck
      .filter(({ entry }) => entry.kind !== "treatment.event_corrected")
      .map(({ entry }) => ({ entry, struck: true })),
  ]
    .sort((a, b) => b.entry.at - a.entry.at || (a.entry.id < b.entry.id ? 1 : -1))
    .filter((row, index, all) => !(isFeed(row) && isFeed(all[index - 1]))) // of a monitor's run only the latest
    .slice(0, SHOWN);
  const name = rows.map(({ entry, struck }) => `${entry.id}${entry.pending}${struck}`).join();
  if (drawn.get(host) === name) return;
  drawn.set(host, name);
  host.replaceChildren(
    ...rows.map(({ entry, struck }) => {
      const saying = sayingOf(entry.kind, entry.content);
      const words = saying
        ? entry.kind === "treatment.vitals_charted"
          ? saying
          : `${KIND_WORDS[entry.kind] ?? entry.kind}: ${saying}`
        : (KIND_WORDS[entry.kind] ?? entry.kind);
      const button = html("button", { type: "button", class: "recent__entry" }, [
        html("span", { class: "recent__time" }, [clockTime(entry.at)]),
        html("span", { class: "recent__words" }, [struck ? html("del", {}, [words]) : words]),
        entry.pending ? html("span", { class: "recent__pending" }, [icon("pending", "icon--small"), "not sent"]) : null,
      ]);
      button.addEventListener("click", () => onChoose(entry));
      return html("li", { class: entry.pending ? "is-pending" : "" }, [button]);
    }),
  );
}
