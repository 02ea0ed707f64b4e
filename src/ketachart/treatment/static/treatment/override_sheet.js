// @ts-check
// A finding set aside in the room: which, why, by whom; where the rule asks for it, a second person signs with their own
// name and password. Only findings that this role may set aside are offered. It needs the server: a gate never opens offline.

import { csrfToken } from "../web/js/csrf.js";
import { html } from "./svg.js";
import { newId } from "./uuid7.js";

/** @typedef {import("./room_data.js").Finding} Finding */

/**
 * @param {Finding[]} holding
 * @param {string} role
 */
export function maySetAside(holding, role) {
  return holding.filter((finding) => finding.overridable?.roles.includes(role));
}

/**
 * @param {object} options
 * @param {"start"|"discharge"} options.gate
 * @param {Finding[]} options.findings those that this person may set aside
 * @param {string} options.url
 * @param {{role: string, name: string}} options.me
 * @param {number} options.now
 * @param {() => void} options.done
 */
export function setAside({ gate, findings, url, me, now, done }) {
  const boxes = findings.map((finding) => {
    const box = /** @type {HTMLInputElement} */ (
      html("input", { type: "checkbox", id: `aside-${finding.id}`, value: finding.id })
    );
    return { finding, box };
  });
  const reason = /** @type {HTMLTextAreaElement} */ (
    html("textarea", { class: "text-input", id: "aside-reason", rows: 3, maxlength: 2000 })
  );
  const second = textInput("aside-second", "text");
  const password = textInput("aside-password", "password");
  const signing = html("fieldset", { class: "stack stack--tight" }, [
    html("legend", {}, ["Second signature, where the rule asks for one"]),
    html("label", { class: "stack stack--tight", for: second.id }, ["Second clinician: user name", second]),
    html("label", { class: "stack stack--tight", for: password.id }, ["Password of the second clinician", password]),
  ]);
  const problem = html("p", { class: "field-problem", role: "alert" });
  const button = /** @type {HTMLButtonElement} */ (
    html("button", { type: "submit", class: "button button--danger button--room button--wide" }, [
      `Set aside as ${me.name}`,
    ])
  );
  const event_id = newId(now); // sent twice, it is set aside once
  const form = html("form", { class: "stack", novalidate: true }, [
    html(
      "div",
      { class: "stack stack--tight", role: "group", "aria-label": "What is set aside" },
      boxes.map(({ finding, box }) =>
        html("label", { class: "check", for: box.id }, [
          box,
          `${finding.title} (${finding.verdict})${finding.overridable?.second_signature ? ": second signature" : ""}`,
        ]),
      ),
    ),
    html("label", { class: "stack stack--tight", for: reason.id }, ["Reason: it stays in the record for good", reason]),
    findings.some((finding) => finding.overridable?.second_signature) ? signing : null,
    problem,
    button,
  ]);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = boxes.filter(({ box }) => box.checked).map(({ finding }) => finding.id);
    if (!chosen.length) return refuse("Choose what is set aside.", boxes[0]?.box ?? null);
    if (!reason.value.trim()) return refuse("The reason is missing.", reason);
    button.disabled = true;
    const trouble = await post(url, {
      gate,
      findings: chosen,
      reason: reason.value.trim(),
      second_signer_username: second.value.trim() || null,
      second_signer_password: password.value || null,
      event_id,
    });
    button.disabled = false;
    password.value = "";
    if (trouble) refuse(trouble, null);
    else done();
  });
  /** @param {string} words @param {HTMLElement|null} where */
  const refuse = (words, where) => {
    problem.textContent = words;
    where?.focus();
  };
  return { element: form, focus: boxes[0]?.box ?? reason };
}

/** @param {string} url @param {Record<string, any>} asked @returns {Promise<string|null>} what was wrong, in words */
async function post(url, asked) {
  try {
    const answer = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      signal: AbortSignal.timeout(15_000),
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify(asked),
    });
    if (answer.ok) return null;
    const body = await answer.json().catch(() => null);
    const said = body?.errors?.[0];
    return said ? [said.problem, said.fix].filter(Boolean).join(" ") : `The server refused it (${answer.status}).`;
  } catch {
    return "The server does not answer. A finding can only be set aside with the server.";
  }
}

/** @param {string} id @param {string} type @returns {HTMLInputElement} */
function textInput(id, type) {
  return /** @type {HTMLInputElement} */ (
    html("input", { class: "text-input", type, id, autocomplete: "off", maxlength: 150 })
  );
}
