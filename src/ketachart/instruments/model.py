"""What a rating scale is made of."""

from typing import Literal

import msgspec

from ketachart.knowledge.findings import Source


class Option(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    value: int
    text: str
    loinc: str | None = None


class OptionSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    options: tuple[Option, ...]


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`stem` false: the item carries its own question. `asked_when_score_above`: only asked when others scored."""

    id: str
    text: str
    options: str
    loinc: str | None = None
    scored: bool = True
    stem: bool = True
    asked_when_score_above: int | None = None


class Band(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    minimum: int
    maximum: int
    label: str


class ChangeRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """None means that no definition was found in a source; then none is applied."""

    sources: tuple[str, ...]
    response_percent: float | None = None
    remission_below: int | None = None
    reliable_change: int | None = None


class SafetyTrigger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fires on one answer by itself, however incomplete the rest is."""

    id: str
    item: str
    at_least: int
    title: str
    meaning: str
    action: str
    source: Source
    urgent_at_least: int | None = None


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: str


class Instrument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    version: str
    language: str
    title: str
    full_title: str
    construct: str
    mode: Literal["self", "observer", "clinician"]
    verdict: Literal["FULL", "FULL-NC", "SCORING"]
    recall_window: str
    recall_days: int
    stem: str
    minutes: int
    scoring: Literal["sum"]
    minimum: int
    maximum: int
    notice: str
    sources: tuple[str, ...]
    option_set: tuple[OptionSet, ...]
    item: tuple[Item, ...]
    band: tuple[Band, ...]
    loinc_panel: str | None = None
    loinc_total: str | None = None
    change: ChangeRule | None = None
    safety: tuple[SafetyTrigger, ...] = ()
    note: tuple[Note, ...] = ()

    def options_of(self, item: Item) -> tuple[Option, ...]:
        return next(one.options for one in self.option_set if one.id == item.options)

    def item_with(self, item_id: str) -> Item | None:
        return next((one for one in self.item if one.id == item_id), None)

    @property
    def scored_items(self) -> tuple[Item, ...]:
        return tuple(one for one in self.item if one.scored)
