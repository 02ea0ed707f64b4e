"""The text a patient takes home: knowledge/data/aftercare.toml, typed."""

from datetime import date
from functools import cache

import msgspec

from ketachart.knowledge.findings import Source
from ketachart.knowledge.loader import read, typed


class AftercareLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: str
    source: Source


class AftercareSection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    heading: str
    lines: tuple[AftercareLine, ...]
    urgent: bool = False


class AftercareText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    version: str
    title: str
    routes: tuple[str, ...]
    molecules: tuple[str, ...]
    effective_from: date
    section: tuple[AftercareSection, ...]

    @property
    def full_version(self) -> str:
        return f"{self.id} {self.version}"


@cache
def aftercare_texts() -> tuple[AftercareText, ...]:
    return typed(read("aftercare.toml")["text"], tuple[AftercareText, ...], "aftercare.toml")


def aftercare_for(*, route: str, molecule: str, on: date) -> AftercareText | None:
    """The newest text for this route and molecule; nobody's text stands in for another's."""
    fitting = [
        text
        for text in aftercare_texts()
        if route in text.routes and molecule in text.molecules and text.effective_from <= on
    ]
    return max(fitting, key=lambda text: (text.effective_from, text.version), default=None)
