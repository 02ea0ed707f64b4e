// @ts-check
// The record as a table: what the axis shows, for reading line by line and for screen readers. Struck entries stay, struck.

import { html } from "./svg.js";
import { clockTime } from "./time_words.js";
import { KIND_WORDS, sayingOf, sourceOf } from "./words.js";
import { lastOf } from "./sure.js";

/** @typedef {import("./types.js").Entry} Entry */

/** @type {WeakMap<Element, string>} */
const drawn = new WeakMap();

/**
 * @param {Element} host
 * @param {import("./session_state.js").SessionState} state
 * @param {(entry: Entry) => void} onChoose
 */
export function axisTable(host, state, onChoose) {
  const rows = [
    ...state.standing.map((entry) => ({ entry, struck: /** @type {string|null} */ (null) })),
    ...state.struck.map(({ entry, corrections }) => ({ entry, struck: lastOf(corrections).content.reason })),
  ].sort((a, b) => b.entry.at - a.entry.at || (a.entry.id < b.entry.id ? 1 : -1));
  const name = rows.map(({ entry, struck }) => `${entry.id}${entry.pending}${struck ?? ""}`).join();
  if (drawn.get(host) === name) return;
  drawn.set(host, name);
  const body = html(
    "tbody",
    {},
    rows.map(({ entry, struck }) => row(entry, struck, onChoose)),
  );
  const head = html("thead", {}, [
    html(
      "tr",
      {},
      ["Time", "What", "Said", "By"].map((word) => html("th", { scope: "col" }, [word])),
    ),
  ]);
  host.replaceChildren(
    html("table", { class: "table table--tight record-table" }, [
      html("caption", {}, ["Every entry of this session, the latest first"]),
      head,
      body,
    ]),
  );
}

/** @param {Entry} entry @param {string|null} struck @param {(entry: Entry) => void} onChoose */
function row(entry, struck, onChoose) {
  const open = html("button", { type: "button", class: "link-button" }, [KIND_WORDS[entry.kind] ?? entry.kind]);
  open.addEventListener("click", () => onChoose(entry));
  const saying = sayingOf(entry.kind, entry.content);
  return html("tr", { class: struck === null ? (entry.pending ? "is-pending" : "") : "struck" }, [
    html("th", { scope: "row" }, [clockTime(entry.at)]),
    html("td", {}, [open]),
    html(
      "td",
      {},
      struck === null
        ? [saying]
        : [html("del", {}, [saying]), html("span", { class: "record-table__reason" }, [` Struck: ${struck}`])],
    ),
    html("td", {}, [sourceOf(entry)]),
  ]);
}
