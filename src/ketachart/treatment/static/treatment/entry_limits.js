// @ts-check
// Judges a number while it is typed, against the bounds that the server's protocol gives.

/** @typedef {import("./types.js").EntryLimit} EntryLimit */
/** @typedef {{standing: "empty"|"typing"|"impossible"|"unusual"|"usual", value: number|null, message: string}} Judgement */

/**
 * @param {string} text as typed
 * @param {EntryLimit} limit
 * @returns {Judgement}
 */
export function judge(text, limit) {
  if (text === "") return { standing: "empty", value: null, message: "" };
  const value = Number(text);
  const range = `${limit.minimum} to ${limit.maximum} ${limit.unit}`.trim();
  if (!Number.isFinite(value) || text.endsWith(".")) return { standing: "typing", value: null, message: "" };
  if (limit.whole && !Number.isInteger(value))
    return { standing: "impossible", value: null, message: `${limit.label} is a whole number` };
  if (value < limit.minimum) {
    if (canGrow(text, limit)) return { standing: "typing", value: null, message: "" };
    return { standing: "impossible", value: null, message: `${limit.label} ${text} cannot be: ${range}` };
  }
  if (value > limit.maximum)
    return { standing: "impossible", value: null, message: `${limit.label} ${text} cannot be: ${range}` };
  const low = isGiven(limit.usual_minimum) && value < limit.usual_minimum;
  const high = isGiven(limit.usual_maximum) && value > limit.usual_maximum;
  if (low || high) {
    const bound = low ? `under ${limit.usual_minimum}` : `over ${limit.usual_maximum}`;
    return { standing: "unusual", value, message: `${limit.label} ${text} ${limit.unit} is unusual (${bound})` };
  }
  return { standing: "usual", value, message: "" };
}

/**
 * Whether one more digit could still give a possible value: if not, the keypad goes on to the next field by itself.
 * @param {string} text
 * @param {EntryLimit} limit
 */
export function canGrow(text, limit) {
  if (text.includes(".")) return text.length - text.indexOf(".") <= 1;
  if (!/^\d+$/.test(text) || Number(text) === 0) return text.length < 1;
  for (let digits = 1; digits <= 3; digits += 1) {
    const low = Number(text) * 10 ** digits;
    const high = low + 10 ** digits - 1;
    if (low <= limit.maximum && high >= limit.minimum) return true;
  }
  return false;
}

/** @param {number|null|undefined} value @returns {value is number} */
function isGiven(value) {
  return value !== null && value !== undefined;
}
