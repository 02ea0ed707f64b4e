// @ts-check
// Who is in the room, in the head of the page: one tap to come in, to leave, to hand over.

import { html, icon, one, say } from "./svg.js";
import { LIVE } from "./alarms.js";
import { presentAt } from "./presence.js";
import { age } from "./time_words.js";

/** @typedef {import("./session_state.js").SessionState} SessionState */

export class PresenceControl {
  /** @param {HTMLElement} button @param {import("./room.js").Room} room */
  constructor(button, room) {
    this.button = button;
    this.room = room;
    button.addEventListener("click", () => this.tap());
  }

  /** @param {SessionState} state @param {number} now */
  show(state, now) {
    const here = presentAt(state, now);
    this.button.hidden = !LIVE.has(state.phaseAt(now)) || !this.room.permissions.has("treatment.chart");
    this.button.dataset.standing = here.length ? "here" : "nobody";
    say(one("#presence-words"), here.length ? here.map((stay) => stay.person).join(", ") : "I am here");
    this.button.setAttribute(
      "aria-label",
      here.length
        ? `In the room: ${here.map((stay) => stay.person).join(", ")}. Leave or hand over`
        : "Nobody is logged in the room. I am here",
    );
  }

  get mine() {
    return presentAt(this.room.state, this.room.clock.now()).some((stay) => stay.person_id === this.room.me.id);
  }

  /** The first tap says: I am here. After that it opens who is here. */
  tap() {
    const here = presentAt(this.room.state, this.room.clock.now());
    if (!here.length) this.chart({ id: this.room.me.id, name: this.room.me.name }, true);
    else this.open(here);
  }

  /** @param {import("./presence.js").Stay[]} here */
  open(here) {
    const { room, mine } = this;
    const others = here.filter((stay) => stay.person_id !== room.me.id);
    const now = room.clock.now();
    /** @param {string} words @param {string} face @param {() => void} then */
    const choice = (words, face, then) => {
      const button = html("button", { type: "button", class: "button button--room button--wide" }, [icon(face), words]);
      button.addEventListener("click", () => {
        then();
        room.sheet.close();
      });
      return button;
    };
    const me = { id: room.me.id, name: room.me.name };
    const choices = mine
      ? [choice(others.length ? "I leave the room" : "I leave: nobody stays", "door", () => this.chart(me, false))]
      : [
          choice("I am here too", "person", () => this.chart(me, true)),
          ...others.map((stay) =>
            choice(`I take over from ${stay.person}`, "forward", () => {
              this.chart(me, true);
              this.chart({ id: stay.person_id, name: stay.person }, false);
            }),
          ),
        ];
    room.sheet.open({
      title: "In the room",
      body: html("div", { class: "stack" }, [
        html(
          "ul",
          {},
          here.map((stay) => html("li", {}, [`${stay.person}, for ${age(now - stay.since)}`])),
        ),
        ...choices,
        ...(mine
          ? others.map((stay) =>
              choice(`${stay.person} has left`, "door", () =>
                this.chart({ id: stay.person_id, name: stay.person }, false),
              ),
            )
          : []),
      ]),
      focus: /** @type {HTMLElement} */ (choices[0]),
    });
  }

  /** @param {{id: string|null, name: string}} person @param {boolean} in_room */
  chart(person, in_room) {
    this.room.chart("treatment.presence_charted", { person: person.name, person_id: person.id, in_room });
    this.room.announce(`${person.name} ${in_room ? "is in the room" : "has left the room"}.`);
  }
}
