// @ts-check
// The one sheet of the room: everything that is entered or read in detail happens in it, beside the axis, which stays in
// sight. It holds the focus while it is open and gives it back to where it came from.

import { html, icon, one } from "./svg.js";

/**
 * @typedef {object} Content
 * @property {string} title
 * @property {Node} body
 * @property {string} [tone] "plain" or "emergency"
 * @property {HTMLElement|null} [focus] where to begin; else the title
 * @property {() => string|null} [unsaved] says what would be lost by closing; null when nothing would
 * @property {() => void} [onClose]
 * @property {(now: number) => void} [onTick]
 */

export class Sheet {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    /** @type {Content|null} */
    this.content = null;
    /** @type {HTMLElement|SVGElement|null} */
    this.opener = null;
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.askToClose();
    });
  }

  get isOpen() {
    return this.content !== null;
  }

  /** @param {Content} content */
  open(content) {
    const active = /** @type {HTMLElement|null} */ (document.activeElement);
    if (!this.isOpen || !this.element.contains(active)) this.opener = active;
    this.content?.onClose?.();
    this.content = content;
    const title = html("h2", { class: "sheet__title", id: "sheet-title", tabindex: -1 }, [content.title]);
    const close = html(
      "button",
      { type: "button", class: "button button--quiet sheet__close", "aria-label": "Close" },
      [icon("close")],
    );
    close.addEventListener("click", () => this.askToClose());
    this.element.replaceChildren(
      html("div", { class: "sheet__head" }, [title, close]),
      html("div", { class: "sheet__question", role: "alert", hidden: true }),
      html("div", { class: "sheet__body" }, [content.body]),
    );
    this.element.dataset.tone = content.tone ?? "plain";
    this.element.hidden = false;
    document.body.classList.add("has-sheet");
    (content.focus ?? title).focus({ preventScroll: true });
    one(".sheet__body", this.element).scrollTop = 0;
  }

  /** Closes, or asks first when something typed would be lost. */
  askToClose() {
    const loss = this.content?.unsaved?.() ?? null;
    if (loss === null) return this.close();
    const question = one(".sheet__question", this.element);
    const back = html("button", { type: "button", class: "button" }, ["Go on charting"]);
    const drop = html("button", { type: "button", class: "button button--danger-quiet" }, ["Discard"]);
    back.addEventListener("click", () => {
      question.setAttribute("hidden", "");
      (this.content?.focus ?? /** @type {HTMLElement} */ (one(".sheet__title", this.element))).focus();
    });
    drop.addEventListener("click", () => this.close());
    question.replaceChildren(html("p", {}, [loss]), html("div", { class: "row" }, [back, drop]));
    question.removeAttribute("hidden");
    back.focus();
  }

  close() {
    const content = this.content;
    this.content = null;
    this.element.hidden = true;
    this.element.replaceChildren();
    document.body.classList.remove("has-sheet");
    content?.onClose?.();
    const opener = this.opener;
    this.opener = null;
    if (opener?.isConnected) opener.focus({ preventScroll: true });
    else /** @type {HTMLElement} */ (one("#room-main")).focus({ preventScroll: true });
  }
}
