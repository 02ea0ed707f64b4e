// @ts-check
// All rooms at a glance. One stream for the whole board; each room is the same fold as its own page.

import { html, one, say } from "./svg.js";
import { ServerClock } from "./clock.js";
import { LiveStream } from "./stream.js";
import { Sounder } from "./sound.js";
import { SessionRecord } from "./session_record.js";
import { SessionState } from "./session_state.js";
import { dueItems } from "./due.js";
import { AlarmSounds, standingAlarms } from "./alarm_log.js";
import { AlarmBands } from "./alarm_bands.js";
import { Outbox } from "./outbox.js";
import { Sheet } from "./sheet.js";
import { soundSettings } from "./device_settings.js";
import { deviceName } from "./room_controls.js";
import { csrfToken } from "../web/js/csrf.js";
import { BoardCard } from "./board_card.js";
import { DoorClosed, fetchJSON } from "./room_data.js";
import { age, clockTime } from "./time_words.js";
import { itemWords } from "./words.js";
import { lastOf } from "./sure.js";

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {{record: SessionRecord, state: SessionState, card: BoardCard, room: string|null, who: string}} RoomLine */

const MOST_BANDS = 4;
const OVER = new Set(["discharged", "signed"]);
const NARROWEST = 340; // px of a card
const CARD_SHAPE = 0.74; // height of a card by its width, with an alarm

class Board {
  /** @param {HTMLElement} page */
  constructor(page) {
    this.url = page.dataset.board ?? "";
    this.room_url = page.dataset.room ?? "";
    this.clock = new ServerClock(localStorage);
    this.sounder = new Sounder();
    /** @type {Map<string, RoomLine>} */
    this.rooms = new Map();
    /** @type {import("./room_data.js").Protocol|null} */
    this.protocol = null;
    /** @type {LiveStream|null} */
    this.stream = null;
    /** @type {Set<string>} */
    this.sounded = new Set();
    this.was_lost = false;
    this.shown_bands = 0;
    this.alarm_sounds = new AlarmSounds(this.sounder);
    /** @type {{id: string, name: string, role: string, permissions: string[]}|null} */
    this.me = null;
    this.outbox = new Outbox({
      clock: this.clock,
      person: () => this.me,
      csrfToken,
      device: deviceName(),
      onChange: () => this.recount(),
    });
    this.bands = new AlarmBands(one("#board-alarms"), {
      may_answer: () => Boolean(this.me?.permissions.includes("treatment.chart")),
      onAnswer: (alarm, name) => this.answer(alarm.alarm_id, name),
    });
    this.sheet = new Sheet(one("#sheet"));
    one("#board-sound").addEventListener("click", () =>
      this.sheet.open({ title: "This device", body: soundSettings(this.sounder, () => this.showSound()) }),
    );
    this.showSound();
  }

  async open() {
    await this.outbox.start().catch(() => {});
    await this.fetchState();
    setInterval(() => this.tick(), 1000);
    addEventListener("resize", () => this.arrange());
  }

  /** State of all rooms at a position of the clinic, then the stream from there on. */
  async fetchState() {
    try {
      const board = await fetchJSON(this.url, this.clock);
      this.protocol = board.protocol;
      this.me = board.me;
      this.take(board.sessions);
      this.stream ??= new LiveStream({
        query: "board=1",
        after: board.position,
        onFrame: (frame) => this.receive(frame),
        onBeat: (server_time) => this.clock.check(server_time),
        onHealth: (alive, last_heard_ms) => this.health(alive, last_heard_ms),
      });
    } catch (trouble) {
      one("#board-lost").removeAttribute("hidden");
      say(
        one("#board-lost-words"),
        trouble instanceof DoorClosed && trouble.status < 500
          ? "You are signed out. Sign in again."
          : "No connection. The board is empty until the server answers.",
      );
      setTimeout(() => this.fetchState(), 5000);
    }
  }

  /** @param {any[]} sessions */
  take(sessions) {
    const present = new Set(sessions.map(({ session }) => session.id));
    for (const [id, line] of this.rooms) {
      if (present.has(id)) continue;
      line.card.element.parentElement?.remove();
      this.rooms.delete(id);
    }
    for (const { session, patient, events } of sessions) {
      let line = this.rooms.get(session.id);
      if (!line) {
        line = {
          record: new SessionRecord(),
          state: new SessionState([]),
          card: new BoardCard(this.room_url.replace(/[0-9a-f-]{36}/, session.id)),
          room: session.room,
          who: patient ? shortName(patient.name) : "",
        };
        this.rooms.set(session.id, line);
      }
      line.record.applyAll(events);
      line.state = this.stateOf(session.id, line);
    }
    const list = one("#board-rooms");
    const lines = [...this.rooms.values()].sort((a, b) =>
      (a.room ?? "~").localeCompare(b.room ?? "~", undefined, { numeric: true }),
    );
    list.replaceChildren(...lines.map(({ card }) => html("li", {}, [card.element])));
    one("#board-empty").toggleAttribute("hidden", lines.length > 0);
    this.arrange();
    this.tick();
  }

  /** With what this device has not sent yet: an answer counts at once. @param {string} id @param {RoomLine} line */
  stateOf(id, line) {
    return new SessionState(
      line.record.inOrder(),
      this.outbox.events.filter((event) => event.session_id === id),
    );
  }

  recount() {
    for (const [id, line] of this.rooms) line.state = this.stateOf(id, line);
    this.tick();
  }

  /** "I am on it", by name, from the board. @param {string} alarm_id @param {string} name the band's name: session and alarm */
  answer(alarm_id, name) {
    const [session_id = ""] = name.split(" ");
    this.outbox.add(session_id, "treatment.alarm_acknowledged", { alarm_id }).catch((trouble) => {
      one("#said-at-once").textContent = `NOT charted: ${trouble.message}`;
    });
  }

  /** As few columns as let every room be seen without scrolling: the figures are as large as the wall allows. */
  arrange() {
    const list = /** @type {HTMLElement} */ (one("#board-rooms"));
    const count = this.rooms.size;
    const [width, height] = [list.clientWidth, innerHeight - list.getBoundingClientRect().top - 16];
    let columns = 1;
    while (
      columns < count &&
      (width / columns < NARROWEST || Math.ceil(count / columns) * (width / columns) * CARD_SHAPE > height) &&
      width / (columns + 1) >= NARROWEST
    )
      columns += 1;
    list.style.setProperty("--columns", String(columns));
  }

  /** @param {Frame} frame */
  receive(frame) {
    const line = this.rooms.get(frame.stream);
    if (!line) {
      if (frame.kind === "treatment.session_opened") this.fetchState();
      return;
    }
    if (line.record.apply(frame) === "gap") {
      this.fetchState();
      return;
    }
    line.state = this.stateOf(frame.stream, line);
    if (OVER.has(line.state.phase)) this.fetchState();
    this.tick();
  }

  tick() {
    const { protocol } = this;
    if (!protocol) return;
    const now = this.clock.now();
    say(one("#board-clock"), clockTime(now));
    const said = [];
    let [alarm_count, late_count, due_count] = [0, 0, 0];
    /** @type {"due"|null} */
    let signal = null;
    const names = new Set();
    /** @type {Map<string, import("./alarm_log.js").StandingAlarm>} */
    const standing = new Map();
    /** @type {import("./alarm_bands.js").Band[]} */
    const bands = [];
    for (const [id, line] of this.rooms) {
      const due = dueItems(line.state, now, protocol.alerts);
      const alarms = standingAlarms(line.state, protocol, now);
      line.card.show({ state: line.state, room: line.room, who: line.who, due, alarms, now });
      late_count += due.filter((item) => item.status === "overdue").length;
      due_count += due.filter((item) => item.status === "due").length;
      for (const alarm of alarms) {
        const name = `${id} ${alarm.key}`;
        standing.set(name, alarm);
        bands.push({ alarm, name, room: line.room ?? "No room" });
        if (alarm.signal !== "missed") alarm_count += 1;
      }
      for (const item of due) {
        if (item.status !== "due") continue;
        const name = `${id} ${item.item} ${item.due_at}`;
        names.add(name);
        if (this.sounded.has(name)) continue;
        signal = "due";
        said.push(`${line.room}: ${itemWords(item.item)} due`);
      }
    }
    this.sounded = names;
    bands.sort(
      (a, b) =>
        Number(a.alarm.answered_at !== null) - Number(b.alarm.answered_at !== null) ||
        a.alarm.rank - b.alarm.rank ||
        a.alarm.since - b.alarm.since,
    );
    this.bands.show(bands.slice(0, MOST_BANDS));
    if (this.shown_bands !== Math.min(bands.length, MOST_BANDS)) {
      this.shown_bands = Math.min(bands.length, MOST_BANDS);
      this.arrange(); // the cards have less or more height now
    }
    const left_out = bands.length - MOST_BANDS;
    say(one("#board-alarms-more"), left_out > 0 ? `${left_out} more on the cards below` : "");
    const fresh = this.alarm_sounds.follow(standing, now);
    for (const [name, alarm] of standing)
      if (fresh.includes(alarm))
        said.unshift(`${this.rooms.get(name.split(" ")[0] ?? "")?.room}: ${alarm.word}, ${alarm.title}, ${alarm.seen}`);
    if (signal && !fresh.length) this.sounder.play(signal);
    if (said.length) one(fresh.length ? "#said-at-once" : "#said-politely").textContent = said.join(". ");
    const count = this.rooms.size;
    say(
      one("#board-sum"),
      [
        `${count} ${count === 1 ? "room" : "rooms"}`,
        alarm_count ? `${alarm_count} ${alarm_count === 1 ? "alarm" : "alarms"}` : "no alarm",
        late_count ? `${late_count} overdue` : due_count ? `${due_count} due now` : "nothing due",
      ].join(" · "),
    );
  }

  /** @param {boolean} alive @param {number|null} last_heard_ms */
  health(alive, last_heard_ms) {
    const lost = one("#board-lost");
    lost.toggleAttribute("hidden", alive);
    document.body.classList.toggle("is-lost", !alive);
    one("#board-line").setAttribute("data-standing", alive ? "live" : "lost");
    say(one("#board-line-words"), alive ? "Live" : "No line");
    if (!alive)
      say(
        one("#board-lost-words"),
        `Connection lost${last_heard_ms === null ? "" : `, last update ${age(Date.now() - last_heard_ms)} ago`}. What you see is old.`,
      );
    if (!alive && !this.was_lost) {
      this.sounder.play("lost");
      one("#said-at-once").textContent = "Connection lost. The board is old.";
    }
    if (alive && this.was_lost) this.fetchState();
    this.was_lost = !alive;
  }

  showSound() {
    const { on, by_the_head } = this.sounder;
    say(one("#board-sound-words"), by_the_head ? "By the head: silent" : on ? "Sound on" : "Sound off");
    one("#board-sound").classList.toggle("is-off", !on);
  }
}

/** A wall screen says no more of a name than staff need. @param {string} name */
function shortName(name) {
  const words = name.trim().split(/\s+/);
  return words.length < 2 ? name : `${words[0]} ${lastOf(words).charAt(0)}.`;
}

const page = document.querySelector("[data-board]");
if (page instanceof HTMLElement) new Board(page).open();
