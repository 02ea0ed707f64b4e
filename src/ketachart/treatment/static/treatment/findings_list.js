// @ts-check
// The findings of a gate: what holds it first, what to do about it, then what is met.

import { html, icon } from "./svg.js";

/** @typedef {import("./room_data.js").Finding} Finding */

/** @param {Finding[]} findings what stands in the way */
export function holdingOf(findings) {
  return findings.filter((finding) => finding.blocks && finding.verdict !== "met" && !finding.overridden);
}

/** @param {Finding[]} findings @param {string|null} gate_url the page where the gate is worked on */
export function findingsList(findings, gate_url) {
  const holding = holdingOf(findings);
  const rest = findings.filter((finding) => !holding.includes(finding));
  const met = html("details", { class: "gate__rest" }, [
    html("summary", {}, [`${rest.length} of ${findings.length} hold`]),
    html("ul", { class: "gate__list" }, rest.map(row)),
  ]);
  return html("div", { class: "gate stack" }, [
    html("ul", { class: "gate__list" }, holding.map(row)),
    rest.length ? met : null,
    gate_url ? html("a", { class: "button button--room", href: gate_url }, ["Work on it on its page"]) : null,
  ]);
}

/** @param {Finding} finding */
function row(finding) {
  const verdict = finding.overridden ? "overridden" : finding.verdict;
  const face = finding.verdict === "met" ? "met" : finding.verdict === "missing" ? "missing" : "not-met";
  return html("li", { class: `gate__row gate__row--${face}` }, [
    icon(face),
    html("div", {}, [
      html("p", { class: "gate__title" }, [`${finding.title} `, html("span", { class: "gate__verdict" }, [verdict])]),
      finding.verdict === "met" ? null : html("p", {}, [finding.action]),
      finding.seen.length ? html("p", { class: "gate__seen" }, [finding.seen.join(" · ")]) : null,
      html("p", { class: "gate__source" }, [`${finding.id} · ${finding.source}`]),
    ]),
  ]);
}
