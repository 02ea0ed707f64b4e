// @ts-check
// The questionnaire's own page on a phone: with a network the server asks; without one this page does, keeps each answer
// on the phone, and hands them in once there is a network again.

import { answersList, button, paragraph, questionCard } from "./phone_parts.js";
import { itemsToAsk, nextItem } from "./form.js";
import { allKept, handIn, keep, keepKnown, reaches, readKnown, setAside } from "./kept.js";

/** @typedef {import("./form.js").Form} Form */
/** @typedef {import("./form.js").Given} Given */

const data = document.querySelector("#form-taken-along");
const place = document.querySelector("[data-without-network]");
const online = document.querySelector("[data-with-network]");
const state = document.querySelector("[data-kept-state]");
const help = document.querySelector("template[data-help]");
const RETRY_MS = 20_000;
const SURELY_REACHED_MS = 20_000;

class Phone {
  /**
   * @param {Form} form
   * @param {HTMLElement} place
   * @param {HTMLElement} online
   * @param {HTMLElement} state
   */
  constructor(form, place, online, state) {
    this.form = form;
    this.place = place;
    this.online = online;
    this.state = state;
    /** @type {Given} */
    this.given = {};
    this.sent = false;
  }

  async start() {
    await this.read();
    addEventListener("online", () => void this.send());
    setInterval(() => void this.send(), RETRY_MS);
    this.online.addEventListener("click", (event) => void this.follow(event));
    await this.send();
    if (this.sent) this.showSent();
    else if (location.hash === "#go-on") this.goOn();
  }

  /** What stands: what the server knew, then what was tapped here. */
  async read() {
    const known = await readKnown(this.form.assignment, this.form.person);
    const kept = (await allKept(this.form.person)).filter((one) => one.assignment === this.form.assignment);
    this.given = { ...this.form.given, ...known };
    for (const one of kept) if (one.item !== null) this.given[one.item] = one.value;
    this.sent = kept.some((one) => one.item === null);
    const refused = kept.find((one) => one.problem !== null);
    if (refused) this.showRefused(refused.problem ?? "");
    else this.say(kept.length ? "Kept on this phone. Your care team does not have it yet: there is no network." : "");
    return kept.length;
  }

  /** @param {string} words */
  say(words) {
    this.state.textContent = words;
    this.state.hidden = !words;
  }

  async send() {
    const waited = (await allKept(this.form.person)).some((one) => one.assignment === this.form.assignment);
    if (!waited) return;
    const outcome = await handIn(this.form.person);
    if (outcome === "sent") location.replace(location.pathname); // the server shows where things stand
    else if (outcome === "signed_out") this.say("Kept on this phone. Sign in again, then it is sent.");
    else await this.read();
  }

  /**
   * A way on that needs the server: only when it can be reached.
   * @param {MouseEvent} event
   */
  async follow(event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    if (await reaches()) location.assign(link.href);
    else this.goOn();
  }

  goOn() {
    const item = nextItem(this.form, this.given);
    if (item) this.ask(item.id);
    else this.review();
  }

  /** @param {(HTMLElement|DocumentFragment|null)[]} parts */
  show(...parts) {
    this.online.hidden = true;
    this.place.replaceChildren(...parts.filter((part) => part !== null));
    this.place.hidden = false;
    const heading = this.place.querySelector("h1");
    if (heading instanceof HTMLElement) {
      heading.tabIndex = -1;
      heading.focus();
    }
    scrollTo(0, 0);
  }

  /** @param {string} item_id */
  ask(item_id) {
    const items = itemsToAsk(this.form, this.given);
    const at = items.findIndex((item) => item.id === item_id);
    const item = items[at];
    if (!item) return this.review();
    const before = items[at - 1];
    this.show(
      questionCard(this.form, item, {
        number: at + 1,
        of: items.length,
        standing: this.given[item.id],
        back: before ? () => this.ask(before.id) : null,
        answer: (value) => void this.answered(item.id, value),
      }),
    );
  }

  /**
   * @param {string} item_id
   * @param {number|null} value
   */
  async answered(item_id, value) {
    const was = this.given[item_id];
    if (!(item_id in this.given) || was !== value) {
      try {
        await keep(this.form, item_id, value);
      } catch {
        return this.say("This phone could not keep the answer. It is not saved. Try again.");
      }
      this.given[item_id] = value;
    }
    this.say("Kept on this phone. Your care team does not have it yet: there is no network.");
    const item = this.form.items.find((one) => one.id === item_id);
    if (item && value !== null && was !== value && item.worrying.includes(value)) this.showHelp(item_id);
    else this.after(item_id);
  }

  /** @param {string} item_id */
  after(item_id) {
    const items = itemsToAsk(this.form, this.given);
    const next = items[items.findIndex((item) => item.id === item_id) + 1];
    if (next) this.ask(next.id);
    else this.review();
  }

  /** @param {string} item_id */
  showHelp(item_id) {
    const heading = document.createElement("h1");
    heading.textContent = "Thank you for telling us";
    this.show(
      heading,
      paragraph(
        "What you answered matters to us. There is no network now, so nobody has read it yet. Do not wait for us: call if you need help.",
        "phone__lead",
      ),
      helpCard(),
      button("Go on with the questions", "button button--primary button--room button--wide", () => this.after(item_id)),
    );
  }

  review() {
    const heading = document.createElement("h1");
    heading.textContent = "Your answers";
    const asked = itemsToAsk(this.form, this.given);
    const open = asked.some((item) => !(item.id in this.given));
    const any = asked.some((item) => this.given[item.id] !== null && item.id in this.given);
    this.show(
      heading,
      paragraph(`${this.form.title}, on ${this.form.window}. Change any of them, then send.`),
      open ? paragraph("Not every question is answered. You can send it like this.") : null,
      answersList(asked, this.given, (item_id) => this.ask(item_id)),
      any
        ? button("Send to my care team", "button button--primary button--room button--wide", () => void this.finish())
        : paragraph("No question is answered yet. Answer at least one, or leave it for later."),
    );
  }

  async finish() {
    if (this.sent) return this.showSent();
    this.sent = true;
    try {
      await keep(this.form, null, null);
    } catch {
      this.sent = false;
      return this.say("This phone could not keep it. Try again.");
    }
    this.showSent();
    await this.send();
  }

  showSent() {
    const heading = document.createElement("h1");
    heading.textContent = "Kept on this phone";
    this.show(
      heading,
      paragraph("It is sent by itself once there is a network and this page or your list is open. Nobody has read it yet."),
      helpCard(),
    );
  }

  /** @param {string} problem */
  showRefused(problem) {
    this.say("");
    const words = paragraph(`What this phone kept could not be sent: ${problem} Your care team does not have it.`);
    const aside = button("I have read this", "button", async () => {
      await setAside(this.form.person, this.form.assignment);
      location.replace(location.pathname);
    });
    this.state.replaceChildren(words, aside);
    this.state.hidden = false;
  }
}

function helpCard() {
  return help instanceof HTMLTemplateElement ? /** @type {DocumentFragment} */ (help.content.cloneNode(true)) : null;
}

/** The server's own question page: when it cannot be reached, the answer is kept and the form goes on without it. */
function keepWhenCutOff() {
  const form = document.querySelector("form[data-question]");
  const here = document.querySelector("#where-we-are");
  if (!(form instanceof HTMLFormElement) || !here) return;
  const { assignment, person, item, given } = JSON.parse(here.textContent ?? "");
  const loaded_at = performance.now(); // this page itself came from the server just now
  let reached = false;
  form.addEventListener("submit", async (event) => {
    if (reached || (navigator.onLine && performance.now() - loaded_at < SURELY_REACHED_MS)) return;
    event.preventDefault();
    const submitter = event.submitter;
    if (await reaches()) {
      reached = true;
      form.requestSubmit(submitter);
      return;
    }
    const ratherNot = submitter instanceof HTMLButtonElement && submitter.name === "rather-not";
    const typed = new FormData(form).get("answer");
    if (!ratherNot && (typed === null || typed === "")) return form.reportValidity();
    const value = ratherNot ? null : Number(typed);
    if (value !== null && !form.checkValidity()) return form.reportValidity();
    await keepKnown(assignment, person, given);
    await keep({ assignment, person }, item, value);
    location.assign(`/my/questionnaires/${assignment}/#go-on`);
  });
}
keepWhenCutOff();

/** The list: whatever any questionnaire kept is handed in from here too. */
const list = document.querySelector("[data-hands-in]");
if (list instanceof HTMLElement && list.dataset.handsIn) {
  const person = list.dataset.handsIn;
  const send = async () => {
    const outcome = await handIn(person);
    if (outcome === "sent") location.reload();
    list.textContent = outcome === "offline" ? "Answers are kept on this phone. They are sent once there is a network." : "";
    list.hidden = outcome !== "offline";
  };
  addEventListener("online", () => void send());
  void send();
}

if (data && place instanceof HTMLElement && online instanceof HTMLElement && state instanceof HTMLElement) {
  void new Phone(JSON.parse(data.textContent ?? ""), place, online, state).start();
}
