"""The observed study arms, as read: data/observed.csv with source, tier and note of every row."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Observed:
    """One row: a published number with where it was read. Empty texts are what the source does not state."""

    line: int
    study: str
    year: str
    n: str
    population: str
    form: str
    route: str
    dose_value: str
    dose_unit: str
    infusion_min: str
    analyte: str
    metric: str
    value: float
    unit: str
    spread: str
    spread_kind: str
    matrix: str
    source_url: str
    verified: str
    tier: str
    note: str

    @property
    def dose(self) -> float:
        """The dose as a number (0 when it is a range or a scheme)."""
        try:
            return float(self.dose_value)
        except ValueError:
            return 0.0


@cache
def observed_rows() -> tuple[Observed, ...]:
    """All rows, in the order of the file; `line` is the line number there."""
    path = resources.files("ketachart.pharmacology") / "data" / "observed.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(
        Observed(line=number, value=float(row.pop("value")), **row)
        for number, row in enumerate(csv.DictReader(lines), start=2)
    )
