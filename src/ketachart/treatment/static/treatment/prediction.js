// @ts-check
// The server's prediction as the axis draws it.

/** @typedef {import("./axis_prediction.js").Prediction} Prediction */

/**
 * @param {any} answer of the prediction address, or null
 * @returns {Prediction|null}
 */
export function predictionFrom(answer) {
  const found = answer?.prediction ?? answer;
  if (!found?.at?.length) return null;
  return {
    ...found,
    at: found.at.map((/** @type {string|number} */ at) => (typeof at === "number" ? at : Date.parse(at))),
    warnings: found.warnings ?? [],
    for_head: found.for_head ?? 0,
  };
}
