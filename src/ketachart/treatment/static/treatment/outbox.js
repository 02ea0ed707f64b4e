// @ts-check
// The outbox: an event is kept on this device first, shown as pending, and sent until the server has acknowledged it.
// Never treated as saved before that; never dropped after a refusal.

import { newId } from "./uuid7.js";
import { allUnsent, changeUnsent, keepUnsent, removeUnsent } from "./store.js";
import { sure } from "./sure.js";

/** @typedef {import("./types.js").Unsent} Unsent */
/** @typedef {import("./types.js").SendResult} SendResult */

const BATCH = 200;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
const LOCK = "ketachart-outbox";

/**
 * @typedef {object} Options
 * @property {import("./clock.js").ServerClock} clock
 * @property {() => {id: string, name: string}|null} person who is signed in on this page
 * @property {() => string} csrfToken
 * @property {string} device
 * @property {(events: Unsent[]) => void} onChange
 * @property {(trouble: Trouble) => void} [onTrouble]
 */

/** @typedef {"none"|"offline"|"signed_out"|"server"} Trouble */

export class Outbox {
  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    /** @type {Unsent[]} */
    this.events = [];
    this.wait_ms = FIRST_WAIT_MS;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.timer = undefined;
    /** @type {Trouble} */
    this.trouble = "none";
    this.channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(LOCK) : null;
    if (this.channel) this.channel.onmessage = () => this.reload();
    addEventListener("online", () => this.sendNow());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.sendNow();
    });
  }

  async start() {
    await this.reload();
    this.sendNow();
  }

  /**
   * @param {string} session_id
   * @param {string} kind
   * @param {Record<string, any>} content
   * @param {string} [effective_at]
   * @returns {Promise<Unsent>}
   */
  async add(session_id, kind, content, effective_at = this.options.clock.nowISO()) {
    const person = this.options.person();
    if (!person) throw new Error("Nobody is signed in on this page: reload it and sign in.");
    const kept = await keepUnsent({
      id: newId(this.options.clock.now()),
      session_id,
      kind,
      effective_at,
      content,
      device: this.options.device,
      user_id: person.id,
      author_name: person.name,
      status: "pending",
      number: null,
      problem: null,
    });
    await this.changed();
    this.sendNow();
    return kept;
  }

  async reload() {
    this.events = await allUnsent();
    this.options.onChange(this.events);
  }

  async changed() {
    await this.reload();
    this.channel?.postMessage("changed");
  }

  /** Events that are not on the server: pending, refused or in conflict. */
  unsent() {
    return this.events.filter((event) => event.status !== "acknowledged");
  }

  /** Tries at once, whatever the wait was. */
  sendNow() {
    this.wait_ms = FIRST_WAIT_MS;
    this.schedule(0);
  }

  /** @param {number} after_ms */
  schedule(after_ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), after_ms);
  }

  /** One tab sends at a time; the others see its result through the store. */
  async send() {
    const locks = navigator.locks;
    if (!locks) return this.sendBatches();
    await locks.request(LOCK, { ifAvailable: true }, async (lock) => {
      if (lock) await this.sendBatches();
      else this.schedule(LONGEST_WAIT_MS / 6);
    });
  }

  async sendBatches() {
    for (;;) {
      await this.reload();
      const person = this.options.person();
      const waiting = this.events.filter((event) => event.status === "pending" && event.user_id === person?.id);
      if (!waiting.length) return this.setTrouble("none");
      const session_id = sure(waiting[0]).session_id;
      const batch = waiting.filter((event) => event.session_id === session_id).slice(0, BATCH);
      const trouble = await this.post(session_id, batch);
      this.setTrouble(trouble);
      if (trouble !== "none") {
        this.schedule(this.wait_ms * (0.75 + Math.random() / 2));
        this.wait_ms = Math.min(this.wait_ms * 2, LONGEST_WAIT_MS);
        return;
      }
      this.wait_ms = FIRST_WAIT_MS;
    }
  }

  /** @param {Trouble} trouble */
  setTrouble(trouble) {
    this.trouble = trouble;
    this.options.onTrouble?.(trouble);
  }

  /**
   * @param {string} session_id
   * @param {Unsent[]} batch
   * @returns {Promise<Trouble>}
   */
  async post(session_id, batch) {
    const sent_at = performance.now();
    let answer;
    try {
      answer = await fetch(`/live/sessions/${session_id}/events`, {
        method: "POST",
        credentials: "same-origin",
        redirect: "manual",
        signal: AbortSignal.timeout(15_000),
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.options.csrfToken() },
        body: JSON.stringify({
          events: batch.map(({ id, kind, effective_at, content, device }) => ({
            id,
            kind,
            effective_at,
            content,
            device,
          })),
        }),
      });
    } catch {
      return "offline";
    }
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return "signed_out";
    if (answer.status >= 500 || answer.status === 429) return "server";
    const body = await answer.json().catch(() => null);
    if (!answer.ok) return this.narrow(session_id, batch, answer.status, body);
    if (!Array.isArray(body?.results)) return "server";
    if (body.server_time) this.options.clock.learn(body.server_time, sent_at);
    await this.apply(body.results);
    return "none";
  }

  /**
   * The whole batch was turned down: send its events one by one, so that one bad event holds up no other.
   * @param {string} session_id
   * @param {Unsent[]} batch
   * @param {number} status
   * @param {any} body
   * @returns {Promise<Trouble>}
   */
  async narrow(session_id, batch, status, body) {
    if (batch.length > 1) {
      for (const event of batch) {
        const trouble = await this.post(session_id, [event]);
        if (trouble !== "none") return trouble;
      }
      return "none";
    }
    const problem = body?.errors?.[0] ?? {};
    await this.apply([
      {
        id: sure(batch[0]).id,
        status: "refused",
        number: null,
        position: null,
        problem: {
          field: problem.field ?? null,
          problem: problem.problem ?? `The server refused this entry (${status}).`,
          fix: problem.fix ?? null,
        },
      },
    ]);
    return "none";
  }

  /** @param {SendResult[]} results */
  async apply(results) {
    const by_id = new Map(results.map((result) => [result.id, result]));
    await changeUnsent((events) =>
      events.flatMap((event) => {
        const result = by_id.get(event.id);
        if (!result || event.status !== "pending") return [];
        const saved = result.status === "created" || result.status === "already";
        const status = saved ? "acknowledged" : result.status === "conflict" ? "conflict" : "refused";
        return [{ ...event, status, number: result.number, problem: result.problem }];
      }),
    );
    await this.changed();
  }

  /**
   * An acknowledged event may leave this device once its frame is part of the kept record.
   * @param {(event: Unsent) => boolean} in_record
   */
  async release(in_record) {
    const done = this.events.filter((event) => event.status === "acknowledged" && in_record(event));
    if (!done.length) return;
    await removeUnsent(done.map((event) => event.sequence));
    await this.changed();
  }

  /**
   * A person has read why an entry was refused and sets it aside (after charting it right, or because it was wrong).
   * @param {string} id
   */
  async setAside(id) {
    const found = this.events.find((event) => event.id === id);
    if (!found || (found.status !== "refused" && found.status !== "conflict")) return;
    await removeUnsent([found.sequence]);
    await this.changed();
  }

  /**
   * Sends a refused entry again under the same id (the reason may have gone, e.g. a gate that holds now).
   * @param {string} id
   */
  async retry(id) {
    await changeUnsent((events) =>
      events
        .filter((event) => event.id === id && event.status === "refused")
        .map((event) => ({ ...event, status: "pending", problem: null })),
    );
    await this.changed();
    this.sendNow();
  }
}
