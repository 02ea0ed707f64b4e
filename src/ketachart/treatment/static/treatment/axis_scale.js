// @ts-check
// Where a time and a value lie on the page.

const MINUTE_MS = 60_000;
const STEPS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 240];

/** @typedef {{from: number, to: number, left: number, right: number, x: (at: number) => number}} TimeScale */
/** @typedef {{low: number, high: number, top: number, bottom: number, y: (value: number) => number}} ValueScale */

/**
 * @param {number} from
 * @param {number} to
 * @param {number} left
 * @param {number} right
 * @returns {TimeScale}
 */
export function timeScale(from, to, left, right) {
  return { from, to, left, right, x: (at) => round(left + ((at - from) / (to - from)) * (right - left)) };
}

/**
 * @param {number} low
 * @param {number} high
 * @param {number} top
 * @param {number} bottom
 * @returns {ValueScale}
 */
export function valueScale(low, high, top, bottom) {
  return {
    low,
    high,
    top,
    bottom,
    y: (value) => round(bottom - ((clamp(value, low, high) - low) / (high - low)) * (bottom - top)),
  };
}

/**
 * Round clock times, not closer together than `gap_px`.
 * @param {TimeScale} scale
 * @param {number} [gap_px]
 * @returns {number[]}
 */
export function timeTicks(scale, gap_px = 76) {
  const per_minute = ((scale.right - scale.left) / (scale.to - scale.from)) * MINUTE_MS;
  const step = (STEPS_MIN.find((minutes) => minutes * per_minute >= gap_px) ?? 480) * MINUTE_MS;
  const zone_ms = new Date(scale.from).getTimezoneOffset() * MINUTE_MS;
  const ticks = [];
  for (let at = Math.ceil((scale.from - zone_ms) / step) * step + zone_ms; at <= scale.to; at += step) ticks.push(at);
  return ticks;
}

/**
 * The part of the session to show.
 * @param {{span: "all"|number, now: number, opened_at: number|null, first_dose_at: number|null, closed_at: number|null}} about
 * @returns {{from: number, to: number}}
 */
export function spanOf({ span, now, opened_at, first_dose_at, closed_at }) {
  const end = closed_at ?? now;
  if (span !== "all") return { from: end - span * 0.8 * MINUTE_MS, to: end + span * 0.2 * MINUTE_MS };
  const earliest = first_dose_at === null ? end - 60 * MINUTE_MS : first_dose_at - 45 * MINUTE_MS;
  const from = Math.max(opened_at ?? earliest, earliest) - 3 * MINUTE_MS;
  const to = closed_at === null ? Math.max(now + 15 * MINUTE_MS, from + 75 * MINUTE_MS) : closed_at + 5 * MINUTE_MS;
  return { from, to };
}

/**
 * A top for a scale that starts at zero, with a little air.
 * @param {number} value
 */
export function niceTop(value) {
  if (value <= 0) return 1;
  const magnitude = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * magnitude >= value * 1.05) ?? 10;
  return step * magnitude;
}

/** @param {number} value @param {number} low @param {number} high */
function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 100) / 100;
}
