// @ts-check
// The event stream of a page: replays what was missed, and knows when it is dead.
// A dead stream must never look like a calm patient.

/** @typedef {import("./types.js").Frame} Frame */

const SILENT_AFTER_MS = 25_000; // two heartbeats of ten seconds missed, and some
const RENEWAL_MS = 5_000; // the server ends a stream now and then, and the browser comes straight back
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 10_000;

/**
 * @typedef {object} Options
 * @property {string} query e.g. "session=<id>" or "board=1"
 * @property {number|null} after clinic position to replay from
 * @property {(frame: Frame, position: number) => void} onFrame
 * @property {(server_time: string) => void} [onBeat]
 * @property {(alive: boolean, last_heard_ms: number|null) => void} onHealth called each second
 * @property {() => void} [onOpen] each time the line is up (again)
 */

export class LiveStream {
  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    this.after = options.after;
    /** @type {EventSource|null} */
    this.source = null;
    /** @type {number|null} device clock of the last sign of life */
    this.last_heard_ms = null;
    this.open = false;
    /** @type {number|null} device clock when the line went down; a line that is renewed at once is not a lost one */
    this.down_since_ms = Date.now();
    this.wait_ms = FIRST_WAIT_MS;
    this.stopped = false;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.retry = undefined;
    this.watch = setInterval(() => this.look(), 1000);
    addEventListener("online", () => this.connectSoon(0));
    // an open connection may look alive for minutes after the network went: try it anew, and believe only the answer
    addEventListener("offline", () => {
      this.down();
      this.connectSoon(FIRST_WAIT_MS);
    });
    this.connect();
  }

  connect() {
    clearTimeout(this.retry);
    this.source?.close();
    if (this.stopped) return;
    const after = this.after === null ? "" : `&after=${this.after}`;
    const source = new EventSource(`/live/stream?${this.options.query}${after}`);
    this.source = source;
    source.onopen = () => {
      this.open = true;
      this.down_since_ms = null;
      this.wait_ms = FIRST_WAIT_MS;
      this.heard();
      this.look();
      this.options.onOpen?.();
    };
    source.addEventListener("charted", (message) => this.charted(/** @type {MessageEvent} */ (message)));
    source.addEventListener("beat", (message) => {
      this.heard();
      const { data } = /** @type {MessageEvent} */ (message);
      const { server_time, position } = JSON.parse(data);
      if (Number.isFinite(position)) this.after = Math.max(this.after ?? 0, position);
      this.options.onBeat?.(server_time);
    });
    source.onerror = () => {
      this.down();
      source.close();
      this.connectSoon(this.wait_ms);
      this.wait_ms = Math.min(this.wait_ms * 2, LONGEST_WAIT_MS);
      this.look();
    };
  }

  /** @param {MessageEvent} message */
  charted(message) {
    this.heard();
    const position = Number(message.lastEventId);
    if (Number.isFinite(position) && message.lastEventId !== "") this.after = Math.max(this.after ?? 0, position);
    this.options.onFrame(JSON.parse(message.data), position);
  }

  /** @param {number} after_ms */
  connectSoon(after_ms) {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), after_ms);
  }

  heard() {
    this.last_heard_ms = Date.now();
  }

  down() {
    this.open = false;
    this.down_since_ms ??= Date.now();
  }

  alive() {
    if (this.last_heard_ms === null || Date.now() - this.last_heard_ms >= SILENT_AFTER_MS) return false;
    return this.down_since_ms === null || Date.now() - this.down_since_ms < RENEWAL_MS;
  }

  look() {
    if (this.open && !this.alive()) {
      this.down();
      this.connectSoon(0);
    }
    const opening = this.last_heard_ms === null && Date.now() - (this.down_since_ms ?? 0) < RENEWAL_MS;
    if (!opening) this.options.onHealth(this.alive(), this.last_heard_ms);
  }

  stop() {
    this.stopped = true;
    clearInterval(this.watch);
    clearTimeout(this.retry);
    this.source?.close();
  }
}
