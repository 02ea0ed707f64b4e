// @ts-check
// The clinic's wall clock, whatever zone a tablet or a prescriber abroad has set: the record's pages show the same.

/** @typedef {{year: number, month: number, day: number, hour: number, minute: number, second: number}} WallTime */

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** The page says which zone its clinic is in (web/base.html). */
function clinicFormat() {
  const zone = globalThis.document?.documentElement.dataset.timezone ?? "";
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone || undefined,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, format);
  }
  return format;
}

/** @param {number} at ms @returns {WallTime} */
export function wallTime(at) {
  const parts = clinicFormat().formatToParts(at);
  /** @param {Intl.DateTimeFormatPartTypes} type */
  const part = (type) => Number(parts.find((one) => one.type === type)?.value);
  return {
    year: part("year"),
    month: part("month"),
    day: part("day"),
    hour: part("hour"),
    minute: part("minute"),
    second: part("second"),
  };
}

/**
 * The latest moment, not after `limit`, at which the clinic's clock showed this time.
 * @param {number} hour @param {number} minute @param {number} limit ms
 * @returns {number} ms
 */
export function lastTimeTheClockShowed(hour, minute, limit) {
  const today = wallTime(limit);
  for (const days_ago of [0, 1]) {
    const at = momentOf(Date.UTC(today.year, today.month - 1, today.day - days_ago, hour, minute));
    if (at <= limit) return at;
  }
  return limit;
}

/**
 * @param {number} wall the wall time as if it were UTC
 * @returns {number} ms; where the clock is put back and shows a time twice, either of the two
 */
function momentOf(wall) {
  const guess = wall - ahead(wall);
  return wall - ahead(guess);
}

/** @param {number} at @returns {number} how far the clinic's clock is ahead of UTC, ms */
function ahead(at) {
  const { year, month, day, hour, minute, second } = wallTime(at);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}
