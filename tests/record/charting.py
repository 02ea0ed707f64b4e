"""Short ways to append in tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from ketachart.record.append import Appended, Charting, append
from ketachart.record.identity import new_id
from ketachart.record.kinds import Content
from ketachart.record.live.guards import guard_for_append
from ketachart.record.models import Clinic, Stream
from ketachart.record.unit_of_work import unit_of_work
from tests.record.probe import Counted

AT = datetime(2026, 11, 22, 17, 30, 0, 123456, UTC)


def charting(stream: Stream, content: Content | int = 1, **fields: Any) -> Charting:
    return Charting(
        **{
            "id": new_id(),
            "clinic_id": stream.clinic_id,
            "stream_id": stream.id,
            "content": Counted(value=content) if isinstance(content, int) else content,
            "effective_at": AT,
            "author_id": None,
            "author_name": "Nurse Test",
            **fields,
        }
    )


def write(*chartings: Charting, at: datetime = AT) -> list[Appended]:
    with unit_of_work():
        return append(chartings, at, guard_for_append)


class Undone(Exception):
    pass


@contextmanager
def undone() -> Iterator[None]:
    """A unit of work that fails at its end."""
    with suppress(Undone), unit_of_work():
        yield
        raise Undone


def several(stream: Stream, count: int) -> Sequence[Appended]:
    return write(*(charting(stream, value) for value in range(count)))


def position_of(clinic: Clinic | UUID) -> int:
    from ketachart.record.models import ClinicPosition

    clinic_id = clinic.id if isinstance(clinic, Clinic) else clinic
    return ClinicPosition.objects.get(clinic_id=clinic_id).position
