// @ts-check
// A form that was taken along: which questions are asked, as far as it is answered. The same as the server's own
// (instruments/answers.py); tests/scales/test_form_taken_along.py compares the two.

/**
 * @typedef {{value: number, text: string, points: number|null}} Option
 * @typedef {{items: string[], at_least: number|null, at_most: number|null, unknown: "ask"|"skip"}} Condition
 * @typedef {{low: number, high: number, low_text: string, high_text: string}} Typed
 * @typedef {object} Item
 * @property {string} id
 * @property {string} text
 * @property {string} help
 * @property {string} stem
 * @property {boolean} scored
 * @property {Typed|null} typed
 * @property {Option[]} options
 * @property {number|null} asked_when_score_above
 * @property {Condition[]} asked_when
 * @property {number[]} worrying
 * @typedef {object} Form
 * @property {string} assignment
 * @property {string} person
 * @property {string} title
 * @property {string} language
 * @property {string} window
 * @property {boolean} has_total
 * @property {string} notice
 * @property {Item[]} items
 * @property {Given} given
 * @typedef {Record<string, number|null>} Given null: chosen not to answer; not in it: not reached
 */

/**
 * @param {Item} item
 * @param {Given} given
 * @returns {number|null}
 */
function points(item, given) {
  const value = given[item.id];
  return item.options.find((option) => option.value === value)?.points ?? null;
}

/**
 * @param {Form} form
 * @param {Condition} condition
 * @param {Given} given
 */
function holds(form, condition, given) {
  const items = form.items.filter((item) => condition.items.includes(item.id));
  const answered = items.map((item) => points(item, given)).filter((value) => value !== null);
  const soFar = answered.reduce((sum, value) => sum + value, 0);
  if (condition.at_least !== null && soFar >= condition.at_least) return true;
  if (condition.at_most !== null && soFar > condition.at_most) return false;
  if (answered.length < items.length) return condition.unknown === "ask";
  return condition.at_most !== null;
}

/**
 * @param {Form} form
 * @param {Given} given
 * @returns {Item[]}
 */
export function itemsToAsk(form, given) {
  const total = form.items.filter((item) => item.scored).reduce((sum, item) => sum + (points(item, given) ?? 0), 0);
  return form.items.filter((item) =>
    item.asked_when_score_above !== null
      ? total > item.asked_when_score_above
      : item.asked_when.every((condition) => holds(form, condition, given)),
  );
}

/**
 * Where to go on: the first question that was not reached.
 * @param {Form} form
 * @param {Given} given
 */
export function nextItem(form, given) {
  return itemsToAsk(form, given).find((item) => !(item.id in given)) ?? null;
}
