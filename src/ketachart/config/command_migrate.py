"""``ketachart migrate``: create the database or bring it up to date."""

from __future__ import annotations

import argparse

from ketachart.config.starting import add_data_argument, prepare_database, start_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    start_django(arguments.data)
    prepare_database()
    return 0
