// @ts-check
// Times as people in the room say them.

import { wallTime } from "./clinic_clock.js";

/** @param {number} at ms @returns {string} what the clinic's clock shows */
export function clockTime(at) {
  const { hour, minute } = wallTime(at);
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

/** @param {number} at ms */
export function clockTimeWithSeconds(at) {
  return `${clockTime(at)}:${String(wallTime(at).second).padStart(2, "0")}`;
}

/**
 * How old a value is: "12 s", "4 min", "1 h 05".
 * @param {number} milliseconds
 */
export function age(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`;
}

/**
 * A running clock: "4:07", "1:04:07".
 * @param {number} milliseconds
 */
export function stopwatch(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const rest = String(seconds % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

/**
 * A countdown said to a person: "in 4:07", "now", "1:20 late".
 * @param {number} due_at
 * @param {number} now
 */
export function countdown(due_at, now) {
  const left = due_at - now;
  if (left > 0) return `in ${stopwatch(left + 999)}`;
  return `${stopwatch(-left)} late`;
}
