"""Every document says what it is and how it was read; one that nobody cites is told."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from ketachart.knowledge import loader
from ketachart.knowledge.check.problem import Problem

NEEDED = ("citation", "authority", "grade", "read")


def problems(on: date) -> Iterator[Problem]:
    del on
    cited = {id for file, content in loader.raw_files() if file != "sources.toml" for id in _cited_in(content)}
    for id, entry in loader.sources().items():
        for field in NEEDED:
            if not entry.get(field):
                yield Problem("sources.toml", id, f"no {field}", f"Add {field} to it")
        if id not in cited:
            yield Problem(
                "sources.toml", id, "nothing cites it", "Cite it where it is used, or leave it out", "warning"
            )


def _cited_in(content: Any) -> Iterator[str]:
    if isinstance(content, list):
        for one in content:
            yield from _cited_in(one)
    elif isinstance(content, dict):
        for name, value in content.items():
            if (name == "source" or name.endswith("_source")) and isinstance(value, dict) and "id" in value:
                yield str(value["id"])
            elif name == "sources" and isinstance(value, list):
                yield from (one for one in value if isinstance(one, str))
                yield from (str(one["id"]) for one in value if isinstance(one, dict) and "id" in one)
            else:
                yield from _cited_in(value)
