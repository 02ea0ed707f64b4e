// @ts-check
// What the room page knows when it opens: from the server, or, with no network, as this device last saw it.

import { keepSnapshot, readSnapshot } from "./store.js";

/** @typedef {import("./types.js").Frame} Frame */

/**
 * The answer of the session's bootstrap address.
 * @typedef {object} Bootstrap
 * @property {{id: string, room: string|null}} session
 * @property {{id: string, name: string, mrn: string|null, age_years: number|null, sex: string|null, allergies: string[]|null, synthetic: boolean}} patient
 * @property {{id: string, name: string, role: string, permissions: string[]}} me
 * @property {Frame[]} events
 * @property {number} head
 * @property {number} position
 * @property {string} server_time
 * @property {Protocol} protocol
 * @property {any} prediction
 * @property {string|null} why_none why there is no prediction
 * @property {Gates} gates
 * @property {import("./dose_sheet.js").Lot[]} lots what is in stock of the ordered product
 * @property {{id: string, name: string, role: string}[]} [staff] who may take over
 * @property {string|null} instructions_version the aftercare text that goes home with this product and route
 */

/**
 * @typedef {object} Protocol
 * @property {import("./due.js").Alerts} alerts
 * @property {Record<string, import("./types.js").EntryLimit>} limits
 * @property {import("./alarms.js").AlarmRule[]} alarms
 * @property {Record<string, import("./alarms.js").Signal>} alarm_signals
 * @property {Record<string, string>} alarm_ladder who is told after how long, by the clinic's settings
 * @property {{rate_agrees_within_percent: number}} [entry]
 * @property {{id: string, question: string}[]} rescreen
 * @property {{id: string, label: string}[]} time_out
 * @property {import("./score_sheet.js").RoomScale[]} [scales]
 * @property {import("./rescue_sheet.js").RescueProblem[]} [rescue]
 */

/** @typedef {{id: string, title: string, verdict: "met"|"not met"|"missing", meaning: string, action: string, blocks: boolean, overridden: boolean, overridable: {roles: string[], second_signature: boolean}|null, source: string, seen: string[]}} Finding */
/** @typedef {{start: Finding[]|null, discharge: Finding[]|null}} Gates */

/**
 * @param {string} url
 * @param {import("./clock.js").ServerClock} clock
 * @returns {Promise<any>}
 */
export async function fetchJSON(url, clock) {
  const sent_at = performance.now();
  const answer = await fetch(url, {
    credentials: "same-origin",
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(20_000),
  });
  if (!answer.ok || !(answer.headers.get("content-type") ?? "").includes("json"))
    throw new DoorClosed(answer.status, url);
  const body = await answer.json();
  if (body.server_time) clock.learn(body.server_time, sent_at);
  return body;
}

/** The server answered, and not with what was asked for: signed out, gone, or out of order. */
export class DoorClosed extends Error {
  /** @param {number} status @param {string} url */
  constructor(status, url) {
    super(`${status} from ${url}`);
    this.status = status;
  }
}

/**
 * @param {string} session_id
 * @param {Bootstrap} bootstrap
 * @param {Frame[]} frames all frames known by now
 */
export function keep(session_id, bootstrap, frames) {
  return keepSnapshot(session_id, { ...bootstrap, events: frames });
}

/** @param {string} session_id @returns {Promise<{kept_at: number, bootstrap: Bootstrap}|null>} */
export async function kept(session_id) {
  const found = await readSnapshot(session_id);
  return found ? { kept_at: found.kept_at, bootstrap: found.snapshot } : null;
}
