"""What a change in a score is called: response, remission, worsening; always against a pinned baseline."""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

import msgspec

from ketachart.course.dose_limits import DoseRule
from ketachart.knowledge.findings import Source


class Band(msgspec.Struct, frozen=True, kw_only=True, rename={"first": "from", "last": "to"}):
    first: int
    last: int
    label: str


class OutcomeDefinition(msgspec.Struct, frozen=True, kw_only=True, rename={"bands": "band"}):
    """How one scale's total is read. None: no cut was read in a source, so none is shown."""

    title: str
    lowest: int
    highest: int
    response_drop_percent: Decimal
    recall_days: int
    source: Source
    bands: tuple[Band, ...]
    remission_below: int | None = None
    worsening_points: int | None = None

    def band_of(self, total: int) -> Band | None:
        return next((band for band in self.bands if band.first <= total <= band.last), None)


class CourseKnowledge(msgspec.Struct, frozen=True, kw_only=True):
    outcomes: dict[str, OutcomeDefinition]
    rules: tuple[DoseRule, ...]


@cache
def course_knowledge() -> CourseKnowledge:
    raw = tomllib.loads(files("ketachart.knowledge").joinpath("data/course.toml").read_text(encoding="utf-8"))
    return msgspec.convert({"outcomes": raw["outcome"], "rules": raw["rule"]}, CourseKnowledge)


@dataclass(frozen=True, kw_only=True)
class ScorePoint:
    """One sitting of a scale. `total` None: the form was incomplete, so there is no score."""

    taken_on: date
    total: int | None


def drop_percent(baseline: int | None, now: int | None) -> Decimal | None:
    """How far the score has fallen; None when either is missing or the baseline is 0, from which nothing can fall."""
    if baseline is None or now is None or baseline <= 0:
        return None
    return Decimal(baseline - now) / Decimal(baseline) * 100


def is_response(definition: OutcomeDefinition, baseline: int | None, now: int | None) -> bool | None:
    drop = drop_percent(baseline, now)
    return None if drop is None else drop >= definition.response_drop_percent


def is_remission(definition: OutcomeDefinition, now: int | None) -> bool | None:
    if now is None or definition.remission_below is None:
        return None
    return now < definition.remission_below


def is_worse(definition: OutcomeDefinition, baseline: int | None, now: int | None) -> bool | None:
    if baseline is None or now is None or definition.worsening_points is None:
        return None
    return now - baseline >= definition.worsening_points


def response_line(definition: OutcomeDefinition, baseline: int | None) -> Decimal | None:
    """The highest score that is a response: the line on the chart."""
    if baseline is None or baseline <= 0:
        return None
    return Decimal(baseline) * (100 - definition.response_drop_percent) / 100
