"""``ketachart checkpoint``: chain the heads of all streams now. Keep the output somewhere else."""

from __future__ import annotations

import argparse
import json

from ketachart.config.starting import add_data_argument, start_django, there_is_a_record


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_argument(parser)
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a clinic and line, for ketachart verify --against"
    )


def run(arguments: argparse.Namespace) -> int:
    start_django(arguments.data)
    if not there_is_a_record():
        return 2
    from ketachart.record.checkpoints import last_checkpoint, write_checkpoint
    from ketachart.record.models import Clinic

    for clinic in Clinic.objects.order_by("slug"):
        write_checkpoint(clinic)
        last = last_checkpoint(clinic)
        if last is None:
            if not arguments.json:
                print(f"{clinic.slug}: nothing charted yet")
        elif arguments.json:
            print(
                json.dumps({"clinic": clinic.slug, "number": last.number, "hash": last.hash, "at": last.at.isoformat()})
            )
        else:
            print(f"{clinic.slug}: checkpoint {last.number} at {last.at:%Y-%m-%d %H:%M:%S} UTC, {last.hash}")
    return 0
