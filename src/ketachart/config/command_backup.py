"""``ketachart backup``: a consistent copy of a running SQLite database, verified."""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from ketachart.config.starting import add_data_argument, start_django, there_is_a_record


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_argument(parser)
    parser.add_argument("folder", type=Path, help="a new folder for the copy")


def run(arguments: argparse.Namespace) -> int:
    start_django(arguments.data)
    if not there_is_a_record():
        return 2
    from django.conf import settings
    from django.db import connection

    if connection.vendor != "sqlite":
        print("ketachart backup copies SQLite. For PostgreSQL use pg_dump (docs/operations.md).", file=sys.stderr)
        return 2
    target: Path = arguments.folder
    if target.exists() and any(target.iterdir()):
        print(f"ketachart backup: {target} is not empty. Name a new folder; nothing was overwritten.", file=sys.stderr)
        return 2
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    source = sqlite3.connect(f"file:{settings.DATABASES['default']['NAME']}?mode=ro", uri=True)
    copy = sqlite3.connect(target / "ketachart.sqlite3")
    # In one step: a copy in several would begin anew each time someone charts.
    source.backup(copy)
    copy.close()
    source.close()
    secret = Path(settings.DATA) / "secret"
    if secret.exists():
        descriptor = os.open(target / "secret", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secret.read_text())
    environment = {**os.environ, "KETACHART_DATA": str(target)}
    environment.pop("KETACHART_DATABASE_URL", None)
    print(f"Copied to {target}. Verifying the copy:")
    return subprocess.run([sys.executable, "-m", "ketachart", "verify"], env=environment, check=False).returncode
