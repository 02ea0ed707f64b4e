// @ts-check
// What this phone keeps of a questionnaire until the server has it. Never treated as sent before that.

import { openDB } from "../web/vendor/idb/index.js";
import { csrfToken } from "../web/js/csrf.js";

/**
 * @typedef {object} Kept
 * @property {number} [sequence]
 * @property {string} id
 * @property {string} assignment
 * @property {string} person who was signed in when it was tapped; nobody else sends it
 * @property {string|null} item null: the person pressed send
 * @property {number|null} value
 * @property {string} at
 * @property {string|null} problem why the server refused it
 */

/** @type {Promise<any>|null} */
let opened = null;

function database() {
  opened ??= openDB("ketachart-answers", 1, {
    upgrade(/** @type {any} */ db) {
      db.createObjectStore("kept", { keyPath: "sequence", autoIncrement: true });
      db.createObjectStore("known", { keyPath: "assignment" });
    },
    terminated() {
      opened = null;
    },
  });
  opened.catch(() => (opened = null));
  return opened;
}

/**
 * @param {{assignment: string, person: string}} form
 * @param {string|null} item
 * @param {number|null} value
 */
export async function keep(form, item, value) {
  const db = await database();
  const transaction = db.transaction("kept", "readwrite", { durability: "strict" });
  /** @type {Kept} */
  const one = {
    id: crypto.randomUUID(),
    assignment: form.assignment,
    person: form.person,
    item,
    value,
    at: new Date().toISOString(),
    problem: null,
  };
  await transaction.store.add(one);
  await transaction.done;
}

/**
 * @param {string} person
 * @returns {Promise<Kept[]>}
 */
export async function allKept(person) {
  const all = await (await database()).getAll("kept");
  return all.filter((/** @type {Kept} */ one) => one.person === person);
}

/**
 * What the server knew when the network went: the kept page may be older than that.
 * @param {string} assignment
 * @param {string} person
 * @param {Record<string, number|null>} given
 */
export async function keepKnown(assignment, person, given) {
  await (await database()).put("known", { assignment, person, given });
}

/**
 * @param {string} assignment
 * @param {string} person
 * @returns {Promise<Record<string, number|null>>}
 */
export async function readKnown(assignment, person) {
  const found = await (await database()).get("known", assignment);
  return found?.person === person ? found.given : {};
}

/** Is there a network that reaches the server? */
export async function reaches() {
  if (!navigator.onLine) return false;
  try {
    const answer = await fetch("/health", { cache: "no-store", signal: AbortSignal.timeout(4000) });
    return answer.ok;
  } catch {
    return false;
  }
}

/**
 * Hands in what is kept, one tab at a time. "nothing": there was nothing; "signed_out": sign in first.
 * @param {string} person
 * @returns {Promise<"nothing"|"sent"|"offline"|"signed_out"|"refused">}
 */
export async function handIn(person) {
  if (!navigator.locks) return handInNow(person);
  return navigator.locks.request("ketachart-answers", () => handInNow(person));
}

/** @param {string} person */
async function handInNow(person) {
  const waiting = (await allKept(person)).filter((one) => one.problem === null);
  if (!waiting.length) return "nothing";
  /** @type {"sent"|"refused"} */
  let outcome = "sent";
  for (const assignment of new Set(waiting.map((one) => one.assignment))) {
    const done = await post(
      assignment,
      waiting.filter((one) => one.assignment === assignment),
    );
    if (done === "offline" || done === "signed_out") return done;
    if (done === "refused") outcome = "refused";
  }
  return outcome;
}

/**
 * @param {string} assignment
 * @param {Kept[]} kept
 * @returns {Promise<"sent"|"offline"|"signed_out"|"refused">}
 */
async function post(assignment, kept) {
  const answers = kept.filter((one) => one.item !== null).map(({ id, item, value, at }) => ({ id, item, value, at }));
  const sent_at = kept.filter((one) => one.item === null).at(-1)?.at ?? null;
  let answer;
  try {
    answer = await fetch(`/my/questionnaires/${assignment}/kept/`, {
      method: "POST",
      credentials: "same-origin",
      redirect: "manual",
      signal: AbortSignal.timeout(15_000),
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify({ answers, sent_at, phone_time: new Date().toISOString() }),
    });
  } catch {
    return "offline";
  }
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return "signed_out";
  if (answer.status >= 500 || answer.status === 429) return "offline";
  if (!answer.ok) {
    const body = await answer.json().catch(() => null);
    await refuse(kept, body?.errors?.[0]?.problem ?? `The server refused this (${answer.status}).`);
    return "refused";
  }
  const db = await database();
  const transaction = db.transaction("kept", "readwrite", { durability: "strict" });
  for (const one of kept) transaction.store.delete(one.sequence);
  await transaction.done;
  await db.delete("known", assignment);
  return "sent";
}

/**
 * @param {Kept[]} kept
 * @param {string} problem
 */
async function refuse(kept, problem) {
  const db = await database();
  const transaction = db.transaction("kept", "readwrite", { durability: "strict" });
  for (const one of kept) transaction.store.put({ ...one, problem });
  await transaction.done;
}

/**
 * The person has read why it was refused.
 * @param {string} person
 * @param {string} assignment
 */
export async function setAside(person, assignment) {
  const db = await database();
  for (const one of await allKept(person)) {
    if (one.assignment === assignment && one.problem !== null) await db.delete("kept", one.sequence);
  }
}
