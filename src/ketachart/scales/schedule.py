"""Which scale is asked when, from knowledge/data/scale_schedule.toml, typed."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

import msgspec

from ketachart.knowledge.findings import Source
from ketachart.knowledge.loader import read, typed

From = Literal["course", "appointment", "session", "series"]


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lines that a clinic puts in force together, by one setting."""

    id: str
    title: str
    setting: str


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"counted_from": "from"}):
    """One scale at one time. Exactly one of the three counts is given."""

    id: str
    group: str
    scale: str
    counted_from: From
    opens_hours_before: int | None = None
    days_after: int | None = None
    every_months: int | None = None
    at_most_every_days: int | None = None
    indications: tuple[str, ...] = ()
    source: Source | None = None


class Schedule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: str
    effective_from: date
    source: Source
    group: tuple[Group, ...]
    line: tuple[Line, ...]

    def lines_of(self, groups: frozenset[str]) -> tuple[Line, ...]:
        return tuple(one for one in self.line if one.group in groups)

    def group_with(self, group_id: str) -> Group:
        return next(one for one in self.group if one.id == group_id)

    def line_with(self, line_id: str) -> Line | None:
        return next((one for one in self.line if one.id == line_id), None)


@cache
def schedule() -> Schedule:
    found = typed(read("scale_schedule.toml"), Schedule, "scale_schedule.toml")
    groups = {one.id for one in found.group}
    for line in found.line:
        counts = [line.opens_hours_before, line.days_after, line.every_months]
        if line.group not in groups or sum(one is not None for one in counts) != 1:
            raise ValueError(f"scale_schedule.toml: {line.id} needs a group and exactly one count")
        if (line.opens_hours_before is not None) != (line.counted_from == "appointment"):
            raise ValueError(f"scale_schedule.toml: {line.id} counts hours from an appointment, days from all else")
    return found
