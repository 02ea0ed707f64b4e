// @ts-check
// What is due, soonest first, with countdowns that run on without a network. It sounds before a reading is due and when it
// is due. Once it is overdue it is an alarm (alarm_log.js), which sounds, climbs and is answered; here it says who is told.

import { html, icon, say } from "./svg.js";
import { clockTime, countdown } from "./time_words.js";
import { itemWords } from "./words.js";
import { sure } from "./sure.js";

/** @typedef {import("./due.js").DueItem} DueItem */

/** @type {Record<string, {word: string, icon: string}>} */
const STATUS = {
  upcoming: { word: "Later", icon: "clock" },
  "pre-alert": { word: "Soon", icon: "timer" },
  due: { word: "Due now", icon: "bell" },
  overdue: { word: "Overdue", icon: "alarm" },
};

/**
 * @typedef {object} Options
 * @property {(item: string) => void} onChart open the entry for this item
 * @property {(item: DueItem) => void} onExplain say why it cannot be measured
 * @property {(signal: "soon"|"due") => void} sound
 * @property {(text: string) => void} announce
 */

export class DueList {
  /** @param {HTMLElement} host @param {Options} options */
  constructor(host, options) {
    this.host = host;
    this.options = options;
    /** @type {Map<string, string>} item and due time to the status last sounded */
    this.sounded = new Map();
    /** @type {Map<string, HTMLElement>} */
    this.rows = new Map();
    this.empty = html("p", { class: "due__empty" });
    this.list = html("ol", { class: "due__list" });
    host.append(this.empty, this.list);
  }

  /** @param {DueItem[]} items @param {number} now @param {string} when_empty */
  show(items, now, when_empty) {
    say(this.empty, items.length ? "" : when_empty);
    this.empty.hidden = items.length > 0;
    const wanted = new Set(items.map(nameOf));
    for (const [name, row] of this.rows) {
      if (wanted.has(name)) continue;
      row.remove();
      this.rows.delete(name);
    }
    items.forEach((item, index) => {
      const name = nameOf(item);
      let row = this.rows.get(name);
      if (!row) {
        row = this.row(item);
        this.rows.set(name, row);
      }
      if (this.list.children[index] !== row) this.list.insertBefore(row, this.list.children[index] ?? null);
      this.update(row, item, now);
    });
    this.signal(items);
  }

  /** @param {DueItem} item */
  row(item) {
    const chart = html("button", { type: "button", class: "due__chart" }, [
      html("span", { class: "due__icon" }),
      html("span", { class: "due__what" }, [
        html("span", { class: "due__name" }, [itemWords(item.item)]),
        html("span", { class: "due__status" }),
      ]),
      html("span", { class: "due__count" }),
    ]);
    chart.addEventListener("click", () => this.options.onChart(item.item));
    const explain = html("button", { type: "button", class: "due__explain button button--small", hidden: true }, [
      "Why not…",
      html("span", { class: "visually-hidden" }, [` ${itemWords(item.item)} cannot be measured`]),
    ]);
    explain.addEventListener("click", () => this.options.onExplain(item));
    return html("li", { class: "due__item" }, [
      chart,
      html("div", { class: "due__late" }, [html("span", { class: "due__tell" }), explain]),
    ]);
  }

  /** @param {HTMLElement} row @param {DueItem} item @param {number} now */
  update(row, item, now) {
    const { word, icon: name } = sure(STATUS[item.status]);
    if (row.dataset.status !== item.status) {
      row.dataset.status = item.status;
      row.querySelector(".due__icon")?.replaceChildren(icon(name));
      /** @type {HTMLElement} */ (row.querySelector(".due__explain")).hidden = item.status !== "overdue";
    }
    say(/** @type {Element} */ (row.querySelector(".due__status")), `${word} · ${clockTime(item.due_at)}`);
    say(/** @type {Element} */ (row.querySelector(".due__count")), countdown(item.due_at, now));
    const told = item.status === "overdue" ? `Tell the ${item.tell}` : "";
    say(/** @type {Element} */ (row.querySelector(".due__tell")), told);
  }

  /** @param {DueItem[]} items */
  signal(items) {
    /** @type {"soon"|"due"|null} the most urgent of what is new */
    let signal = null;
    const fresh = [];
    for (const item of items) {
      const name = nameOf(item);
      if (this.sounded.get(name) === item.status) continue;
      this.sounded.set(name, item.status);
      if (item.status === "upcoming" || item.status === "overdue") continue;
      fresh.push(item);
      if (item.status === "due") signal = "due";
      else signal ??= "soon";
    }
    if (fresh.length)
      this.options.announce(
        fresh.map((item) => `${itemWords(item.item)}: ${sure(STATUS[item.status]).word}`).join(". "),
      );
    if (signal) this.options.sound(signal);
  }
}

/** @param {DueItem} item */
function nameOf(item) {
  return `${item.item} ${item.due_at}`;
}
