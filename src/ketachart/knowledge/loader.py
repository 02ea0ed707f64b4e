"""The data of this folder, typed. Every file is read once; a fault in a file is found here, not at a bedside."""

import hashlib
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal, TypeVar

import msgspec

from ketachart.knowledge import medicines
from ketachart.knowledge.catalogue import Catalogue
from ketachart.knowledge.findings import Guardrail, Source
from ketachart.knowledge.medicines import MedicineClass, MedicineTable
from ketachart.knowledge.readability import Harder
from ketachart.knowledge.screening import ScreeningRule

DATA = files("ketachart.knowledge") / "data"

Kind = Literal["yes_no", "number", "choice", "list"]
T = TypeVar("T")


class DataItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One datum that rules ask for: the question, who can answer it, where it is written."""

    id: str
    label: str
    question: str
    who: tuple[str, ...]
    section: str
    group: str = ""
    kind: Kind = "yes_no"
    choices: tuple[str, ...] = ()
    unit: str | None = None


class ConsentSection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    heading: str
    elements: tuple[str, ...]
    paragraphs: tuple[str, ...]
    sources: tuple[Source, ...]
    harder: Harder | None = None


class TeachBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    question: str
    answers: tuple[str, ...]
    right: int


class ConsentText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One released version of a text that patients agree to. `sha256` is over the words that are shown."""

    id: str
    version: str
    language: str
    title: str
    products: tuple[str, ...]
    routes: tuple[str, ...]
    indications: tuple[str, ...]
    effective_from: date
    source: Source
    section: tuple[ConsentSection, ...]
    teach_back: tuple[TeachBack, ...] = ()
    effective_to: date | None = None
    superseded_by: str | None = None
    valid_days: int | None = None
    place: Literal["clinic", "home"] = "clinic"
    """Where it is taken. What is agreed to for the clinic is not agreed to for home."""

    @property
    def words(self) -> str:
        """Exactly what the patient reads, in order, as plain text."""
        blocks = [self.title]
        for section in self.section:
            blocks += [section.heading, *section.paragraphs]
        return "\n\n".join(blocks)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.words.encode()).hexdigest()

    def covers(self, *, product: str, route: str, indication: str) -> bool:
        return product in self.products and route in self.routes and indication in self.indications

    def in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


class ConsentElement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something a consent has to say, for which products, routes and places. Nothing named: for all of them."""

    id: str
    title: str
    source: Source
    effective_from: date
    products: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    place: Literal["clinic", "home"] | None = None

    def needed_in(self, text: ConsentText) -> bool:
        """A text that was released before the element was asked for is not judged by it."""
        return (
            self.effective_from.isoformat() <= text.version
            and (not self.products or bool(set(self.products) & set(text.products)))
            and (not self.routes or bool(set(self.routes) & set(text.routes)))
            and self.place in (None, text.place)
        )


class TimeOutItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asked just before the start. Without routes or molecules it is asked for all of them."""

    id: str
    text: str
    source: Source
    routes: tuple[str, ...] = ()
    molecules: tuple[str, ...] = ()


class ArrivalQuestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asked again on the day. Any answer but the reassuring one, and no answer, stop the way to the dose."""

    id: str
    question: str
    kind: Kind
    reassuring: Literal["yes", "no"]
    who: tuple[str, ...]
    source: Source
    not_asked_when_sex_is: tuple[str, ...] = ()


class SessionLists(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: str
    effective_from: date
    time_out: tuple[TimeOutItem, ...]
    arrival: tuple[ArrivalQuestion, ...]


@cache
def sources() -> dict[str, dict[str, str]]:
    return dict(read("sources.toml"))


@cache
def catalogue() -> Catalogue:
    products, indications = read("products.toml"), read("indications.toml")
    return typed({**products, "indication": indications["indication"]}, Catalogue, "products.toml, indications.toml")


def product_given_as(molecule: str, route: str) -> str | None:
    """The catalogue's name for this molecule by this route: what consents and screening rules speak of."""
    found = [one.id for one in catalogue().product if one.molecule == molecule and route in one.routes]
    return found[0] if len(found) == 1 else None


RULE_FILES = ("eligibility.toml", "fit.toml", "interactions.toml")


@cache
def screening_rules() -> tuple[ScreeningRule, ...]:
    """Every screening rule, in or out of force: a past decision must still be readable."""
    return tuple(
        typed(_as_rule(entry), ScreeningRule, f"{file} {entry.get('id')}")
        for file in RULE_FILES
        for entry in read(file)["rule"]
    )


@cache
def data_items() -> dict[str, DataItem]:
    return {
        name: typed({"id": name, **entry}, DataItem, f"data_items.toml {name}")
        for name, entry in read("data_items.toml").items()
        if name not in ("source", "effective_from")
    }


@cache
def medicine_table() -> MedicineTable:
    content = read("classes.toml")
    classes = tuple(
        MedicineClass(id=entry["id"], title=entry["title"], ingredients=tuple(entry["ingredients"]))
        for entry in content["class"]
    )
    named = {name: _without_source(content[name]) for name in ("other_names", "brand_names", "rxnorm")}
    return medicines.medicine_table(
        classes,
        other_names=named["other_names"],
        brand_names=named["brand_names"],
        words_left_out=content["words_left_out"]["words"],
        rxnorm=named["rxnorm"],
    )


def _without_source(table: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name != "source"}


@cache
def consent_texts() -> tuple[ConsentText, ...]:
    """Every consent text ever released, oldest first."""
    folder = DATA / "consent"
    texts = [
        typed(_resolved(_parsed(entry)), ConsentText, f"consent/{entry.name}")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    ]
    return tuple(sorted(texts, key=lambda text: (text.id, text.version)))


def consent_text(*, product: str, route: str, indication: str, on: date, place: str = "clinic") -> ConsentText | None:
    """The newest text in force that day for exactly this product, route, indication and place."""
    fitting = [
        text
        for text in consent_texts()
        if text.in_force(on)
        and text.place == place
        and text.covers(product=product, route=route, indication=indication)
    ]
    return max(fitting, key=lambda text: text.version, default=None)


def consent_text_version(text_id: str, version: str) -> ConsentText | None:
    return next((text for text in consent_texts() if (text.id, text.version) == (text_id, version)), None)


@cache
def consent_elements() -> tuple[ConsentElement, ...]:
    content = read("consent_elements.toml")
    return tuple(
        typed({"effective_from": content["effective_from"], **entry}, ConsentElement, f"consent_elements {entry['id']}")
        for entry in content["element"]
    )


@cache
def session_lists() -> SessionLists:
    return typed(read("session_lists.toml"), SessionLists, "session_lists.toml")


def arrival_questions(sex_at_birth: str | None) -> tuple[ArrivalQuestion, ...]:
    """The questions for this person. An unknown sex leaves no question out."""
    return tuple(one for one in session_lists().arrival if sex_at_birth not in one.not_asked_when_sex_is)


@cache
def entry_ranges() -> dict[str, Guardrail]:
    content = read("entry_ranges.toml")
    return {name: _guardrail(name, entry) for name, entry in content.items() if isinstance(entry, dict)}


def read(name: str) -> dict[str, Any]:
    """One data file with the names of its sources replaced by the sources themselves."""
    content = _parsed(DATA / name)
    return content if name == "sources.toml" else _resolved(content)


def every_file() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each data file with its path in the folder, those of the folders inside included."""
    for path, content in raw_files():
        yield path, content if path == "sources.toml" else _resolved(content)


def raw_files() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each data file as it stands, sources by their ids."""
    yield from files_in(DATA)


def files_in(folder: Traversable, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Each TOML file below a folder as it stands there, with its path."""
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from files_in(entry, f"{path}{entry.name}/")
        elif entry.name.endswith(".toml"):
            yield f"{path}{entry.name}", _parsed(entry)


def typed(content: Any, kind: type[T], where: str) -> T:
    try:
        return msgspec.convert(content, kind)
    except (msgspec.ValidationError, ValueError) as fault:
        raise ValueError(f"{where}: {fault}") from fault


def _parsed(entry: Traversable) -> dict[str, Any]:
    return tomllib.loads(entry.read_text(encoding="utf-8"))


def _as_rule(entry: dict[str, Any]) -> dict[str, Any]:
    """The file says `class`, which Python reserves, and leaves `needs` to the test."""
    rule = {**entry, "rule_class": entry["class"]}
    del rule["class"]
    tag = rule["test"].pop("kind")
    rule["test"] = {"type": tag, **rule["test"]}
    skip = rule.get("not_relevant_when")
    if isinstance(skip, dict):
        rule["not_relevant_when"] = [skip]
    return rule


def _guardrail(name: str, entry: dict[str, Any]) -> Guardrail:
    lowest, highest = entry.get("absolute", (None, None))
    low, high = entry.get("recommended", (entry.get("recommended_minimum"), entry.get("recommended_maximum")))
    return Guardrail(
        name=name,
        unit=entry["unit"],
        source=typed(entry["source"], Source, f"entry_ranges.toml {name}"),
        absolute_minimum=lowest,
        recommended_minimum=low,
        recommended_maximum=high,
        absolute_maximum=highest,
    )


def _resolved(content: Any) -> Any:
    """`source = { id = "S-01", ... }` becomes the full source; `sources = ["S-01"]` a list of them."""
    if isinstance(content, list):
        return [_resolved(entry) for entry in content]
    if not isinstance(content, dict):
        return content
    resolved: dict[str, Any] = {}
    for key, value in content.items():
        if key == "source" and isinstance(value, dict) and "id" in value:
            resolved[key] = _source(value)
        elif key == "sources" and isinstance(value, list) and all(isinstance(one, str) for one in value):
            resolved[key] = [_source({"id": one}) for one in value]
        else:
            resolved[key] = _resolved(value)
    return resolved


def _source(entry: dict[str, Any]) -> dict[str, Any]:
    known = sources()
    if entry["id"] not in known:
        raise ValueError(f"source {entry['id']} is not in sources.toml")
    document = known[entry["id"]]
    return {
        "citation": document["citation"],
        "url": document.get("url"),
        "authority": entry.get("authority", document["authority"]),
        "grade": entry.get("grade", document["grade"]),
        "note": entry.get("note"),
    }
