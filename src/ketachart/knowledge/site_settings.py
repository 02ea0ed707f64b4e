"""What a clinic decides for itself because no source does: every setting, typed. None of them has a value here."""

from datetime import date
from functools import cache
from typing import Literal

import msgspec

from ketachart.knowledge.findings import Source
from ketachart.knowledge.loader import read, typed

SettingKind = Literal["number", "choice", "text", "yes-no"]
SettingValue = float | str | bool


class Candidate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that somebody uses or proposes, shown beside the empty box. It is never applied."""

    value: str
    source: Source


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    title: str


class SiteSetting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`minimum` and `maximum` only catch slips of the hand; they say nothing about what is right. `not_above` names a
    setting that this one cannot be above: nobody stops drinking before they stop eating."""

    id: str
    title: str
    kind: SettingKind
    explanation: str
    used_by: tuple[str, ...]
    source: Source
    effective_from: date
    effective_to: date | None = None
    superseded_by: str | None = None
    note: str | None = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    not_above: str | None = None
    longest: int = 400
    choices: tuple[Choice, ...] = ()
    consider: tuple[Candidate, ...] = ()
    routes: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    indications: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError(f"{self.id}: choices belong to a choice, and a choice has some")
        if self.kind == "number" and (self.unit is None or self.minimum is None or self.maximum is None):
            raise ValueError(f"{self.id}: a number has a unit, a minimum and a maximum")
        if self.kind != "number" and not (self.unit is None and self.minimum is None and self.maximum is None):
            raise ValueError(f"{self.id}: only a number has a unit and bounds")

    @property
    def part(self) -> str:
        return self.id.split(".", 1)[0]

    def in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@cache
def site_settings() -> dict[str, SiteSetting]:
    """Every setting by its id, in the order of the file."""
    content = read("site_settings.toml")
    shared = {"effective_from": content["effective_from"], "source": content["source"]}
    settings = [
        typed({**shared, **entry}, SiteSetting, f"site_settings.toml {entry.get('id')}") for entry in content["setting"]
    ]
    named = {setting.id: setting for setting in settings}
    if len(named) != len(settings):
        raise ValueError("site_settings.toml: an id is there twice")
    return named
