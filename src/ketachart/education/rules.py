"""Which texts are a person's own, in which order, and how far they have come. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ketachart.knowledge.patient_texts import PatientText

YOURS = "Your visits"
OTHER_WAYS = "The other ways of taking it"


@dataclass(frozen=True)
class Line:
    """One text on the shelf of one person."""

    text: PatientText
    read_at: datetime | None = None
    read_version: str | None = None
    handed_out_at: datetime | None = None
    handed_out_version: str | None = None

    @property
    def is_read(self) -> bool:
        """In the version of today: a new version is to be read again."""
        return self.read_version == self.text.version

    @property
    def has_changed(self) -> bool:
        return self.read_version is not None and not self.is_read


@dataclass(frozen=True)
class Group:
    label: str
    lines: tuple[Line, ...]
    own: bool = True
    """Counts in the person's progress."""


@dataclass(frozen=True)
class Marked:
    """When a version was read or handed out."""

    text_id: str
    version: str
    at: datetime


def shelf(
    texts: Sequence[PatientText],
    *,
    product: str | None,
    route: str | None,
    read: Iterable[Marked] = (),
    handed_out: Iterable[Marked] = (),
) -> list[Group]:
    """Their own visits first, then the topics for everybody, then the other ways. Nothing planned: no preparation at all."""
    last_read, last_out = _newest(read), _newest(handed_out)

    def line(text: PatientText) -> Line:
        seen, given = last_read.get(text.id), last_out.get(text.id)
        return Line(
            text=text,
            read_at=seen.at if seen else None,
            read_version=seen.version if seen else None,
            handed_out_at=given.at if given else None,
            handed_out_version=given.version if given else None,
        )

    def is_theirs(text: PatientText) -> bool:
        return product is not None and route is not None and product in text.products and route in text.routes

    theirs = [text for text in texts if is_theirs(text) and text.place == "clinic"]
    groups = [Group(YOURS, tuple(map(line, theirs)))] if theirs else []
    general = [text for text in texts if text.kind == "education" and text.is_general]
    for label in dict.fromkeys(text.group for text in general):
        groups.append(Group(label, tuple(line(text) for text in general if text.group == label)))
    others = [text for text in texts if text.kind == "education" and not text.is_general and text not in theirs]
    if others:
        groups.append(Group(OTHER_WAYS, tuple(map(line, others)), own=False))
    return groups


def own_lines(groups: Iterable[Group]) -> list[Line]:
    return [line for group in groups if group.own for line in group.lines]


def next_to_read(groups: Iterable[Group], after_id: str | None = None) -> PatientText | None:
    """The next unread one after this, else the first unread one."""
    lines = own_lines(groups)
    ids = [line.text.id for line in lines]
    start = ids.index(after_id) + 1 if after_id in ids else 0
    following = [line.text for line in (*lines[start:], *lines[:start]) if not line.is_read]
    return next((text for text in following if text.id != after_id), None)


def _newest(marks: Iterable[Marked]) -> Mapping[str, Marked]:
    found: dict[str, Marked] = {}
    for mark in marks:
        if mark.text_id not in found or found[mark.text_id].at < mark.at:
            found[mark.text_id] = mark
    return found
