"""Every entry of every data file, whoever owns the file: the table, where it stands, and what it inherits."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ketachart.knowledge import loader

INHERITED = ("source", "effective_from", "effective_to", "superseded_by", "note", "version", "routes", "products")
NOT_SAID = frozenset({"source", "sources", "effective_from", "effective_to", "superseded_by", "note"})


@dataclass(frozen=True)
class Entry:
    """`table` is what stands in the file, `inherited` what the tables around it say for it (its source, its dates)."""

    file: str
    kind: str
    id: str
    table: dict[str, Any]
    inherited: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        return self.table.get(name, self.inherited.get(name))

    @property
    def where(self) -> str:
        return f"{self.file} {self.id}"


def entries() -> Iterator[Entry]:
    for file, content in loader.every_file():
        yield from entries_of(file, content)


def entries_of(file: str, content: dict[str, Any]) -> Iterator[Entry]:
    """A text with an id is one entry; otherwise each table of the file is one, and what stands above them another."""
    if "id" in content and "title" in content:
        yield Entry(file, "text", str(content["id"]), content)
        return
    above = _passed_on(content)
    alone = {
        name: value
        for name, value in content.items()
        if name not in NOT_SAID and (not _tables(value) or name.endswith("_source"))
    }
    if set(alone) - {"version"}:
        yield Entry(file, "file", file.removesuffix(".toml"), alone, above)
    for name, value in content.items():
        if name == "source" or name in alone or not _tables(value):
            continue
        if isinstance(value, list):
            for place, table in enumerate(value, start=1):
                yield Entry(file, name, _id_of(table, f"{name} {place}"), table, above)
        elif value and all(isinstance(one, dict) for one in value.values()):
            here = above | _passed_on(value)
            for inner, table in value.items():
                if inner != "source":
                    yield Entry(file, name, _id_of(table, inner), table, here)
        else:
            yield Entry(file, _kind_of_table(file, content), _id_of(value, name), value, above)


def _passed_on(table: dict[str, Any]) -> dict[str, Any]:
    """What a table says for those inside it. A list of tables that has such a name is no version and no route."""
    return {name: table[name] for name in INHERITED if name in table and (name == "source" or not _tables(table[name]))}


def _kind_of_table(file: str, content: dict[str, Any]) -> str:
    if file == "sources.toml":
        return "source"
    return "table" if any(isinstance(value, list) for value in content.values()) else "item"


def _tables(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _id_of(table: dict[str, Any], otherwise: str) -> str:
    found = table.get("id")
    return str(found) if isinstance(found, str | int) else otherwise
