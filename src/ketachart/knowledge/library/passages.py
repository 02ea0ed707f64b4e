"""An entry of a data file as a passage: title, facts, paragraphs, blocks inside it, sources, dates. No shape is refused."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from ketachart.knowledge.entries import NOT_SAID, Entry, entries
from ketachart.knowledge.findings import Source
from ketachart.knowledge.library.describe import (
    answers_text,
    facts_text,
    monitoring_text,
    override_text,
    requirement_text,
    scale_item,
)
from ketachart.knowledge.library.shelves import shelf_of
from ketachart.knowledge.library.words import AUTHORITY_WORDS, CLASS_WORDS, GRADE_WORDS, label_of, name_of, value_text
from ketachart.knowledge.loader import files_in

TITLES = ("title", "label", "heading", "word", "question", "text", "name", "summary", "citation", "reason", "says")
PROSE = ("text", "paragraphs", "lines", "answers", "explanation")
"""Read as sentences, not as a label with a value."""
NAMED_ABOVE = ("product", "route", "indication")
"""On top of a passage these stand in its head already."""
SCALE_PARTS = ("item", "option_set", "sources")
BARE = ("section", "paragraph", "line", "lines")
"""Pieces that follow one another without a heading of their own."""
SHOWN_APART = frozenset(
    {
        *NOT_SAID,
        "id",
        "version",
        "language",
        "products",
        "routes",
        "indications",
        "override",
        "class",
        "rule_class",
        "order",
    }
)


@dataclass(frozen=True)
class Block:
    """A piece of a passage: what it is called, its sentences, its facts, its own pieces, and who says so."""

    title: str = ""
    paragraphs: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    blocks: tuple["Block", ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def words(self) -> str:
        own = [self.title, *self.paragraphs, *(f"{label} {text}" for label, text in self.facts)]
        return " ".join([*own, *(one.words for one in self.blocks), *(str(one) for one in self.sources)])

    @property
    def all_sources(self) -> tuple[Source, ...]:
        return (*self.sources, *(source for one in self.blocks for source in one.all_sources))


@dataclass(frozen=True)
class Passage:
    key: str
    id: str
    version: str
    shelf: str
    title: str
    block: Block
    file: str
    kind: str
    source: Source | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    superseded_by: str | None = None
    note: str | None = None
    rule_class: str = ""
    override: str = ""
    products: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    indications: tuple[str, ...] = ()

    def in_force(self, on: date) -> bool:
        begun = self.effective_from is None or self.effective_from <= on
        return begun and (self.effective_to is None or on <= self.effective_to)

    @property
    def code(self) -> str:
        """Its id, where people know it by that: EL01, not the name of a field."""
        return self.id if any(letter.isupper() for letter in self.id) else ""

    @property
    def summary(self) -> str:
        """The first thing it says, for a list."""
        means = [text for label, text in self.block.facts if label == "What it means"]
        said = [*means, *(one for one in self.block.paragraphs if one != self.title)]
        said += [f"{label}: {text}" for label, text in self.block.facts]
        said += [one.title or " ".join(one.paragraphs) for one in self.block.blocks]
        return next((one for one in said if one), "")

    @property
    def words(self) -> str:
        """Everything that a search looks at."""
        names = (name_of(one) for one in (*self.products, *self.routes, *self.indications))
        own = [self.id, self.title, *self.routes, *self.indications, *names, self.rule_class, self.note or ""]
        return " ".join([*own, self.block.words, str(self.source or "")])


INSTRUMENTS = files("ketachart.instruments") / "data"
"""Read as data, not imported: what a scale says is said by its own file."""


@cache
def passages() -> tuple[Passage, ...]:
    """All of them, in the order of their files. Site settings stand with the clinic's own values instead."""
    taken: set[str] = set()
    found = []
    for entry in entries():
        if entry.file != "site_settings.toml":
            found.append(passage_of(entry, taken))
            taken.add(found[-1].key)
    return (*found, *_scales())


def _scales() -> Iterator[Passage]:
    for path, content in files_in(INSTRUMENTS):
        yield passage_of_scale(f"instruments/{path}", content)


def passage_of_scale(file: str, content: dict[str, Any]) -> Passage:
    """A scale in the order in which it is read: what it is, its items, its answers, its bands, who says so."""
    said = {name: value for name, value in content.items() if not name.startswith("loinc") and name not in SCALE_PARTS}
    read = passage_of(Entry(file, "scale", str(content.get("id", file)), said))
    items = tuple(scale_item(one) for one in content.get("item", ()))
    answers = tuple(
        (f"Answers ({one.get('id')})", answers_text(one)) for one in content.get("option_set", ()) if answers_text(one)
    )
    citations = tuple(("Source", one) for one in content.get("sources", ()) if isinstance(one, str))
    blocks = (Block("Items", items) if items else Block(), Block("Answers", facts=answers) if answers else Block())
    block = replace(
        read.block,
        facts=(*read.block.facts, *citations),
        blocks=(*(one for one in blocks if one.title), *read.block.blocks),
    )
    return replace(read, shelf="scales", block=block)


def passage_of(entry: Entry, taken: Iterable[str] = ()) -> Passage:
    block = _block(entry.table, top=True)
    title = _title(entry.table) or label_of(entry.id)[0]
    if entry.file == "sources.toml":
        return Passage(_key(entry, taken), entry.id, "", "sources", title, _document(entry.table), entry.file, "source")
    rule_class = str(entry.get("rule_class") or entry.table.get("class") or "")
    is_rule = bool(rule_class)
    return Passage(
        key=_key(entry, taken),
        id=entry.id,
        version=str(entry.get("version") or ""),
        shelf=shelf_of(entry),
        title=title,
        block=block,
        file=entry.file,
        kind=entry.kind,
        source=source_from(entry.get("source")),
        effective_from=_day(entry.get("effective_from")),
        effective_to=_day(entry.get("effective_to")),
        superseded_by=_text(entry.get("superseded_by")),
        note=_text(entry.get("note")),
        rule_class=CLASS_WORDS.get(rule_class, rule_class) if is_rule else "",
        override=_override(entry, rule_class),
        products=_names(entry.get("products") or entry.table.get("product")),
        routes=_names(entry.get("routes") or entry.table.get("route")),
        indications=_names(entry.get("indications") or entry.table.get("indication")),
    )


def _override(entry: Entry, rule_class: str) -> str:
    """An alarm is acknowledged and information is read: only a rule that holds a gate is set aside."""
    if not rule_class or rule_class == "information" or shelf_of(entry) == "alarms":
        return ""
    return override_text(entry.table.get("override"))


def source_from(said: Any) -> Source | None:
    """The source as written; None when it is not one (the checker names it)."""
    try:
        return msgspec.convert(said, Source) if isinstance(said, dict) else None
    except msgspec.ValidationError:
        return None


def _block(table: dict[str, Any], *, top: bool = False) -> Block:
    title = "" if top else _title(table)
    paragraphs: list[str] = []
    facts: list[tuple[str, str]] = []
    blocks: list[Block] = []
    for name, value in table.items():
        if name in SHOWN_APART and not (not top and name in ("products", "routes", "indications")):
            continue
        if top and name in NAMED_ABOVE:
            continue
        if value is None or value == "" or value == [] or (name in TITLES and value == (title or _title(table))):
            continue
        if name in ("absolute", "recommended") and isinstance(value, list):
            facts.append((label_of(name)[0], f"{value[0]:g} to {value[-1]:g}"))
        elif name == "test":
            facts.append(("Test", requirement_text(value)))
        elif isinstance(value, dict):
            _add_table(name, value, facts, blocks)
        elif isinstance(value, list) and isinstance(value[0], dict):
            inside = tuple(_line(one) for one in value)
            blocks += inside if name in BARE else (Block(title=label_of(name)[0], blocks=inside),)
        elif name in PROSE:
            paragraphs += [str(one) for one in (value if isinstance(value, list) else [value])]
        else:
            label, unit = label_of(name)
            facts.append((label, value_text(value, unit)))
    if not top and isinstance(table.get("note"), str):
        facts.append(("Note", table["note"]))
    return Block(title, tuple(paragraphs), tuple(facts), tuple(blocks), () if top else _sources(table))


def _add_table(name: str, value: dict[str, Any], facts: list[tuple[str, str]], blocks: list[Block]) -> None:
    """A small table without a source of its own is one line; any other is a block."""
    label = label_of(name)[0]
    if name.endswith("_source") and (source := source_from(value)) is not None:
        blocks.append(Block(label, sources=(source,)))
    elif name == "override":
        facts.append(("Who may set it aside", override_text(value)))
    elif "source" in value or any(isinstance(one, dict) for one in value.values()):
        inner = _block(value)
        said = (inner.title, *inner.paragraphs) if inner.title else inner.paragraphs
        blocks.append(Block(label, said, inner.facts, inner.blocks, inner.sources))
    else:
        facts.append((label, facts_text(value)))


def _line(table: dict[str, Any]) -> Block:
    if "item" in table and ("every_minutes" in table or "at_minutes" in table):
        return Block(monitoring_text(table), sources=_sources(table))
    block = _block(table)
    if not block.title and not block.paragraphs and "source" not in table:
        return Block(facts_text({one: value for one, value in table.items() if one not in NOT_SAID}))
    return block


def _sources(table: dict[str, Any]) -> tuple[Source, ...]:
    said = [table.get("source"), *(table.get("sources") or ())]
    return tuple(source for one in said if (source := source_from(one)) is not None)


def _document(table: dict[str, Any]) -> Block:
    """A source as a passage: what it is, who says it, how it was read."""
    facts = [
        ("Who says so", AUTHORITY_WORDS.get(str(table.get("authority")), str(table.get("authority")))),
        ("How well it was read", GRADE_WORDS.get(str(table.get("grade")), str(table.get("grade")))),
        ("What was read of it", str(table.get("read", "not said"))),
    ]
    facts += [(label_of(name)[0], str(table[name])) for name in ("url", "note") if table.get(name)]
    return Block(paragraphs=(str(table.get("citation", "")),), facts=tuple(facts))


def _title(table: dict[str, Any]) -> str:
    return next((str(table[name]) for name in TITLES if isinstance(table.get(name), str) and table[name]), "")


def _key(entry: Entry, taken: Iterable[str]) -> str:
    """Its address: readable, and one for every entry."""
    words = [entry.file.removesuffix(".toml"), entry.kind, entry.id, str(entry.get("version") or "")]
    plain = "/".join("".join(c if c.isalnum() or c in "-_./" else "-" for c in word) for word in words if word)
    key, place = plain, 2
    while key in taken:
        key, place = f"{plain}~{place}", place + 1
    return key


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return (
        tuple(str(one) for one in value) if isinstance(value, list) and all(isinstance(x, str) for x in value) else ()
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _day(value: Any) -> date | None:
    return value if isinstance(value, date) else None
