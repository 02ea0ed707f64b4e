"""``ketachart`` with a clock that a test moves: ``python later.py <file> serve ...``.

The file holds the seconds by which the clinic's clock runs ahead of this machine's. Everything that the server writes or
judges takes its time from ``record.clock.now``, so a day passes when the test says so.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ketachart.cli import main
from ketachart.record import clock


def run(ahead: Path, words: list[str]) -> int:
    clock.now = lambda: datetime.now(UTC) + timedelta(seconds=float(ahead.read_text()))
    return main(words)


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2:]))
