"""Every write of both lanes goes through here: all of it happens, or none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def unit_of_work() -> Iterator[None]:
    """A transaction. On SQLite its BEGIN IMMEDIATE waits for the writer lock (see ``record.sqlite``)."""
    with transaction.atomic():
        yield
