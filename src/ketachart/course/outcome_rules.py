"""What a score says for a course, always against a pinned baseline. What a change is called stands with the scale."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from ketachart.course.dose_limits import DoseRule
from ketachart.instruments.model import Instrument
from ketachart.instruments.scoring import change
from ketachart.knowledge.loader import read, typed


@cache
def next_session_rules() -> tuple[DoseRule, ...]:
    return typed(read("course.toml")["rule"], tuple[DoseRule, ...], "course.toml")


@dataclass(frozen=True, kw_only=True)
class ScorePoint:
    """One sitting of a scale. `total` None: the form was incomplete, so there is no score."""

    taken_on: date
    total: float | None


def is_response(scale: Instrument, baseline: float | None, now: float | None) -> bool | None:
    return change(scale, baseline=baseline, now=now).response


def is_remission(scale: Instrument, now: float | None) -> bool | None:
    """Whether a score lies below the remission cut; None without a score or without a sourced cut."""
    if now is None or scale.change is None or scale.change.remission_below is None:
        return None
    return now < scale.change.remission_below


def response_line(scale: Instrument, baseline: float | None) -> float | None:
    """The highest score that is a response: the line on the chart. From a baseline of 0 nothing can fall."""
    if not baseline or scale.change is None or scale.change.response_percent is None:
        return None
    return baseline * (100 - scale.change.response_percent) / 100
