"""Looking things up: by shelf, by words, by route and indication, by day; and what changed between two days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ketachart.knowledge.library.passages import Passage, passages
from ketachart.knowledge.library.shelves import SHELVES

ORDER = {shelf.id: place for place, shelf in enumerate(SHELVES)} | {"settings": len(SHELVES)}


def on_shelf(shelf: str, on: date | None = None) -> list[Passage]:
    return [one for one in passages() if one.shelf == shelf and (on is None or one.in_force(on))]


def find(
    words: str = "",
    *,
    shelf: str = "",
    route: str = "",
    indication: str = "",
    product: str = "",
    on: date | None = None,
    among: Iterable[Passage] | None = None,
) -> list[Passage]:
    """Passages in which every word occurs, those that carry them in their title first; on a shelf the rules first.

    A passage that names no route holds for every route: choosing a route leaves out only what names others.
    """
    wanted = words.casefold().split()
    found = []
    for place, one in enumerate(passages() if among is None else among):
        if (shelf and one.shelf != shelf) or (on is not None and not one.in_force(on)):
            continue
        pairs = ((one.routes, route), (one.indications, indication), (one.products, product))
        if any(chosen and named and chosen not in named for named, chosen in pairs):
            continue
        text = one.words.casefold() if wanted else ""
        if all(word in text for word in wanted):
            found.append((_rank(one, wanted), ORDER[one.shelf], not one.rule_class, place, one))
    return [one for *_, one in sorted(found, key=lambda each: each[:4])]


def _rank(passage: Passage, wanted: list[str]) -> int:
    """0 is its very id, 1 every word in the title, 2 some of them, 3 elsewhere."""
    if [passage.id.casefold()] == wanted:
        return 0
    title = passage.title.casefold()
    inside = sum(word in title for word in wanted)
    return 1 if inside == len(wanted) else 2 if inside else 3


def cited_by(source_citation: str) -> list[Passage]:
    """Every passage that rests on this document."""
    return [
        one
        for one in passages()
        if one.shelf != "sources"
        and any(source.citation == source_citation for source in (one.source, *one.block.all_sources) if source)
    ]


@dataclass(frozen=True)
class Change:
    """What is different on the later day: something began, ended, or was replaced by another version."""

    what: Literal["began", "ended", "replaced"]
    passage: Passage
    before: Passage | None = None


def changes(earlier: date, later: date, among: Iterable[Passage] | None = None) -> list[Change]:
    every = list(passages() if among is None else among)
    gone = [one for one in every if one.in_force(earlier) and not one.in_force(later)]
    come = [one for one in every if one.in_force(later) and not one.in_force(earlier)]
    found: list[Change] = []
    for new in come:
        old = next((one for one in gone if _same(one, new)), None)
        if old is not None:
            gone.remove(old)
        found.append(Change("replaced" if old else "began", new, old))
    return [*found, *(Change("ended", one) for one in gone)]


def _same(old: Passage, new: Passage) -> bool:
    return (old.file, old.kind, old.id) == (new.file, new.kind, new.id) or old.superseded_by == new.id
