"""The form as a versioned list of fields: knowledge/data/rems.toml, typed."""

from datetime import date
from functools import cache
from typing import Literal

import msgspec

from ketachart.knowledge.findings import Source
from ketachart.knowledge.loader import read, typed


class RemsField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"filled_from": "from"}):
    id: str
    group: str
    label: str
    kind: Literal["text", "date", "yes-no", "minutes", "pressure"]
    filled_from: Literal["events", "asked", "site"]
    hint: str | None = None
    """What the record says on the matter, shown beside the question and never taken for its answer."""
    detail: bool = False
    setting: str | None = None


class RemsVersion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    title: str
    effective_from: date
    source: Source
    field: tuple[RemsField, ...]
    effective_to: date | None = None

    @property
    def asked(self) -> tuple[RemsField, ...]:
        return tuple(one for one in self.field if one.filled_from == "asked")


class Submission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    within_calendar_days: int
    who: str
    source: Source


class PressureAt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which reading may stand for the one at `minutes` after the dose."""

    minutes: float
    tolerance_minutes: float
    source: Source


class RemsKnowledge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    effective_from: date
    submission: Submission
    pressure_40: PressureAt
    version: tuple[RemsVersion, ...]

    def on(self, day: date) -> RemsVersion:
        """The version in force on the day of the treatment: the newest that had begun."""
        begun = [one for one in self.version if one.effective_from <= day]
        standing = [one for one in begun if one.effective_to is None or day < one.effective_to]
        return max(standing or begun or self.version, key=lambda one: one.effective_from)


@cache
def rems_knowledge() -> RemsKnowledge:
    return typed(read("rems.toml"), RemsKnowledge, "rems.toml")
