// @ts-check
// The alarms to show: what the server's watch has raised, joined with what this page finds by itself, so that an alarm
// is there at once, waits for no network, and is one alarm wherever it was found first.

import { alarmsIn, LIVE } from "./alarms.js";
import { lastOf } from "./sure.js";

/** @typedef {import("./session_state.js").SessionState} SessionState */
/** @typedef {import("./alarms.js").Alarm} Alarm */
/** @typedef {import("./types.js").Entry} Entry */

/**
 * @typedef {object} StandingAlarm
 * @property {string} alarm_id
 * @property {string} key one alarm of a key stands at a time
 * @property {string} title
 * @property {string} action
 * @property {string} signal
 * @property {string} word
 * @property {string} shape
 * @property {string} tone
 * @property {string} sound
 * @property {number} rank
 * @property {string[]} tell everybody who has been told
 * @property {number} since
 * @property {string|null} answered_by
 * @property {number|null} answered_at
 * @property {boolean} answer_pending not on the server yet
 * @property {string|null} card
 * @property {string} source
 * @property {string} seen
 * @property {string[]} measures
 */

const RUNGS = ["nurse", "charge nurse", "prescriber"];

/**
 * What stands now, what nobody has answered first.
 * @param {SessionState} state
 * @param {import("./room_data.js").Protocol} protocol
 * @param {number} now
 * @returns {StandingAlarm[]}
 */
export function standingAlarms(state, protocol, now) {
  if (!LIVE.has(state.phaseAt(now))) return [];
  const raised = state.of("treatment.alarm_raised");
  const ended = new Set(state.of("treatment.alarm_ended").map((entry) => entry.content.alarm_id));
  const answers = state.of("treatment.alarm_acknowledged");
  return alarmsIn(state, protocol.alarms, now, protocol)
    .flatMap((alarm) => {
      const on_server = raised.filter(({ content }) => content.key === alarm.key && !ended.has(content.alarm_id));
      const own = on_server[on_server.length - 1] ?? null;
      const answered = answers.filter((entry) => entry.content.alarm_id.startsWith(`${alarm.key}/`) && entry.at <= now);
      const last = answered.length ? lastOf(answered) : null;
      const fresh = last ? alarm.causes.filter((cause) => cause.at > last.at) : alarm.causes;
      if (!fresh.length && alarm.signal === "call") return []; // somebody is on the way
      const server_knows = own && !answers.some((entry) => entry.content.alarm_id === own.content.alarm_id);
      const cause = fresh[0] ?? alarm.causes[0];
      const signal = protocol.alarm_signals[alarm.signal];
      if (!cause || !signal) return [];
      const open = fresh.length > 0;
      return [
        {
          ...alarm,
          ...signal,
          alarm_id: open
            ? server_knows
              ? own.content.alarm_id
              : idFor(alarm, cause.name, raised)
            : (last?.content.alarm_id ?? ""),
          tell: toldOf(state, protocol, alarm, own, now),
          since: cause.at,
          answered_by: open ? null : (last?.author_name ?? null),
          answered_at: open ? null : (last?.at ?? null),
          answer_pending: !open && Boolean(last?.pending),
        },
      ];
    })
    .sort((a, b) => Number(a.answered_at !== null) - Number(b.answered_at !== null) || a.rank - b.rank || a.since - b.since);
}

/** As the server names it: by rule and cause, once more when that one has ended. @param {Alarm} alarm @param {string} cause @param {Entry[]} raised */
function idFor(alarm, cause, raised) {
  const name = `${alarm.key}/${cause}`;
  const taken = new Set(raised.map(({ content }) => content.alarm_id));
  let id = name;
  for (let again = 2; taken.has(id); again += 1) id = `${name}#${again}`;
  return id;
}

/**
 * Who has been told: by the server, and, with no line, by what the clock says.
 * @param {SessionState} state @param {import("./room_data.js").Protocol} protocol @param {Alarm} alarm @param {Entry|null} own @param {number} now
 */
function toldOf(state, protocol, alarm, own, now) {
  const told = new Set([...alarm.tell, ...(own?.content.tell ?? [])]);
  if (own)
    for (const { content } of state.of("treatment.alarm_escalated"))
      if (content.alarm_id === own.content.alarm_id) told.add(content.to);
  if (alarm.prescriber_at !== null && now >= alarm.prescriber_at) told.add("prescriber");
  const values = state.opened?.policy?.alarm_values ?? {};
  if (protocol.alarm_signals[alarm.signal]?.escalates && alarm.prescriber_at === null)
    for (const [rung, setting] of Object.entries(protocol.alarm_ladder))
      if (!(setting in values)) told.add(rung);
  return RUNGS.filter((rung) => told.has(rung));
}

/** Which alarm of a device sounds: every alarm once, again when it climbs, and on and on while nobody answers. */
export class AlarmSounds {
  /** @param {{play: (signal: any) => void, hears: (tell: string[]) => boolean}} sounder */
  constructor(sounder) {
    this.sounder = sounder;
    /** @type {Map<string, {answered: boolean, rungs: number}>} */
    this.known = new Map();
    this.last_sound = 0;
  }

  /**
   * @param {Map<string, StandingAlarm>} standing by a name that is the same while the alarm stands
   * @param {number} now
   * @returns {StandingAlarm[]} those that are new to this device
   */
  follow(standing, now) {
    const fresh = [];
    /** @type {StandingAlarm|null} */
    let loudest = null;
    for (const [name, alarm] of standing) {
      const before = this.known.get(name);
      const answered = alarm.answered_at !== null;
      const climbed = before && alarm.tell.length > before.rungs;
      this.known.set(name, { answered, rungs: alarm.tell.length });
      if (answered && !climbed) continue;
      if (!before || before.answered || climbed) fresh.push(alarm);
    }
    for (const name of [...this.known.keys()]) if (!standing.has(name)) this.known.delete(name);
    const waiting = [...standing.values()].filter(
      (alarm) => alarm.answered_at === null && alarm.signal !== "notice" && this.sounder.hears(alarm.tell),
    );
    const audible = fresh.filter((alarm) => this.sounder.hears(alarm.tell));
    for (const alarm of audible) if (!loudest || alarm.rank < loudest.rank) loudest = alarm;
    if (!loudest && waiting.length && now - this.last_sound >= REPEAT_MS)
      for (const alarm of waiting) if (!loudest || alarm.rank < loudest.rank) loudest = alarm;
    if (loudest) {
      this.sounder.play(loudest.sound);
      this.last_sound = now;
    }
    return fresh;
  }
}

const REPEAT_MS = 20_000;
