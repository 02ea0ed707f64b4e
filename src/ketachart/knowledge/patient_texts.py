"""The texts that patients read, apart from consents: preparation, aftercare, education. One shape for all three.

A text is never edited once it is released: a new file with a new version and dates. `released_texts.toml` holds the hash
of every released version, and the checker compares.
"""

import hashlib
import tomllib
from datetime import date
from functools import cache
from typing import Any, Literal

import msgspec

from ketachart.knowledge import loader
from ketachart.knowledge.findings import Source
from ketachart.knowledge.readability import Harder

TextKind = Literal["preparation", "aftercare", "education"]
Place = Literal["clinic", "home"]
KINDS: tuple[TextKind, ...] = ("preparation", "aftercare", "education")


class Paragraph(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: str
    sources: tuple[Source, ...]
    title: str = ""
    hypothesis: bool = False
    """An idea under study, said as one. Shown with a mark."""
    note: str = ""
    """How the source bears on it, when that is not plain: for the clinician, not for the patient."""


class TextSection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    heading: str
    paragraph: tuple[Paragraph, ...]
    urgent: bool = False
    harder: Harder | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(one.text for one in self.paragraph)


class FastingHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours that a label gives for this product. Where no source gives any, the clinic sets its own."""

    solids_hours: float
    clear_fluids_hours: float
    source: Source


class PatientText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One released version. `sha256` is over the words that are shown. No product and no route named: for everybody."""

    id: str
    kind: TextKind
    version: str
    language: str
    title: str
    summary: str
    effective_from: date
    source: Source
    section: tuple[TextSection, ...]
    group: str = ""
    order: int = 0
    products: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    molecules: tuple[str, ...] = ()
    place: Place = "clinic"
    effective_to: date | None = None
    superseded_by: str | None = None
    fasting: FastingHours | None = None

    @property
    def words(self) -> str:
        """Exactly what the patient reads, in order, as plain text."""
        blocks = [self.title, self.summary]
        for section in self.section:
            blocks.append(section.heading)
            for one in section.paragraph:
                blocks += [one.title, one.text] if one.title else [one.text]
        return "\n\n".join(blocks)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.words.encode()).hexdigest()

    @property
    def full_version(self) -> str:
        return f"{self.id} {self.version}"

    @property
    def is_general(self) -> bool:
        return not (self.products or self.routes)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every source once, in the order of the text."""
        found: dict[str, Source] = {}
        for section in self.section:
            for one in section.paragraph:
                found |= {source.citation: source for source in one.sources if source.citation not in found}
        return tuple(found.values())

    def in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    def suits(self, *, product: str, route: str, place: Place = "clinic") -> bool:
        return product in self.products and route in self.routes and self.place == place


@cache
def patient_texts() -> tuple[PatientText, ...]:
    """Every version ever released, by kind, order, name and version."""
    texts = [
        loader.typed({**_parsed(kind, entry), "kind": kind}, PatientText, f"{kind}/{entry}")
        for kind in KINDS
        for entry in _names(kind)
    ]
    return tuple(sorted(texts, key=lambda text: (KINDS.index(text.kind), text.order, text.id, text.version)))


def texts_in_force(on: date, *kinds: TextKind) -> list[PatientText]:
    """The newest version of each text that holds that day."""
    newest: dict[str, PatientText] = {}
    for text in patient_texts():
        if text.in_force(on) and (not kinds or text.kind in kinds):
            newest[text.id] = text  # sorted by version: the last one is the newest
    return list(newest.values())


def text_in_force(text_id: str, on: date) -> PatientText | None:
    return next((text for text in texts_in_force(on) if text.id == text_id), None)


def text_version(text_id: str, version: str) -> PatientText | None:
    return next((text for text in patient_texts() if (text.id, text.version) == (text_id, version)), None)


def text_for(
    kind: TextKind,
    *,
    route: str,
    on: date,
    product: str | None = None,
    molecule: str | None = None,
    place: Place = "clinic",
) -> PatientText | None:
    """The text for exactly this product (or molecule) and route; nobody's text stands in for another's."""
    return next(
        (
            text
            for text in texts_in_force(on, kind)
            if route in text.routes
            and text.place == place
            and (product is None or product in text.products)
            and (molecule is None or molecule in text.molecules)
            and (product is not None or molecule is not None)
        ),
        None,
    )


@cache
def released_hashes() -> dict[str, str]:
    """`<id> <version>` to the hash of its words, for every text a patient may have read or signed."""
    return dict(loader.read("released_texts.toml")["hashes"])


def _names(kind: TextKind) -> list[str]:
    return sorted(entry.name for entry in (loader.DATA / kind).iterdir() if entry.name.endswith(".toml"))


def _parsed(kind: TextKind, name: str) -> dict[str, Any]:
    where = f"{kind}/{name}"
    try:
        return loader.read(where)
    except (tomllib.TOMLDecodeError, ValueError) as fault:
        raise ValueError(f"{where}: {fault}") from fault
