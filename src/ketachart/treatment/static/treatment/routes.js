// @ts-check
// How a dose is given by each route, in the words of the room. What a route does not have is not asked.

import { byVein } from "./single_dose.js";
import { figure } from "./words.js";

/**
 * @typedef {object} RouteWords
 * @property {string} action on the button
 * @property {string} one what one dose is called
 * @property {string} given past tense, as it is confirmed
 * @property {string[]} sites usual places; none where the route has none
 * @property {boolean} watched used by the patient under observation
 */

/** @type {Record<string, RouteWords>} */
const ROUTES = {
  im: {
    action: "Inject",
    one: "Part",
    given: "injected into the muscle",
    sites: ["Left upper arm", "Right upper arm", "Left thigh", "Right thigh", "Left hip", "Right hip"],
    watched: false,
  },
  sc: {
    action: "Inject",
    one: "Part",
    given: "injected under the skin",
    sites: ["Abdomen", "Left upper arm", "Right upper arm", "Left thigh", "Right thigh"],
    watched: false,
  },
  device: { action: "Device", one: "Device", given: "used", sites: [], watched: true },
  nasal: {
    action: "Spray",
    one: "Spray",
    given: "sprayed",
    sites: ["Left nostril", "Right nostril", "Both nostrils"],
    watched: false,
  },
  sublingual: { action: "Into the mouth", one: "Dose", given: "placed in the mouth", sites: [], watched: false },
  oral: { action: "By mouth", one: "Dose", given: "swallowed", sites: [], watched: false },
  iv: { action: "Push", one: "Push", given: "pushed by hand", sites: [], watched: false },
};
const OTHER = { action: "Give dose", one: "Dose", given: "given", sites: [], watched: false };

/** @param {Record<string, any>|null} plan @returns {RouteWords} */
export function routeWords(plan) {
  const route = (plan?.route ?? "").trim().toLowerCase();
  if (byVein(route)) return /** @type {RouteWords} */ (ROUTES.iv);
  if (byDevices(plan)) return /** @type {RouteWords} */ (ROUTES.device);
  return ROUTES[route] ?? OTHER;
}

/** @param {Record<string, any>|null} plan */
export const byDevices = (plan) => (plan?.devices ?? null) !== null;

/** A pump runs only where the order names a rate. @param {Record<string, any>|null} plan */
export const byPump = (plan) =>
  byVein(plan?.route) && ((plan?.infusion_minutes ?? null) !== null || (plan?.rate_ml_per_h ?? null) !== null);

/** @param {Record<string, any>} plan */
export const inSeveral = (plan) => byDevices(plan) || (plan.parts?.length ?? 0) > 1;

/** What one dose is called: its number only where there are several. @param {Record<string, any>} plan @param {number|null} number */
export function doseName(plan, number) {
  const { one } = routeWords(plan);
  if (inSeveral(plan)) return number === null ? one : `${one} ${number}`;
  return one === "Part" || one === "Device" ? "Dose" : one;
}

/** The order in one sentence. @param {Record<string, any>} plan */
export function orderWords(plan) {
  const said = [`Ordered: ${figure(plan.dose_mg, 2)} mg ${plan.molecule} (as ${plan.salt_or_base}), ${plan.route}`];
  if (byDevices(plan)) said.push(`${plan.devices} devices of ${figure(plan.device_mg, 2)} mg`);
  else if (plan.parts?.length > 1)
    said.push(`in parts of ${plan.parts.map((/** @type {number} */ mg) => figure(mg, 2)).join(" + ")} mg`);
  if (plan.units && plan.unit_mg) said.push(`${plan.units} of ${figure(plan.unit_mg, 2)} mg`);
  if (plan.bolus_mg)
    said.push(
      `${figure(plan.bolus_mg, 2)} mg by hand${plan.bolus_minutes ? ` over ${figure(plan.bolus_minutes)} min` : ""}`,
    );
  if (plan.minimum_interval_minutes) said.push(`at least ${figure(plan.minimum_interval_minutes)} min between two`);
  if (plan.maximum_cumulative_mg) said.push(`at most ${figure(plan.maximum_cumulative_mg, 2)} mg in all`);
  if (plan.hold_minutes)
    said.push(`held ${figure(plan.hold_minutes)} min${plan.then ? `, then ${plan.then}` : ""}`);
  return said.join(", ");
}
