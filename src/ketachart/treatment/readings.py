"""What was measured: values with their times and sources, taken from the entries that stand."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from ketachart.treatment.entries import Entry
from ketachart.treatment.kinds import DissociationScored, SedationScored, VitalsCharted

VITAL_MEASURES = (
    "systolic_mmhg",
    "diastolic_mmhg",
    "heart_rate_per_min",
    "spo2_percent",
    "respiratory_rate_per_min",
    "temperature_c",
    "oxygen_l_per_min",
)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One measured value, when it was true, and where it came from."""

    measure: str
    value: float
    at: datetime
    entry_id: str
    source: str
    author_name: str | None
    unusual_confirmed: bool = False


def readings_in(standing: Iterable[Entry]) -> dict[str, tuple[Reading, ...]]:
    """Measure to its readings, in the order of the entries."""
    found: dict[str, list[Reading]] = {}
    for entry in standing:
        content = entry.content
        if isinstance(content, VitalsCharted):
            for measure in VITAL_MEASURES:
                value = getattr(content, measure)
                if value is not None:
                    unusual = measure in content.confirmed_unusual
                    found.setdefault(measure, []).append(_reading(entry, measure, value, unusual))
        elif isinstance(content, SedationScored):
            found.setdefault("sedation", []).append(_reading(entry, "sedation", content.value))
        elif isinstance(content, DissociationScored):
            found.setdefault("dissociation", []).append(_reading(entry, "dissociation", content.value))
    return {measure: tuple(readings) for measure, readings in found.items()}


def _reading(entry: Entry, measure: str, value: float, unusual: bool = False) -> Reading:
    return Reading(
        measure=measure,
        value=value,
        at=entry.effective_at,
        entry_id=entry.id,
        source=entry.source,
        author_name=entry.author_name,
        unusual_confirmed=unusual,
    )
