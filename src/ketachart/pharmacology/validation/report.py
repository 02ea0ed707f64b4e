"""The validation report (Markdown) and its picture, written by `ketachart validate pharmacology`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ketachart.pharmacology.model_file import model_file
from ketachart.pharmacology.serving import Serving
from ketachart.pharmacology.validation.plans import Plan, plan_for
from ketachart.pharmacology.validation.score import Result, Summary, metric_group, score_with, summarise, worst

PUBLISHED = ("kamp-2020", "otto-2021", "simons-2022", "ashraf-2018", "perez-ruixo-2021", "domino-tci")

DATA_WORDS = {
    "external": "studies the model never saw",
    "left out": "calibrated here, with the scored study left out",
    "own data": "the published model's own study",
}


def published_models(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Every published model alone on the intravenous rows and on its own routes, whether or not the reference set uses it."""
    found: dict[str, list[Result]] = {name: [] for name in PUBLISHED}
    for result in results:
        plan = plan_for(result.row)
        if not isinstance(plan, Plan) or plan.serving.absorption:
            continue
        for name in PUBLISHED:
            other = score_with(result.row, plan, _by(name, plan))
            if other is not None:
                found[name].append(other)
    return found


def _by(name: str, plan: Plan) -> Plan:
    if name == plan.serving.base.id:
        return plan
    model = model_file(name)
    molecule = plan.serving.molecule
    scale, analyte = plan.scale, plan.analyte
    if analyte[:2] in ("S-", "R-") and not (model.molecule == "esketamine" and model.kind == "disposition"):
        scale, analyte = 0.5 * scale, analyte[2:]
    return replace(plan, serving=Serving(model, (), molecule), scale=scale, analyte=analyte)


def _line(name: str, found: Summary) -> str:
    return (
        f"| {name} | {found.n} | {found.aafe:.2f} | {found.bias:.2f} | {found.within_1_25:.0%} | {found.within_1_5:.0%} |"
        f" {found.within_2:.0%} |"
    )


_HEAD = "| | rows | AAFE | bias | within 1.25 | within 1.5 | within 2 |\n|---|---|---|---|---|---|---|"


def _table(results: Sequence[Result], key: Callable[[Result], str], words: dict[str, str] | None = None) -> list[str]:
    groups = sorted({key(result) for result in results})
    lines = [_HEAD]
    for group in groups:
        lines.append(
            _line((words or {}).get(group, group), summarise(result for result in results if key(result) == group))
        )
    return lines


def markdown(results: Sequence[Result], picture: str) -> str:
    """The report.

    Parameters
    ----------
    results : sequence of Result
        From `score_all`.
    picture : str
        Path of the picture, relative to the report.
    """
    scored = [result for result in results if result.predicted is not None]
    unseen = [result for result in scored if result.data != "own data"]
    whole, honest = summarise(scored), summarise(unseen)
    lines = [
        "# How well the pharmacology predicts published studies",
        "",
        "Written by `ketachart validate pharmacology`; do not edit by hand. Every row of",
        "`src/ketachart/pharmacology/data/observed.csv` that a model should predict is predicted with the typical person of the",
        "model that the reference set chooses, and compared with what was observed. Prediction is never tuned on the row that is",
        "scored: where something was calibrated here, the study is left out and the parameter comes from the other studies.",
        "",
        f"**All {whole.n} scored rows: AAFE {whole.aafe:.2f}, {whole.within_2:.0%} within 2-fold. Without the studies that the"
        f" published models were fitted on ({honest.n} rows): AAFE {honest.aafe:.2f}, {honest.within_2:.0%} within 2-fold.**"
        f" The aim is AAFE of at most 1.4 and 90 %.",
        "",
        "AAFE: average absolute fold error, exp(mean |ln(predicted / observed)|); 1 is perfect. Bias: exp(mean ln ratio).",
        "",
        f"![Predicted over observed, by route]({picture})",
        "",
        _HEAD,
        _line("all scored rows", whole),
        _line("without the models' own studies", honest),
        "",
        "## By kind of evidence",
        "",
        *_table(scored, lambda result: result.data, DATA_WORDS),
        "",
        "## By route",
        "",
        *_table(scored, lambda result: result.route),
        "",
        "## By what was measured",
        "",
        *_table(scored, lambda result: metric_group(result.row.metric)),
        "",
        "## Published models alone",
        "",
        "Each published model on every intravenous row and on its own routes, whether or not the reference set would use it there.",
        "A venous model on arterial rows (and the reverse) is expected to miss: that difference is why no single number is shown.",
        "",
        _HEAD,
        *(_line(name, summarise(rows)) for name, rows in published_models(scored).items() if rows),
        _line("**the reference set on the same kind of rows**", summarise(_same_kind(scored))),
        "",
        "## Rows outside 2-fold",
        "",
        *(_miss(result) for result in worst(scored)),
        "",
        "What they have in common: the nasal peaks of Singh are 2 to 4 times higher than its own bioavailability allows in any",
        "model (its peaks agree with a bioavailability near 50 %, its areas with 11 to 17 %); norketamine after oral",
        "prolonged-release tablets is under-predicted; and an early sample of norketamine in arterial plasma comes sooner than the",
        "venous model has it.",
        "",
        "## Assumptions behind the predictions",
        "",
        "- 70 kg and 30 years where the study's means are not in the file; Simons: 73 kg, 24 years (its means).",
        "- Sublingual tablets, wafers and lozenges: held for 10 minutes, then swallowed (the abstracts do not say).",
        "- Area of Singh: 0 to 4 h (the visit lasted 240 min); peak after its push: 2 min, the first sample.",
        "- Half-lives: slope between 8 and 24 h (infusion), 2 and 8 h (Yanagihara), 12 and 36 h (prolonged release), 24 and 48 h (nasal).",
        "- Left out: racemic oral bioavailability from the two studies that remain (Clements counts as 3 people); the swallowed rest",
        "  of a troche so that the two remaining totals are met; prolonged release: bioavailability of immediate release and",
        "  the 10-h release of Glue; muscle: the nasal absorption rate of Perez-Ruixo; rectum: 25 %, from children.",
        "- Three choices between published values were made with these rows in view: Ashraf's disposition and rate for racemate by",
        "  mouth, Ashraf rather than Perez-Ruixo for S-ketamine by mouth, and Fgut of Perez-Ruixo (0.64) rather than 1 for what a",
        "  swallowed nasal spray turns into norketamine.",
        "- Leiden racemate: half of the arterial total of kamp-2020 stands for each enantiomer.",
        "",
        "## Rows that are not scored",
        "",
        "| rows | why |",
        "|---|---|",
        *(f"| {count} | {reason} |" for reason, count in Counter(r.reason for r in results if r.reason).most_common()),
        "",
        "## Every scored row",
        "",
        "| line | study | route | dose | what | observed | spread | predicted | ratio | model | evidence | tier |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
        *(_row(result) for result in scored),
        "",
    ]
    return "\n".join(lines)


def _same_kind(scored: Sequence[Result]) -> list[Result]:
    kept = []
    for result in scored:
        plan = plan_for(result.row)
        if isinstance(plan, Plan) and not plan.serving.absorption:
            kept.append(result)
    return kept


def _miss(result: Result) -> str:
    row = result.row
    return (
        f"- {row.study} {row.year}, {row.form} {row.route} {row.dose_value} {row.dose_unit}, {row.analyte} {row.metric}:"
        f" observed {row.value:g} {row.unit}, predicted {result.predicted:.3g} ({result.ratio:.2f} x, {result.model})"
    )


def _row(result: Result) -> str:
    row = result.row
    spread = f"{row.spread} {row.spread_kind}".strip()
    dose = f"{row.dose_value} {row.dose_unit}".strip()
    return (
        f"| {row.line} | [{row.study} {row.year}]({row.source_url}) | {row.route} | {dose} | {row.analyte} {row.metric} |"
        f" {row.value:g} {row.unit} | {spread} | {result.predicted:.3g} | {result.ratio:.2f} | {result.model} | {result.data} |"
        f" {row.tier} |"
    )


def picture(results: Sequence[Result], path: str | Path) -> None:
    """Predicted over observed of every scored row, one lane per route, with the 1.25-, 1.5- and 2-fold lines.

    Raises
    ------
    ModuleNotFoundError
        Without matplotlib.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    scored = [result for result in results if result.predicted is not None]
    routes = sorted({result.route for result in scored})
    marks = {"external": ("o", "#1b5e8c"), "left out": ("s", "#b3541e"), "own data": ("^", "#7d7d7d")}
    figure = Figure(figsize=(9.0, 0.75 * len(routes) + 1.6), layout="constrained")
    FigureCanvasAgg(figure)
    panel = figure.subplots()
    for fold, shade in ((2.0, 0.10), (1.5, 0.10), (1.25, 0.12)):
        panel.axvspan(1.0 / fold, fold, color="#4a7a3a", alpha=shade, linewidth=0)
    panel.axvline(1.0, color="black", linewidth=0.8)
    for lane, route in enumerate(routes):
        inside = [result for result in scored if result.route == route]
        for number, result in enumerate(inside):
            mark, colour = marks[result.data]
            height = lane + 0.6 * ((number + 0.5) / len(inside) - 0.5)
            panel.plot(result.ratio, height, mark, color=colour, markersize=4.5, alpha=0.8)
    for data, (mark, colour) in marks.items():
        panel.plot([], [], mark, color=colour, label=DATA_WORDS[data])
    unseen = [result for result in scored if result.data != "own data"]
    found, honest = summarise(scored), summarise(unseen)
    panel.set_xscale("log")
    panel.set_xticks(
        [0.25, 0.5, 1 / 1.5, 0.8, 1, 1.25, 1.5, 2, 4], ["1/4", "1/2", "1/1.5", "1/1.25", "1", "1.25", "1.5", "2", "4"]
    )
    panel.minorticks_off()
    panel.set_yticks(range(len(routes)), [f"{route} ({sum(r.route == route for r in scored)})" for route in routes])
    panel.invert_yaxis()
    panel.set_xlabel("predicted / observed (bands: within 1.25, 1.5 and 2-fold)")
    panel.set_title(
        f"{found.n} published values: AAFE {found.aafe:.2f}, {found.within_2:.0%} within 2-fold; "
        f"without the models' own studies ({honest.n}): {honest.aafe:.2f}, {honest.within_2:.0%}",
        fontsize=10,
    )
    panel.tick_params(axis="x", labelsize=8)
    figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    figure.savefig(str(path), dpi=140, metadata={"Software": None})
