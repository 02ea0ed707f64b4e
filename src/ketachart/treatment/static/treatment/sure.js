// @ts-check
// For what must be there: an index that was just looked up, a name from our own table. Wrong is loud, never a silent "undefined".

/**
 * @template T
 * @param {T|null|undefined} value
 * @returns {T}
 */
export function sure(value) {
  if (value === null || value === undefined) throw new Error("something that must be there is missing");
  return value;
}

/**
 * @template T
 * @param {readonly T[]} list
 * @returns {T}
 */
export function lastOf(list) {
  return sure(list[list.length - 1]);
}
