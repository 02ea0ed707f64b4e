// @ts-check
// UUIDv7 (RFC 9562): 48 bits of milliseconds, a counter so that ids of one tab sort as they were made, then chance.

import { sure } from "./sure.js";

let lastMilliseconds = 0;
let counter = 0;

/**
 * @param {number} [milliseconds] since 1970, from the corrected clock
 * @returns {string}
 */
export function newId(milliseconds = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  if (milliseconds <= lastMilliseconds) {
    counter += 1;
    if (counter > 0xfff) {
      lastMilliseconds += 1;
      counter = 0;
    }
  } else {
    lastMilliseconds = milliseconds;
    counter = ((sure(bytes[6]) & 0x07) << 8) | sure(bytes[7]);
  }
  let rest = lastMilliseconds;
  for (let index = 5; index >= 0; index -= 1) {
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = 0x70 | (counter >> 8);
  bytes[7] = counter & 0xff;
  bytes[8] = 0x80 | (sure(bytes[8]) & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
