"""What a patient is told before a visit: knowledge/data/preparation.toml, typed."""

from functools import cache
from typing import Literal

import msgspec

from ketachart.knowledge.findings import Source
from ketachart.knowledge.loader import read, typed

When = Literal["before", "day before", "day", "after"]
WHEN_LABELS: dict[str, str] = {
    "before": "Before you come",
    "day before": "The day before",
    "day": "On the day",
    "after": "Afterwards",
}


class PreparationStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    routes: tuple[str, ...]
    when: When
    title: str
    text: str
    source: Source


@cache
def preparation_steps() -> tuple[PreparationStep, ...]:
    return typed(read("preparation.toml")["step"], tuple[PreparationStep, ...], "preparation.toml")


def steps_for(route: str) -> list[tuple[str, list[PreparationStep]]]:
    """Grouped by when, in the order of the day."""
    found = [step for step in preparation_steps() if route in step.routes]
    groups = [(label, [step for step in found if step.when == when]) for when, label in WHEN_LABELS.items()]
    return [(label, steps) for label, steps in groups if steps]
