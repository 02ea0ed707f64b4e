"""Within one request the same clinic's entries are read once. Outside a request nothing is remembered."""

from collections.abc import Callable
from contextvars import ContextVar
from uuid import UUID

from django.core.signals import request_finished, request_started

from ketachart.policy.rules import Entry

_entries: ContextVar[dict[UUID, tuple[Entry, ...]] | None] = ContextVar("policy_entries", default=None)


def watch_requests() -> None:
    request_started.connect(_begin, dispatch_uid="policy.begin")
    request_finished.connect(_end, dispatch_uid="policy.end")


def entries_of(clinic_id: UUID, read: Callable[[UUID], tuple[Entry, ...]]) -> tuple[Entry, ...]:
    known = _entries.get()
    if known is None:
        return read(clinic_id)
    if clinic_id not in known:
        known[clinic_id] = read(clinic_id)
    return known[clinic_id]


def forget(clinic_id: UUID) -> None:
    """Something was written: the next reader asks the database."""
    known = _entries.get()
    if known is not None:
        known.pop(clinic_id, None)


def _begin(**_: object) -> None:
    _entries.set({})


def _end(**_: object) -> None:
    _entries.set(None)
