// @ts-check
// The patient's call button. A call that has no line waits on the phone and goes out when the line is back: once.

import { csrfToken } from "../web/js/csrf.js";
import { newId } from "./uuid7.js";
import { one, say } from "./svg.js";

const WAITING = "ketachart.my_call";
const LOOK_EVERY_MS = 3000;

/** @typedef {{running: boolean, called_at: string|null, answered_by: string|null}} Status */

class MyCall {
  /** @param {HTMLElement} card */
  constructor(card) {
    this.card = card;
    this.address = card.dataset.address ?? "";
    this.status_address = card.dataset.status ?? "";
    one("form", card).addEventListener("submit", (event) => {
      event.preventDefault();
      localStorage.setItem(WAITING, newId());
      this.say("Calling…");
      this.send();
    });
    addEventListener("online", () => this.look());
    document.addEventListener("visibilitychange", () => this.look());
    setInterval(() => this.look(), LOOK_EVERY_MS);
    this.look();
  }

  /** Sends what waits. The same id again is the same call. */
  async send() {
    const id = localStorage.getItem(WAITING);
    if (!id) return;
    try {
      const answer = await fetch(this.address, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
        body: new URLSearchParams({ id }),
        signal: AbortSignal.timeout(10_000),
      });
      if (answer.ok || answer.status === 409) localStorage.removeItem(WAITING);
      if (answer.ok) this.show(await answer.json());
      else this.say(answer.status === 409 ? "Your session is over." : "Please call out loud: the button does not work now.");
    } catch {
      this.say("The phone has no line. Your call goes out as soon as it has. Please call out loud.");
    }
  }

  async look() {
    if (document.visibilityState !== "visible") return;
    if (localStorage.getItem(WAITING)) {
      await this.send();
      return;
    }
    try {
      const answer = await fetch(this.status_address, {
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(10_000),
      });
      if (answer.ok) this.show(await answer.json());
    } catch {
      // the words that stand are the last that were true; pressing the button says that there is no line
    }
  }

  /** @param {Status} status */
  show({ running, called_at, answered_by }) {
    if (!running) this.say("Your session is over.");
    else if (answered_by) this.say(`${answered_by} is coming.`);
    else if (called_at) this.say("We have been called. Somebody comes.");
    else this.say("Press this if you need somebody. A nurse is told at once.");
    this.card.dataset.standing = answered_by ? "answered" : called_at ? "called" : "quiet";
  }

  /** @param {string} words */
  say(words) {
    say(one("#my-call-words", this.card), words);
  }
}

const card = document.querySelector("#my-call");
if (card instanceof HTMLElement) new MyCall(card);
