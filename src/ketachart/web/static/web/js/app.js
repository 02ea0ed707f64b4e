// @ts-check
// What every page loads.
import { csrfToken } from "./csrf.js";
import { toast } from "./toasts.js";
import "./connection.js";
import "./dialogs.js";
import "./worker.js";

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  ctx.request.headers["X-CSRFToken"] = csrfToken();
});

// No answer at all: what was typed is still on the page, and the person is told that it was not saved.
document.addEventListener("htmx:error", () => {
  toast("No answer from the server. What you typed is still here and is not saved yet.", "error");
});

// After a refused form the summary of errors gets the focus, so that it is read out and can be followed.
function focusErrors() {
  const summary = document.querySelector("[data-error-summary]");
  if (summary instanceof HTMLElement) summary.focus();
}
document.addEventListener("htmx:after:settle", focusErrors);
focusErrors();

// A form is sent once, however often the button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sending === "yes") {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) form.removeAttribute("data-sending");
});

// <select data-submits> (filters) sends its form when the choice changes.
document.addEventListener("change", (event) => {
  const target = event.target;
  if (target instanceof HTMLSelectElement && target.matches("[data-submits]")) target.form?.requestSubmit();
});

// <button data-prints> prints the page.
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-prints]")) window.print();
});
