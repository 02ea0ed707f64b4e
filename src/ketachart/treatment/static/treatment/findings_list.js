// @ts-check
// The findings of a gate: what holds it first, what to do about it, then what is met.

import { html, icon } from "./svg.js";

/** @typedef {import("./room_data.js").Finding} Finding */

/** @param {Finding[]} findings @param {string|null} overrides_url the page where a named person may set a finding aside */
export function findingsList(findings, overrides_url) {
  const holding = findings.filter((finding) => finding.blocks && finding.verdict !== "met" && !finding.overridden);
  const rest = findings.filter((finding) => !holding.includes(finding));
  const met = html("details", { class: "gate__rest" }, [
    html("summary", {}, [`${rest.length} of ${findings.length} hold`]),
    html("ul", { class: "gate__list" }, rest.map(row)),
  ]);
  return html("div", { class: "gate stack" }, [
    html("ul", { class: "gate__list" }, holding.map(row)),
    rest.length ? met : null,
    overrides_url
      ? html("a", { class: "button button--room", href: overrides_url }, ["Set aside with a reason and a name…"])
      : null,
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
