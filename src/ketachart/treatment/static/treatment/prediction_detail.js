// @ts-check
// Everything a prediction has to say about itself.

import { html } from "./svg.js";

/** @param {string} term @param {string} words */
const fact = (term, words) => [html("dt", {}, [term]), html("dd", {}, [words])];

/** @param {any} prediction @param {string} absence @returns {HTMLElement} */
export function predictionDetail(prediction, absence) {
  if (!prediction) return html("p", {}, [absence]);
  return html("div", { class: "stack" }, [
    html("p", { class: "message message--missing" }, [
      "A prediction from a model, not a measurement. It drives no pump, and it says nothing about mood: the literature does not support that.",
    ]),
    html("dl", { class: "facts" }, [
      ...fact("Model", prediction.model),
      ...fact("Source", prediction.citation ?? "not said"),
      ...fact("Sampled", prediction.site),
      ...fact("Studied in", prediction.population),
      ...fact("Line", `the typical person of this weight, age and sex`),
      ...fact("Band", `5th to 95th percentile of ${prediction.people ?? "simulated"} simulated people`),
      ...fact("Analyte", `${prediction.analyte}, ${prediction.unit ?? "ng/mL"}`),
      ...fact("Record used", `up to entry ${prediction.for_head}`),
    ]),
    prediction.warnings.length
      ? html(
          "ul",
          {},
          prediction.warnings.map((/** @type {string} */ words) => html("li", {}, [words])),
        )
      : null,
  ]);
}
