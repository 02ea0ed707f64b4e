"""``ketachart verify``: is the record whole?"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ketachart.config.starting import add_data_argument, start_django, there_is_a_record


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_argument(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--against", type=Path, help="checkpoints kept elsewhere (ketachart checkpoint --json)")


def run(arguments: argparse.Namespace) -> int:
    start_django(arguments.data)
    if not there_is_a_record():
        return 2
    from ketachart.record.verify import verify

    try:
        kept = _kept_checkpoints(arguments.against) if arguments.against else []
    except (OSError, ValueError) as error:
        print(f"ketachart verify: {arguments.against} does not hold kept checkpoints ({error}).", file=sys.stderr)
        return 2
    show = sys.stderr.isatty() and not arguments.json
    report = verify(_progress if show else None, kept)
    if arguments.json:
        body = {"intact": report.intact, "events": report.events, "streams": report.streams,
                "checkpoints": report.checkpoints, "last_checkpoints": report.last_checkpoints,
                "problems": report.problems}  # fmt: skip
        print(json.dumps(body, indent=2))
    else:
        if show:
            print(file=sys.stderr)
        print(f"{report.events} events in {report.streams} streams, {report.checkpoints} checkpoints.")
        for problem in report.problems:
            print(f"  PROBLEM  {problem}")
        print("The record is whole." if report.intact else f"{len(report.problems)} problems found.")
    return 0 if report.intact else 1


def _kept_checkpoints(path: Path) -> list[dict[str, Any]]:
    kept = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    for checkpoint in kept:
        if not isinstance(checkpoint, dict) or not {"clinic", "number", "hash"} <= checkpoint.keys():
            raise ValueError("each line names a clinic, a number and a hash")
    if not kept:
        raise ValueError("it is empty")
    return kept


def _progress(done: int, total: int) -> None:
    width = 40
    filled = width * done // max(total, 1)
    print(f"\r[{'#' * filled}{'.' * (width - filled)}] {done}/{total} events", end="", file=sys.stderr, flush=True)
