// @ts-check
// What the questionnaire's page is made of when it is drawn on the phone. Nothing is chosen until the person chooses.

/** @typedef {import("./form.js").Item} Item */
/** @typedef {import("./form.js").Form} Form */
/** @typedef {import("./form.js").Given} Given */

/**
 * @param {string} words
 * @param {string} [css]
 */
export function paragraph(words, css = "") {
  const made = document.createElement("p");
  made.textContent = words;
  if (css) made.className = css;
  return made;
}

/**
 * @param {string} words
 * @param {string} css
 * @param {() => void} press
 */
export function button(words, css, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = css;
  made.textContent = words;
  made.addEventListener("click", press);
  return made;
}

/**
 * @param {string} css
 * @param {string} words
 */
function span(css, words) {
  const made = document.createElement("span");
  made.className = css;
  made.textContent = words;
  return made;
}

/**
 * One question a screen, as the server draws it.
 * @param {Form} form
 * @param {Item} item
 * @param {object} how
 * @param {number} how.number
 * @param {number} how.of
 * @param {number|null|undefined} how.standing what the person answered before, when going back
 * @param {(() => void)|null} how.back
 * @param {(value: number|null) => void} how.answer
 */
export function questionCard(form, item, how) {
  const card = document.createElement("div");
  card.append(progress(form, how.number, how.of));
  const box = document.createElement("form");
  box.className = "question";
  box.noValidate = true;
  const set = document.createElement("fieldset");
  set.className = "question__set";
  set.lang = form.language;
  const legend = document.createElement("legend");
  legend.className = "question__legend";
  if (item.help) legend.append(span("question__stem", item.help));
  legend.append(span("question__stem", item.stem), span("question__text", item.text));
  const problem = paragraph("", "field__error");
  problem.setAttribute("role", "alert");
  problem.hidden = true;
  set.append(legend, problem, item.typed ? typedAnswer(item, how.standing) : choices(item, how.standing));
  const go = document.createElement("div");
  go.className = "question__go";
  const next = button("Next", "button button--primary button--room button--wide", () => {});
  next.type = "submit";
  go.append(
    next,
    button("I would rather not answer", "button button--quiet button--wide", () => how.answer(null)),
  );
  if (how.back) go.append(button("Back", "button button--quiet button--wide", how.back));
  box.append(set, go);
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = chosen(box, item);
    if (value === null) {
      problem.textContent = item.typed
        ? `Give a whole number from ${item.typed.low} to ${item.typed.high}, or choose “I would rather not answer”.`
        : "Nothing is chosen. Choose an answer, or choose “I would rather not answer”.";
      problem.hidden = false;
      set.classList.add("field--error");
    } else how.answer(value);
  });
  card.append(box);
  return card;
}

/**
 * @param {HTMLFormElement} box
 * @param {Item} item
 * @returns {number|null}
 */
function chosen(box, item) {
  const given = new FormData(box).get("answer");
  if (typeof given !== "string" || !/^-?\d+$/.test(given.trim())) return null;
  const value = Number(given);
  return item.options.some((option) => option.value === value) ? value : null;
}

/**
 * @param {Form} form
 * @param {number} number
 * @param {number} of
 */
function progress(form, number, of) {
  const box = document.createElement("div");
  box.className = "progress";
  const where = document.createElement("h1");
  where.className = "progress__where";
  where.id = "where-offline";
  where.append(span("visually-hidden", `${form.title}: `), `Question ${number} of ${of}`);
  const bar = document.createElement("progress");
  bar.max = of;
  bar.value = number;
  bar.setAttribute("aria-labelledby", where.id);
  box.append(where, bar);
  return box;
}

/**
 * @param {Item} item
 * @param {number|null|undefined} standing
 */
function choices(item, standing) {
  const box = document.createElement("div");
  box.className = `question__options${item.options.length > 8 ? " question__options--numbers" : ""}`;
  for (const option of item.options) {
    const label = document.createElement("label");
    label.className = "option";
    const input = document.createElement("input");
    input.type = "radio";
    input.name = "answer";
    input.value = String(option.value);
    input.checked = standing === option.value;
    const words = document.createElement("span");
    words.textContent = option.text;
    label.append(input, words);
    box.append(label);
  }
  return box;
}

/**
 * @param {Item} item
 * @param {number|null|undefined} standing
 */
function typedAnswer(item, standing) {
  const box = document.createElement("div");
  box.className = "question__number";
  const label = document.createElement("label");
  label.htmlFor = "typed-answer";
  const { low, high, low_text, high_text } = item.typed ?? { low: 0, high: 0, low_text: "", high_text: "" };
  label.textContent = `From ${low} ${low_text} to ${high} ${high_text}.`;
  const input = document.createElement("input");
  input.id = "typed-answer";
  input.name = "answer";
  input.inputMode = "numeric";
  if (typeof standing === "number") input.value = String(standing);
  box.append(label, input);
  return box;
}

/**
 * @param {Item[]} items
 * @param {Given} given
 * @param {(item_id: string) => void} change
 */
export function answersList(items, given, change) {
  const list = document.createElement("ol");
  list.className = "answers";
  items.forEach((item, index) => {
    const line = document.createElement("li");
    const box = document.createElement("div");
    box.className = "answers__line";
    const value = given[item.id];
    const words = item.options.find((option) => option.value === value)?.text;
    const answer = words ?? (item.id in given ? "rather not answered" : "not answered yet");
    const again = button("Change", "button button--quiet", () => change(item.id));
    again.append(span("visually-hidden", ` answer ${index + 1}`));
    box.append(span("answers__text", item.text), span(words ? "answers__answer" : "not-charted", answer), again);
    line.append(box);
    list.append(line);
  });
  return list;
}
