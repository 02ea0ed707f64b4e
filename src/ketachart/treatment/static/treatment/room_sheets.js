// @ts-check
// Which sheet an action opens, and what its entry becomes.

import { html } from "./svg.js";
import { Keypad } from "./keypad.js";
import { giveDose, holdEnded } from "./dose_sheet.js";
import { note, scores, symptoms } from "./editors.js";
import { pumpRead } from "./pump_log.js";
import { openSymptoms, saidAs } from "./care.js";
import { handOver, symptomOver } from "./handover_sheet.js";
import { rescue } from "./rescue_sheet.js";
import { scoreChoice, scoreEditor } from "./score_sheet.js";
import { byPump, routeWords } from "./routes.js";
import * as pump from "./pump.js";
import { dischargeCheck, escort, fasting, rescreen, timeOut } from "./preparation.js";
import { entryDetail, gapEditor } from "./correction.js";
import { Emergency } from "./emergency.js";
import { findingsList, holdingOf } from "./findings_list.js";
import { maySetAside, setAside } from "./override_sheet.js";
import { deviceSettings } from "./device_settings.js";
import { itemWords, KIND_WORDS, sayingOf } from "./words.js";
import { clockTime } from "./time_words.js";

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./editors.js").Editor} Editor */
/** @typedef {import("./room.js").Room} Room */

const DISCHARGE_QUESTIONS = [
  { id: "oriented", words: "Oriented, as before the dose" },
  { id: "ambulation_at_baseline", words: "Walks as before the dose" },
  { id: "nausea_controlled", words: "Nausea is controlled" },
  { id: "risk_screen_not_worse", words: "Risk screen is not worse than before" },
  { id: "instructions_given", words: "Aftercare instructions given, spoken and on paper" },
];

export class RoomSheets {
  /** @param {Room} room */
  constructor(room) {
    this.room = room;
    this.now = () => room.clock.now();
    this.latest = (/** @type {string} */ measure) => room.state.latest(measure);
  }

  /** Charts, says so, and closes the sheet. @type {import("./editors.js").Commit} */
  commit = (kind, content, effective_at) => {
    this.room.chart(kind, content, effective_at);
    this.room.sheet.close();
    this.room.announce(`${KIND_WORDS[kind] ?? "Entry"} charted. ${sayingOf(kind, content)}`);
  };

  /** @param {string} title @param {Editor} editor */
  show = (title, editor) => {
    this.room.sheet.open({
      title,
      body: editor.element,
      focus: editor.focus,
      unsaved: editor.unsaved,
      onTick: () => editor.when?.tick(),
    });
  };

  /** @param {string} action */
  open(action) {
    const { room, commit, now } = this;
    const { state, protocol } = room;
    const { limits } = protocol;
    switch (action) {
      case "vitals":
        return this.vitals();
      case "scores":
        return this.scores();
      case "symptom":
        return this.show("Symptom", symptoms({ commit, now }));
      case "rescue":
        return this.show(
          "Rescue",
          rescue({
            commit,
            now,
            state,
            problems: protocol.rescue ?? [],
            may_order: room.permissions.has("treatment.order") && state.phase !== "signed",
            may_give: room.permissions.has("treatment.chart"),
          }),
        );
      case "hand_over":
        return this.show("Hand over", handOver({ commit, staff: room.bootstrap?.staff ?? [], me: room.me, open_items: room.openItems() }));
      case "note":
        return this.show("Note", note({ commit, now }));
      case "addendum":
        return this.show(
          "Addendum",
          note({
            commit,
            now,
            kind: "treatment.addendum_written",
            label: "Addendum: it stands beside the signed record",
            button: "Chart addendum",
          }),
        );
      case "start":
        return this.behindGate("start", "Start infusion", () =>
          this.show("Start infusion", pump.start({ commit, now, state, limits })),
        );
      case "dose":
        return this.behindGate("start", routeWords(state.plan).action, () =>
          this.show(
            routeWords(state.plan).action,
            giveDose({ commit, now, state: room.state, lots: room.bootstrap?.lots ?? [] }),
          ),
        );
      case "hold_end":
        return this.show("Mouth empty", holdEnded({ commit, now }));
      case "pump_read":
        return this.show("What the pump says", pumpRead({ commit, now, state, limits }));
      case "rate":
        return this.show("Change rate", pump.changeRate({ commit, now, state, limits }));
      case "resume":
        return this.show("Resume infusion", pump.resume({ commit, now, state, limits }));
      case "pause":
        return this.show(
          "Pause infusion?",
          pump.halt({ commit, now, state, limits, kind: "treatment.infusion_paused" }),
        );
      case "stop":
        return this.show(
          "Stop infusion?",
          pump.halt({ commit, now, state, limits, kind: "treatment.infusion_stopped" }),
        );
      case "recovery":
        return this.sure(
          "To recovery",
          "Nothing more is given in this session; recovery begins.",
          "Start recovery",
          () => commit("treatment.recovery_started", {}),
        );
      case "fasting":
        return this.show("Fasting", fasting({ commit, now }));
      case "escort":
        return this.show("Escort", escort({ commit, met: false }));
      case "rescreen":
        return this.show(
          "Arrival questions",
          rescreen({ commit, questions: protocol.rescreen.map(({ id, question }) => ({ id, words: question })) }),
        );
      case "time_out":
        return this.show(
          "Time-out",
          timeOut({
            commit,
            items: protocol.time_out.map(({ id, label }) => ({ id, words: label })),
            me: room.me.name,
          }),
        );
      case "discharge_check":
        return this.show("Discharge check", dischargeCheck({ commit, questions: DISCHARGE_QUESTIONS }));
      case "escort_met":
        return this.show("Escort met", escort({ commit, met: true }));
      case "discharge":
        return this.behindGate("discharge", "Discharge", () => this.discharge());
      case "sign":
        return this.sign();
      case "emergency":
        return this.emergency();
      case "settings":
        return room.sheet.open({ title: "This device", body: deviceSettings(room) });
      default:
        return undefined;
    }
  }

  /** @param {string} [start] the measure to begin with */
  vitals(start) {
    if (start === "sedation" || start === "dissociation") return this.scores(start);
    const keypad = new Keypad({
      limits: this.room.protocol.limits,
      latest: this.latest,
      now: this.now,
      start,
      onSave: (content, at) => this.commit("treatment.vitals_charted", content, at),
    });
    this.room.sheet.open({
      title: "Vitals",
      body: keypad.element,
      focus: keypad.first,
      unsaved: () => keypad.unsaved(),
      onTick: () => keypad.when.tick(),
    });
  }

  /** @param {"sedation"|"dissociation"} [only] */
  scores(only) {
    const commit = (
      /** @type {string} */ kind,
      /** @type {Record<string, any>} */ content,
      /** @type {string|undefined} */ at,
    ) => {
      this.room.chart(kind, content, at);
      this.room.announce(`${KIND_WORDS[kind]} charted. ${sayingOf(kind, content)}`);
    };
    const editor = scores({ commit, now: this.now, latest: this.latest, only, done: () => this.room.sheet.close() });
    const others = this.room.protocol.scales ?? [];
    if (!only && others.length)
      editor.element.append(
        scoreChoice(others, this.latest, this.now(), (scale) =>
          this.show(scale.title, scoreEditor(scale, { commit: this.commit, now: this.now })),
        ),
      );
    this.show(only === "sedation" ? "Sedation" : only === "dissociation" ? "Dissociation" : "Scores", editor);
  }

  /** What a due item opens. @param {string} item */
  forItem(item) {
    /** @type {Record<string, string>} */
    const measure = {
      blood_pressure: "systolic_mmhg",
      heart_rate: "heart_rate_per_min",
      spo2: "spo2_percent",
      respiratory_rate: "respiratory_rate_per_min",
      temperature: "temperature_c",
      sedation: "sedation",
      dissociation: "dissociation",
    };
    this.vitals(measure[item]);
  }

  /** @param {{item: string, due_at: number}} gap */
  explain(gap) {
    this.show(
      "Why is it missing?",
      gapEditor(gap, itemWords(gap.item), (content) => this.commit("treatment.gap_explained", content)),
    );
  }

  /** @param {Entry} entry */
  entry(entry) {
    const { room } = this;
    const body = entryDetail(entry, {
      state: room.state,
      now: this.now,
      limits: room.protocol.limits,
      lots: room.bootstrap?.lots ?? [],
      may_correct: room.state.phase !== "signed" && room.permissions.has("treatment.chart"),
      correct: (content) => this.commit("treatment.event_corrected", content),
      show: this.show,
    });
    if (entry.kind === "treatment.symptom_noted" && room.permissions.has("treatment.chart") && room.state.phase !== "signed")
      if (openSymptoms(room.state).some(({ id }) => id === entry.id)) body.append(symptomOver(saidAs(entry), this.commit));
    room.sheet.open({ title: `${KIND_WORDS[entry.kind] ?? "Entry"}, ${clockTime(entry.at)}`, body });
  }

  /** @param {string} [card] */
  emergency(card) {
    const { room } = this;
    const emergency = new Emergency({
      now: this.now,
      card,
      pump: byPump(room.state.plan) || room.state.plan === null,
      can_stop: ["running", "paused"].includes(room.state.dose.status) && room.permissions.has("treatment.chart"),
      onStop: (reason) => room.chart("treatment.infusion_stopped", { reason, volume_given_ml: null }),
      chart: (text) => room.chart("treatment.note_written", { text }),
    });
    room.sheet.open({
      title: "Emergency",
      tone: "emergency",
      body: emergency.element,
      focus: /** @type {HTMLElement} */ (emergency.tabs.firstElementChild),
      onTick: (now) => emergency.tick(now),
    });
  }

  /**
   * A step that a gate holds: first what holds it, with what to do, then the step. The server asks the gate again.
   * @param {"start"|"discharge"} gate @param {string} title @param {() => void} then
   */
  async behindGate(gate, title, then) {
    const { room } = this;
    const findings = await room.findings(gate);
    const holding = findings ? holdingOf(findings) : [];
    if (findings && !holding.length) return then();
    const go_on = html("button", { type: "button", class: "button button--room button--wide" }, [
      findings ? "Look again" : "Go on: the server judges when the line is back",
    ]);
    go_on.addEventListener("click", () => (findings ? this.behindGate(gate, title, then) : then()));
    const body = findings
      ? findingsList(findings, room.links.gates)
      : html("p", { class: "message message--missing" }, [
          "The gate cannot be judged without the server. What you chart is kept, and refused later if the gate does not hold.",
        ]);
    const aside = maySetAside(holding, room.me.role);
    room.sheet.open({
      title: findings ? `${title}: held` : title,
      body: html("div", { class: "stack" }, [
        body,
        go_on,
        aside.length && room.permissions.has("treatment.override") ? this.asideButton(gate, title, aside, then) : null,
      ]),
    });
  }

  /** @param {"start"|"discharge"} gate @param {string} title @param {import("./room_data.js").Finding[]} findings @param {() => void} then */
  asideButton(gate, title, findings, then) {
    const { room } = this;
    const button = html("button", { type: "button", class: "button button--room button--wide" }, [
      "Set aside with a reason and a name…",
    ]);
    button.addEventListener("click", () => {
      const { element, focus } = setAside({
        gate,
        findings,
        url: room.links.override,
        me: room.me,
        now: this.now(),
        done: () => this.behindGate(gate, title, then),
      });
      room.sheet.open({ title: "Set aside", body: element, focus });
    });
    return button;
  }

  /** @param {string} title @param {string} words @param {string} button @param {() => void} then */
  sure(title, words, button, then) {
    const go = html("button", { type: "button", class: "button button--primary button--room button--wide" }, [button]);
    go.addEventListener("click", then);
    this.room.sheet.open({ title, body: html("div", { class: "stack" }, [html("p", {}, [words]), go]), focus: go });
  }

  discharge() {
    this.sure(
      "Discharge",
      "Everything that the gate asks for holds. The patient leaves with the escort.",
      "Discharge now",
      () => {
        const at = this.room.clock.nowISO();
        this.commit(
          "treatment.discharged",
          { at, instructions_version: this.room.bootstrap?.instructions_version ?? null },
          at,
        );
      },
    );
  }

  sign() {
    const statement = `I have reviewed this record and sign it as ${this.room.me.name}.`;
    this.sure("Sign and lock", `“${statement}” After that only addenda can be written.`, "Sign", () =>
      this.commit("treatment.session_signed", { statement }),
    );
  }
}
