"""`ketachart models`: the pharmacokinetic models, what each may be used for, and where every number comes from."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from ketachart.pharmacology.describe import model_as_dict, models, reference_set_as_dicts
from ketachart.pharmacology.errors import PharmacologyError
from ketachart.pharmacology.model_file import ModelFile, model_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `ketachart models`."""
    parser.add_argument("id", nargs="?", help="show the parameters of one model")
    parser.add_argument("--json", action="store_true", help="everything as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the models. Returns the exit code: 0, or 2 for an unknown model."""
    try:
        chosen = [model_file(arguments.id)] if arguments.id else list(models())
    except PharmacologyError as error:
        sys.stderr.write(f"ketachart models: {error}\n")
        return 2
    if arguments.json:
        found: dict[str, Any] = {
            "models": [model_as_dict(model) for model in chosen],
            "reference_set": reference_set_as_dicts(),
        }
        sys.stdout.write(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
        return 0
    if arguments.id:
        sys.stdout.write(_one(chosen[0]))
        return 0
    for model in chosen:
        sys.stdout.write(
            f"{model.id:30} {model.kind:12} {model.molecule:11} {model.site:16} {', '.join(model.routes)}\n{'':30} {model.title}\n"
        )
    sys.stdout.write("\nReference set (what `--model reference` chooses):\n")
    for line in reference_set_as_dicts():
        also = f" (also shown: {', '.join(line['also'])})" if line["also"] else ""
        sys.stdout.write(f"  {line['molecule']:11} {line['route']:23} {line['model']}{also}\n{'':38}{line['why']}\n")
    return 0


def _one(model: ModelFile) -> str:
    lines = [
        model.title,
        model.citation,
        f"Read at: {model.read_at} (tier {model.tier})",
        f"Population: {model.population}",
    ]
    lines.append(
        f"Site: {model.site}. Molecule: {model.molecule} ({model.dose_basis}). Routes: {', '.join(model.routes)}."
    )
    lines.append("")
    for name, row in model.parameters.items():
        scale = f" x (weight/{row.reference_weight_kg:g})^{row.weight_exponent:g}" if row.weight_exponent else ""
        spread = f", omega2 {row.variance:.4g}" if row.variance else ""
        spread += f", occasion {row.occasion_variance:.4g}" if row.occasion_variance else ""
        lines.append(
            f"  {name:24} {row.printed_value:10.4g} {row.unit}{scale}{spread}  [{row.status}, {row.tier}] {row.source}"
        )
    for title, texts in (("Known defects", model.defects), ("Performance", model.performance)):
        if texts:
            lines += ["", f"{title}:", *(f"  - {text}" for text in texts)]
    return "\n".join(lines) + "\n"
