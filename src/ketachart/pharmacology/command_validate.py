"""`ketachart validate pharmacology`: compare predictions with published studies and write the report."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from ketachart.pharmacology.errors import PharmacologyError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `ketachart validate`."""
    parser.add_argument("what", choices=("pharmacology",), help="what is validated")
    parser.add_argument("--report", default="docs/pharmacology-validation.md", metavar="FILE")
    parser.add_argument("--picture", default="docs/images/pharmacology-validation.png", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="scored rows as JSON instead of writing files")


def run(arguments: argparse.Namespace) -> int:
    """Score, write report and picture, print the summary. Returns the exit code."""
    from ketachart.pharmacology.validation.report import markdown, picture
    from ketachart.pharmacology.validation.score import score_all, summarise

    try:
        results = score_all(_bar if sys.stderr.isatty() else None)
        scored = [result for result in results if result.predicted is not None]
        found = summarise(scored)
        if arguments.json:
            rows = [
                {
                    "line": result.row.line,
                    "study": result.row.study,
                    "route": result.row.route,
                    "analyte": result.row.analyte,
                    "metric": result.row.metric,
                    "observed": result.row.value,
                    "unit": result.row.unit,
                    "predicted": result.predicted,
                    "ratio": result.ratio if result.predicted is not None else None,
                    "model": result.model or None,
                    "evidence": result.data or None,
                    "not_scored": result.reason or None,
                }
                for result in results
            ]
            summary = {"rows": found.n, "AAFE": found.aafe, "bias": found.bias, "within_2_fold": found.within_2}
            sys.stdout.write(json.dumps({"summary": summary, "rows": rows}, ensure_ascii=False) + "\n")
            return 0
        report, image = Path(arguments.report), Path(arguments.picture)
        for path in (report, image):
            path.parent.mkdir(parents=True, exist_ok=True)
        picture(results, image)
        relative = os.path.relpath(image, report.parent)
        report.write_text(markdown(results, relative), encoding="utf-8")
    except ModuleNotFoundError as error:
        sys.stderr.write(f"ketachart validate: {error.name} is not installed; pip install 'ketachart[plots]'\n")
        return 2
    except (PharmacologyError, OSError) as error:
        sys.stderr.write(f"ketachart validate: {error}\n")
        return 2
    sys.stdout.write(
        f"{found.n} rows scored of {len(results)}: AAFE {found.aafe:.2f}, {found.within_1_25:.0%} within 1.25-fold, "
        f"{found.within_1_5:.0%} within 1.5-fold, {found.within_2:.0%} within 2-fold\nreport: {report}\npicture: {image}\n"
    )
    return 0


def _bar(done: int, of: int) -> None:
    filled = round(30 * done / of)
    sys.stderr.write(f"\r[{'#' * filled}{'.' * (30 - filled)}] {done}/{of} rows" + ("\n" if done == of else ""))
    sys.stderr.flush()
