// @ts-check
// The treatment room: joins record, outbox, stream, axis, due list, alarms and sheets. State in, picture out.

import { csrfToken } from "../web/js/csrf.js";
import { html, icon, one } from "./svg.js";
import { ServerClock } from "./clock.js";
import { Outbox } from "./outbox.js";
import { LiveStream } from "./stream.js";
import { Sounder } from "./sound.js";
import { Sheet } from "./sheet.js";
import { SessionRecord } from "./session_record.js";
import { SessionState } from "./session_state.js";
import { TimeAxis } from "./time_axis.js";
import { axisTable } from "./axis_table.js";
import { doseCard } from "./dose_card.js";
import { DueList } from "./due_list.js";
import { conflictsToSettle, recentEntries } from "./recent.js";
import { dueItems, gaps, vitalsFirst } from "./due.js";
import { actionsFor } from "./actions.js";
import { openAtHandover } from "./care.js";
import { itemWords } from "./words.js";
import { standingAlarms } from "./alarm_log.js";
import { PresenceControl } from "./presence_control.js";
import { RoomSheets } from "./room_sheets.js";
import { RoomWatch } from "./room_watch.js";
import { deviceName, listenTo } from "./room_controls.js";
import { DoorClosed, fetchJSON, keep, kept } from "./room_data.js";
import { doseTile, predictionTile, readingTiles, showPatient, showPhase } from "./room_view.js";
import { askToPersist, forgetSnapshots } from "./store.js";
import { predictionFrom } from "./prediction.js";
import { predictionDetail } from "./prediction_detail.js";

/** @typedef {import("./room_data.js").Bootstrap} Bootstrap */

const DAY_MS = 86_400_000;
const NOTHING = /** @type {any} */ ({
  alerts: { grace_minutes: 0, pre_alert_share: 0, prescriber_after_share: 0 },
  limits: {},
  alarms: [],
  alarm_signals: {},
  alarm_ladder: {},
  rescreen: [],
  time_out: [],
});

export class Room {
  /** @param {HTMLElement} page */
  constructor(page) {
    this.session_id = /** @type {string} */ (page.dataset.session);
    this.links = {
      bootstrap: page.dataset.bootstrap ?? "",
      prediction: page.dataset.prediction ?? "",
      gates: page.dataset.gates ?? null,
      override: page.dataset.override ?? "",
    };
    this.clock = new ServerClock(localStorage);
    this.sounder = new Sounder();
    this.sheet = new Sheet(one("#sheet"));
    this.sheets = new RoomSheets(this);
    this.watch = new RoomWatch(this);
    this.record = new SessionRecord();
    /** @type {Bootstrap|null} */
    this.bootstrap = null;
    /** @type {ReturnType<typeof setTimeout>|null} */
    this.remembering = null;
    this.state = new SessionState([]);
    /** @type {import("./axis_prediction.js").Prediction|null} */
    this.prediction = null;
    this.outbox = new Outbox({
      clock: this.clock,
      person: () => this.bootstrap?.me ?? null,
      csrfToken,
      device: deviceName(),
      onChange: () => this.recount(),
      onTrouble: () => this.watch.showLine(),
    });
    /** @type {LiveStream|null} */
    this.stream = null;
    this.axis = new TimeAxis(one("#axis"), { onChoose: (entry) => this.sheets.entry(entry) });
    this.due = new DueList(one("#due"), {
      onChart: (item) => this.sheets.forItem(item),
      onExplain: (item) => this.sheets.explain(item),
      sound: (signal) => this.sounder.play(signal),
      announce: (text) => this.announce(text),
    });
    this.tiles = readingTiles(one("#readings"), (measure) => this.sheets.vitals(measure));
    this.dose = doseTile(one("#readings-drug"));
    this.course_of_dose = doseCard(one("#dose-card"), () => this.sheets.open("dose"));
    this.predicted = predictionTile(one("#readings-drug"), () =>
      this.sheet.open({
        title: "Predicted concentration",
        body: predictionDetail(this.prediction, this.predictionAbsence()),
      }),
    );
    this.presence = new PresenceControl(one("#presence"), this);
    listenTo(this);
  }

  /** @returns {import("./room_data.js").Protocol} */
  get protocol() {
    return this.bootstrap?.protocol ?? NOTHING;
  }

  get me() {
    return this.bootstrap?.me ?? { id: "", name: "", role: "", permissions: [] };
  }

  get permissions() {
    return new Set(this.me.permissions);
  }

  async open() {
    await this.showKept();
    await this.outbox.start();
    await this.fetchState();
    setInterval(() => this.tick(), 1000);
    askToPersist();
    forgetSnapshots(Date.now() - DAY_MS, this.session_id).catch(() => {});
  }

  /** What this device kept of the session, if it was ever shown here. */
  async showKept() {
    try {
      const found = await kept(this.session_id);
      if (found) this.take(found.bootstrap);
      this.kept_trouble = null;
    } catch (trouble) {
      /** @type {string|null} why the device's own store could not be read: shown, and tried again */
      this.kept_trouble = trouble instanceof Error ? trouble.message : String(trouble);
    }
  }

  /** State at head n from the server, then the stream from there on; without a network, what this device kept. */
  async fetchState() {
    try {
      this.take(await fetchJSON(this.links.bootstrap, this.clock));
      this.remember().catch(() => {}); // at once: the network may be gone in the next moment
    } catch (trouble) {
      if (trouble instanceof DoorClosed && [401, 403, 404].includes(trouble.status)) this.watch.closed(trouble.status);
      else if (!this.bootstrap) await this.showKept();
      if (!this.bootstrap) this.watch.blank();
      setTimeout(() => this.fetchState(), 5000);
      return;
    }
    this.outbox.sendNow();
    this.stream ??= new LiveStream({
      query: `session=${this.session_id}`,
      after: this.bootstrap?.position ?? null,
      onFrame: (frame) => this.receive([frame]),
      onBeat: (server_time) => this.clock.check(server_time),
      onHealth: (alive, last_heard_ms) => this.watch.health(alive, last_heard_ms),
      onOpen: () => this.catchUp(),
    });
  }

  /** @param {Bootstrap} bootstrap */
  take(bootstrap) {
    this.bootstrap = bootstrap;
    this.record.applyAll(bootstrap.events);
    this.prediction = predictionFrom(bootstrap.prediction) ?? this.prediction;
    this.recount();
  }

  /** @param {import("./types.js").Frame[]} frames */
  receive(frames) {
    const own = frames.filter((frame) => frame.stream === this.session_id);
    if (!this.record.applyAll(own)) return;
    if (Math.max(...own.map((frame) => frame.number)) > this.record.head) this.catchUp();
    this.recount();
    this.rememberSoon();
    if (own.some((frame) => /infusion|dose|hold|corrected/.test(frame.kind))) this.predictSoon();
  }

  /** Whatever the stream may have left out. */
  async catchUp() {
    try {
      const { events } = await fetchJSON(
        `/live/sessions/${this.session_id}/events?after=${this.record.head}`,
        this.clock,
      );
      this.receive(events);
    } catch {
      // the stream's own watch says that the line is down
    }
  }

  predictSoon() {
    clearTimeout(this.predicting);
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.predicting = setTimeout(async () => {
      const found = await fetchJSON(this.links.prediction, this.clock).catch(() => null);
      this.prediction = predictionFrom(found) ?? this.prediction;
      if (found && this.bootstrap) this.bootstrap = { ...this.bootstrap, why_none: found.why_none };
      this.draw();
    }, 400);
  }

  /** Soon: entries that arrive together are kept together, and a stream of them does not put it off for ever. */
  rememberSoon() {
    this.remembering ??= setTimeout(() => this.remember(), 300);
  }

  /** Keeps the record for a page that opens without a network; then what is part of it may leave the outbox. */
  async remember() {
    this.remembering = null;
    if (!this.bootstrap) return;
    const kept_ids = new Set(this.record.ids);
    await keep(this.session_id, { ...this.bootstrap, head: this.record.head }, this.record.inOrder());
    await this.outbox.release((event) => event.session_id !== this.session_id || kept_ids.has(event.id));
  }

  /** @param {string} kind @param {Record<string, any>} content @param {string} [effective_at] */
  chart(kind, content, effective_at) {
    this.outbox
      .add(this.session_id, kind, content, effective_at)
      .catch((trouble) => this.alarmWords(`NOT charted: ${trouble.message}`));
  }

  /** "I am on it", by name. @param {import("./alarm_log.js").StandingAlarm} alarm */
  answer(alarm) {
    this.chart("treatment.alarm_acknowledged", { alarm_id: alarm.alarm_id });
    this.announce(`${alarm.title}: you are on it.`);
  }

  /** @param {"start"|"discharge"} gate @returns {Promise<import("./room_data.js").Finding[]|null>} null without the server */
  async findings(gate) {
    const pending = this.outbox
      .unsent()
      .filter((event) => event.session_id === this.session_id && event.status === "pending");
    if (pending.length) await this.outbox.send();
    const fresh = await fetchJSON(this.links.bootstrap, this.clock).catch(() => null);
    if (!fresh) return null;
    this.take(fresh);
    return fresh.gates[gate] ?? [];
  }

  recount() {
    this.state = new SessionState(
      this.record.inOrder(),
      this.outbox.events.filter((event) => event.session_id === this.session_id),
    );
    this.draw();
    this.watch.showLine();
  }

  draw() {
    const { bootstrap, state } = this;
    if (!bootstrap) return;
    const now = this.clock.now();
    const due = dueItems(state, now, this.protocol.alerts);
    showPatient(bootstrap, state);
    this.axis.draw(
      {
        state,
        prediction: this.prediction,
        prediction_absence: this.predictionAbsence(),
        due,
        gaps: gaps(state, now, this.protocol.alerts).map((gap) => ({
          item: gap.item,
          due_at: gap.due_at,
          until: gap.until ?? now,
          explained: gap.explanation !== null,
        })),
      },
      now,
    );
    axisTable(one("#axis-table"), state, (entry) => this.sheets.entry(entry));
    conflictsToSettle(one("#conflicts"), state, (entry) => this.sheets.entry(entry));
    recentEntries(one("#recent"), state, (entry) => this.sheets.entry(entry));
    this.showActions();
    this.tick();
  }

  /** What whoever takes over must know now. */
  openItems() {
    const { state, protocol } = this;
    const now = this.clock.now();
    return openAtHandover(
      state,
      dueItems(state, now, protocol.alerts).map(({ item, status }) => ({ label: itemWords(item), status })),
      gaps(state, now, protocol.alerts)
        .filter((gap) => gap.closed && gap.explanation === null)
        .map(({ item }) => ({ label: itemWords(item) })),
      standingAlarms(state, protocol, now).map(({ title }) => title),
    );
  }

  predictionAbsence() {
    return this.bootstrap?.why_none ?? "No prediction for this session";
  }

  showActions() {
    const bar = one("#actions");
    const actions = actionsFor(this.state, this.permissions);
    const names = actions.map(({ id, label }) => `${id}:${label}`).join(" ");
    if (bar.getAttribute("data-actions") === names) return;
    bar.setAttribute("data-actions", names);
    bar.replaceChildren(
      ...actions.map(({ id, label, icon: face, key, tone }) => {
        const button = html(
          "button",
          {
            type: "button",
            class: `action action--${tone}`,
            "data-action": id,
            "aria-keyshortcuts": key.toUpperCase(),
          },
          [
            icon(face),
            html("span", {}, [label]),
            html("kbd", { class: "action__key", "aria-hidden": "true" }, [key.toUpperCase()]),
          ],
        );
        button.addEventListener("click", () => this.sheets.open(id));
        return button;
      }),
    );
  }

  /** Everything that moves with the clock. */
  tick() {
    if (!this.bootstrap) return;
    const { state } = this;
    const now = this.clock.now();
    const due = dueItems(state, now, this.protocol.alerts);
    const alarms = standingAlarms(state, this.protocol, now);
    const late = new Set(due.filter((item) => item.status === "overdue").flatMap((item) => item.missing));
    this.tiles(state, now, new Set(alarms.flatMap((alarm) => alarm.measures)), late);
    this.dose(state, now);
    this.course_of_dose(state, now);
    this.predicted(this.prediction, now, lastDoseNumber(this.state));
    showPhase(state, now);
    this.due.show(
      vitalsFirst(due),
      now,
      ["discharged", "signed"].includes(state.phase)
        ? "Nothing is due any more."
        : ["preparing", "ready"].includes(state.phase)
          ? "Nothing more is due before the start."
          : "No schedule is known for this phase: nothing will be called due.",
    );
    this.watch.showAlarms(alarms, now);
    this.presence.show(state, now);
    this.axis.tick(now);
    this.sheet.content?.onTick?.(now);
  }

  /** Politely, when the person listening has a moment. @param {string} text */
  announce(text) {
    one("#said-politely").textContent = text;
  }

  /** At once. @param {string} text */
  alarmWords(text) {
    one("#said-at-once").textContent = text;
  }
}

/** Up to which entry the record bears on the prediction. @param {SessionState} state */
function lastDoseNumber(state) {
  const bearing = state.charted.filter((entry) => /infusion|dose_given|hold_ended|event_corrected/.test(entry.kind));
  return Math.max(0, ...bearing.map((entry) => (entry.pending ? Infinity : entry.number)));
}

const page = document.querySelector("[data-session]");
if (page instanceof HTMLElement) {
  const room = new Room(page);
  Object.assign(page, { room }); // what parts above add to the page finds it here
  room.open();
}
