// @ts-check
// What this device keeps: the unsent events until they are sent, and the last known record of each session it has
// shown until somebody signs out (web/js/worker.js deletes that database; unsent events are in another).

import { openDB } from "../web/vendor/idb/index.js";

/** @typedef {import("./types.js").Unsent} Unsent */

/** @type {Promise<any>|null} */
let opened = null;
/** @type {Promise<any>|null} */
let opened_snapshots = null;

function database() {
  opened ??= openDB("ketachart-outbox", 1, {
    upgrade(/** @type {any} */ db) {
      const outbox = db.createObjectStore("outbox", { keyPath: "sequence", autoIncrement: true });
      outbox.createIndex("by_id", "id", { unique: true });
      outbox.createIndex("by_session", "session_id");
    },
    terminated() {
      opened = null;
    },
  });
  opened.catch(() => (opened = null)); // a store that did not open is asked for again the next time
  return opened;
}

function snapshots() {
  opened_snapshots ??= openDB("ketachart-kept", 1, {
    upgrade(/** @type {any} */ db) {
      db.createObjectStore("snapshots", { keyPath: "session_id" });
    },
    /** Somebody signed out in another tab: do not stand in the way of forgetting. */
    blocking(/** @type {any} */ _from, /** @type {any} */ _to, /** @type {any} */ event) {
      opened_snapshots = null;
      event.target.close();
    },
    terminated() {
      opened_snapshots = null;
    },
  });
  opened_snapshots.catch(() => (opened_snapshots = null));
  return opened_snapshots;
}

/**
 * Stores an event before anything else happens to it. Resolves once the browser says that it is on disk.
 * @param {Omit<Unsent, "sequence">} event
 * @returns {Promise<Unsent>}
 */
export async function keepUnsent(event) {
  const db = await database();
  const transaction = db.transaction("outbox", "readwrite", { durability: "strict" });
  const sequence = await transaction.store.add(event);
  await transaction.done;
  return { ...event, sequence };
}

/** @returns {Promise<Unsent[]>} all sessions, in the order of charting */
export async function allUnsent() {
  return (await database()).getAll("outbox");
}

/**
 * Changes the stored events together, or none of them.
 * @param {(events: Unsent[]) => Unsent[]} change returns those to write back
 */
export async function changeUnsent(change) {
  const db = await database();
  const transaction = db.transaction("outbox", "readwrite", { durability: "strict" });
  for (const event of change(await transaction.store.getAll())) await transaction.store.put(event);
  await transaction.done;
}

/** @param {number[]} sequences */
export async function removeUnsent(sequences) {
  const db = await database();
  const transaction = db.transaction("outbox", "readwrite", { durability: "strict" });
  for (const sequence of sequences) await transaction.store.delete(sequence);
  await transaction.done;
}

/**
 * @param {string} session_id
 * @param {any} snapshot
 */
export async function keepSnapshot(session_id, snapshot) {
  await (await snapshots()).put("snapshots", { session_id, kept_at: Date.now(), snapshot });
}

/**
 * @param {string} session_id
 * @returns {Promise<{kept_at: number, snapshot: any}|undefined>}
 */
export async function readSnapshot(session_id) {
  return (await snapshots()).get("snapshots", session_id);
}

/**
 * Forgets records of sessions that nobody needs on this device any more (a shared tablet must not collect patients).
 * @param {number} older_than ms since 1970, device clock
 * @param {string} keep_session_id
 */
export async function forgetSnapshots(older_than, keep_session_id) {
  const db = await snapshots();
  for (const kept of await db.getAll("snapshots")) {
    if (kept.kept_at < older_than && kept.session_id !== keep_session_id) await db.delete("snapshots", kept.session_id);
  }
}

/** Asks the browser not to throw the outbox away when the disk runs full. */
export async function askToPersist() {
  return (await navigator.storage?.persist?.()) ?? false;
}
