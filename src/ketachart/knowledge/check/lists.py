"""Lists in which nothing may be there twice, and choices that need something to choose from."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

from ketachart.knowledge import loader
from ketachart.knowledge.check.problem import Problem


def problems(on: date) -> Iterator[Problem]:
    del on
    lists = loader.session_lists()
    yield from _repeated("session_lists.toml", "time_out", (one.id for one in lists.time_out))
    yield from _repeated("session_lists.toml", "arrival", (one.id for one in lists.arrival))
    loader.entry_ranges()
    for item in loader.data_items().values():
        if item.kind == "choice" and not item.choices:
            yield Problem("data_items.toml", item.id, "a choice without choices", "Add choices = [...]")


def _repeated(file: str, entry: str, ids: Iterable[str]) -> Iterator[Problem]:
    for id, times in Counter(ids).items():
        if times > 1:
            yield Problem(file, entry, f"{id} is there {times} times", "Keep one of them")
