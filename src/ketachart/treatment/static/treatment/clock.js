// @ts-check
// The server's time on this device. A tablet's own clock may be wrong by minutes; what is charted must not be.

const KEY = "ketachart.clock_offset_ms";
const TOLERANCE_MS = 2000;

/** Learns how far the device clock is from the server's from answers that carry the server's time. */
export class ServerClock {
  /** @param {Storage|null} [storage] keeps the offset for a page that opens without a network */
  constructor(storage = null) {
    this.storage = storage;
    /** @type {number|null} server minus device; null until one answer was seen on this device */
    this.offset_ms = null;
    this.round_trip_ms = Infinity;
    this.anchor_device_ms = Date.now();
    this.anchor_steady_ms = performance.now();
    const kept = storage?.getItem(KEY) ?? "";
    if (kept !== "" && Number.isFinite(Number(kept))) this.offset_ms = Number(kept);
  }

  /**
   * @param {string} server_time ISO-8601
   * @param {number} sent_steady_ms performance.now() when the request left
   * @param {number} [received_steady_ms]
   */
  learn(server_time, sent_steady_ms, received_steady_ms = performance.now()) {
    const round_trip_ms = received_steady_ms - sent_steady_ms;
    const believed_error_ms = Math.abs(Date.parse(server_time) - this.now());
    const better = round_trip_ms <= this.round_trip_ms * 1.5;
    if (!better && believed_error_ms < TOLERANCE_MS) return;
    this.anchor_device_ms = Date.now();
    this.anchor_steady_ms = performance.now();
    this.round_trip_ms = round_trip_ms;
    this.offset_ms = Date.parse(server_time) + round_trip_ms / 2 - this.anchor_device_ms;
    this.storage?.setItem(KEY, String(Math.round(this.offset_ms)));
  }

  /**
   * A heartbeat of the stream says the server's time without a round trip: good enough to notice a clock that was moved.
   * @param {string} server_time
   */
  check(server_time) {
    if (this.offset_ms === null || Math.abs(Date.parse(server_time) - this.now()) > TOLERANCE_MS) {
      this.round_trip_ms = Infinity;
      this.learn(server_time, performance.now());
      this.round_trip_ms = Infinity;
    }
  }

  /**
   * The later of the device clock and the steady clock: the steady one stands still while a tablet sleeps,
   * the device one may be set back by hand.
   */
  deviceTime() {
    return Math.max(Date.now(), this.anchor_device_ms + (performance.now() - this.anchor_steady_ms));
  }

  /** @returns {number} ms since 1970, as the server counts */
  now() {
    return Math.round(this.deviceTime() + (this.offset_ms ?? 0));
  }

  /** @returns {string} */
  nowISO() {
    return new Date(this.now()).toISOString();
  }
}
