"""What the checker says: which file, which entry, what is wrong, what to do about it."""

from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["problem", "warning"]


@dataclass(frozen=True)
class Problem:
    """A warning is told and does not fail the check."""

    file: str
    entry: str
    what: str
    do: str
    level: Level = "problem"

    def __str__(self) -> str:
        where = f"{self.file} {self.entry}".strip()
        return f"{where}: {self.what}. {self.do}" if self.do else f"{where}: {self.what}"

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def from_line(line: str, do: str = "") -> Problem:
    """What a checker of one kind says in a line: "consent x 1: says nothing about y"."""
    where, _, what = line.partition(": ")
    file, _, entry = where.partition(" ")
    return Problem(file, entry, what or where, do)
