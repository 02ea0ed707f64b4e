"""Writing the demo's invented past as if at the time. Only the demo does this: a real record's time is the server's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from ketachart.record import clock


@contextmanager
def at_the_time(at: datetime) -> Iterator[datetime]:
    """Within the block the clock stands at ``at``."""
    real = clock.now
    clock.now = lambda: at
    try:
        yield at
    finally:
        clock.now = real
