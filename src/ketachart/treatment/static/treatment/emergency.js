// @ts-check
// One tap: what to do first, and the seven cards. A clock runs from the moment a card is opened; each step that is ticked
// charts itself as a note with its time.

import { html, icon } from "./svg.js";
import { CARDS, FIRST_STEPS, stepsFor } from "./emergency_cards.js";
import { stopwatch } from "./time_words.js";

/** @typedef {import("./emergency_cards.js").Card} Card */
/** @typedef {import("./emergency_cards.js").Step} Step */

/**
 * @typedef {object} Options
 * @property {() => number} now
 * @property {boolean} pump whether this order runs by a pump
 * @property {boolean} can_stop whether an infusion runs that can be stopped
 * @property {(reason: string) => void} onStop charts the stop; the card stays open
 * @property {(text: string) => void} chart as a note, now
 * @property {string} [card] id of the card to begin with
 */

export class Emergency {
  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    this.opened_at = options.now();
    this.title = "Emergency";
    /** @type {Card|null} */
    this.card = CARDS.find((card) => card.id === options.card) ?? null;
    this.clock = html(
      "output",
      { class: "emergency__clock", role: "timer", "aria-label": "Time since this was opened" },
      ["0:00"],
    );
    this.tabs = html("div", { class: "emergency__cards", role: "group", "aria-label": "Emergency cards" });
    this.page = html("div", { class: "emergency__page", tabindex: -1 });
    this.element = html("div", { class: "emergency" }, [
      html("div", { class: "emergency__top" }, [this.clock, this.stopButton()]),
      this.tabs,
      this.page,
    ]);
    for (const card of CARDS) {
      const tab = html("button", { type: "button", class: "emergency__tab", "data-card": card.id }, [
        icon(card.icon),
        card.title,
      ]);
      tab.addEventListener("click", () => this.show(card));
      this.tabs.append(tab);
    }
    this.show(this.card, false);
  }

  stopButton() {
    if (!this.options.can_stop) return null;
    const words = html("span", {}, ["Stop infusion"]);
    const button = html("button", { type: "button", class: "button button--danger button--room" }, [
      icon("stop"),
      words,
    ]);
    let sure = false;
    button.addEventListener("click", () => {
      if (!sure) {
        sure = true;
        words.textContent = "Yes, stop it now";
        return;
      }
      this.options.onStop(this.card?.title ?? "Emergency");
      button.replaceWith(html("p", { class: "emergency__stopped", role: "status" }, ["Stop is charted"]));
    });
    return button;
  }

  /** @param {Card|null} card @param {boolean} [move] whether to bring the focus to the page */
  show(card, move = true) {
    if (card !== this.card) this.opened_at = this.options.now();
    this.card = card;
    for (const tab of this.tabs.children)
      tab.setAttribute("aria-pressed", String(tab.getAttribute("data-card") === card?.id));
    const steps = stepsFor(card?.steps ?? FIRST_STEPS, this.options.pump);
    const title = card?.title ?? "First, whatever it is";
    this.page.replaceChildren(
      html("h3", { class: "emergency__title" }, [title]),
      card ? html("p", { class: "emergency__when" }, [card.when]) : "",
      html(
        "ol",
        { class: "emergency__steps" },
        steps.map((step) => this.step(title, step)),
      ),
      card ? html("p", { class: "emergency__order" }, [card.order]) : "",
      html("details", { class: "emergency__sources" }, [
        html("summary", {}, ["Where each step comes from"]),
        html(
          "ol",
          {},
          steps.map((step) => html("li", {}, [step.source])),
        ),
      ]),
    );
    this.tick(this.options.now());
    if (move) this.page.focus({ preventScroll: true });
  }

  /** @param {string} title @param {Step} step */
  step(title, step) {
    const done = html("button", { type: "button", class: "emergency__done", "aria-label": `Done: ${step.text}` }, [
      icon("check"),
      html("span", {}, ["Done"]),
    ]);
    done.addEventListener("click", () => {
      if (done.hasAttribute("aria-disabled")) return;
      done.setAttribute("aria-disabled", "true");
      done.lastElementChild?.replaceChildren(stopwatch(this.options.now() - this.opened_at));
      this.options.chart(`Emergency, ${title}: ${step.text}`);
    });
    return html("li", { class: "emergency__step" }, [html("p", {}, [step.text]), done]);
  }

  /** @param {number} now */
  tick(now) {
    this.clock.textContent = stopwatch(now - this.opened_at);
  }
}
