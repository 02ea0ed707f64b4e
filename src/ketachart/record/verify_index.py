"""Index rows against their events: a row must not show what was never charted, nor another patient's, nor something else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.apps import apps

from ketachart.record.clock import iso
from ketachart.record.errors import Refused
from ketachart.record.frames import decode_frame
from ketachart.record.models import ChartedModel, Event

READ_AT_ONCE = 500


def index_problems() -> Iterator[str]:
    for model in apps.get_models():
        if issubclass(model, ChartedModel):
            rows = model.objects.order_by("pk").iterator(chunk_size=READ_AT_ONCE)
            while some := list(islice(rows, READ_AT_ONCE)):
                yield from _problems_of(some)


def _problems_of(rows: list[Any]) -> Iterator[str]:
    clinics, ids = {row.clinic_id for row in rows}, [row.event_id for row in rows]
    found = Event.objects.filter(clinic_id__in=clinics, id__in=ids).select_related("stream")
    events = {(event.clinic_id, event.id): event for event in found}
    for row in rows:
        where = f"{row._meta.label} {row.pk}"
        event = events.get((row.clinic_id, row.event_id))
        if event is None:
            yield f"{where}: its event {row.event_id} is not in the record"
            continue
        try:
            said = _said_by(event)
        except (Refused, ValueError):
            yield f"{where}: its event {row.event_id} cannot be read"
            continue
        for field in row._meta.concrete_fields:
            shown = getattr(row, field.attname)
            if field.attname in said and _plain(shown) != said[field.attname]:
                yield f"{where}: its {field.attname} is not what event {row.event_id} says: altered"


def _said_by(event: Event) -> dict[str, Any]:
    """What an index row of this event may show: whose, when, by whom, and the content's own plain values by their names."""
    content = event.content
    values = {name: _plain(getattr(content, name)) for name in content.__struct_fields__}
    frame = decode_frame(event.frame)
    patient_id = event.stream.patient_id
    return {
        **{name: value for name, value in values.items() if isinstance(value, str | int)},
        **({"patient_id": str(patient_id)} if patient_id else {}),
        "charted_by_name": frame.author_name,
        "charted_at": frame.recorded_at,
    }


def _plain(value: Any) -> Any:
    """Times and identifiers as text, so that a column and a JSON value compare."""
    if isinstance(value, datetime):
        return iso(value)
    return value if value is None or isinstance(value, str | int | float) else str(value)
