"""What was measured: values with their times and sources, taken from the entries that stand."""

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter

import msgspec

from ketachart.treatment.care_kinds import ScaleScored
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


class Reading(msgspec.Struct, frozen=True, gc=False):
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
    vitals = [(measure, attrgetter(measure), found.setdefault(measure, [])) for measure in VITAL_MEASURES]
    for entry in standing:
        content = entry.content
        if isinstance(content, VitalsCharted):
            for measure, value_in, readings in vitals:
                value = value_in(content)
                if value is not None:
                    readings.append(_reading(entry, measure, value, measure in content.confirmed_unusual))
        elif isinstance(content, ScaleScored):
            found.setdefault(content.scale, []).append(_reading(entry, content.scale, content.value))
        elif isinstance(content, SedationScored):
            found.setdefault("sedation", []).append(_reading(entry, "sedation", content.value))
        elif isinstance(content, DissociationScored):
            found.setdefault("dissociation", []).append(_reading(entry, "dissociation", content.value))
    return {measure: tuple(readings) for measure, readings in found.items() if readings}


def readings_with(readings: dict[str, tuple[Reading, ...]], entry: Entry) -> dict[str, tuple[Reading, ...]]:
    """The same with those of one later entry."""
    return readings | {measure: (*readings.get(measure, ()), *new) for measure, new in readings_in([entry]).items()}


def _reading(entry: Entry, measure: str, value: float, unusual: bool = False) -> Reading:
    return Reading(measure, value, entry.effective_at, entry.id, entry.source, entry.author_name, unusual)
