"""Within one request the same clinic's entries are read once. Outside a request nothing is remembered."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.signals import request_finished, request_started

from ketachart.policy.rules import Entry


@dataclass(frozen=True)
class Written:
    """What a clinic has written, and its clock (None while it has written nothing)."""

    entries: tuple[Entry, ...]
    zone: ZoneInfo | None


_written: ContextVar[dict[UUID, Written] | None] = ContextVar("policy_written", default=None)


def watch_requests() -> None:
    request_started.connect(_begin, dispatch_uid="policy.begin")
    request_finished.connect(_end, dispatch_uid="policy.end")


def written(clinic_id: UUID, read: Callable[[UUID], Written]) -> Written:
    known = _written.get()
    if known is None:
        return read(clinic_id)
    if clinic_id not in known:
        known[clinic_id] = read(clinic_id)
    return known[clinic_id]


def forget(clinic_id: UUID) -> None:
    """Something was written: the next reader asks the database."""
    known = _written.get()
    if known is not None:
        known.pop(clinic_id, None)


def _begin(**_: object) -> None:
    _written.set({})


def _end(**_: object) -> None:
    _written.set(None)
