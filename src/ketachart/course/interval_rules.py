"""How long the effect has held in this person: measured from sessions and scores, for the interval of maintenance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

import msgspec

from ketachart.course.outcome_rules import ScorePoint, is_response
from ketachart.instruments.model import Instrument
from ketachart.knowledge.findings import Source
from ketachart.knowledge.loader import read, typed


class PublishedInterval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long the effect lasted in a study: to look at, never applied."""

    indication: str
    days: Decimal
    text: str
    effective_from: date
    source: Source


@cache
def published_intervals() -> tuple[PublishedInterval, ...]:
    return typed(read("course.toml")["interval"], tuple[PublishedInterval, ...], "course.toml")


@dataclass(frozen=True, kw_only=True)
class IntervalEvidence:
    """Days after a session at which the response was seen to hold, and at which it was seen to be lost.

    `held_days`: the longest time after a session at which a score was still a response.
    `lost_days`: the shortest time after a session at which a score was no response any more, once there had been one.
    """

    responded: bool = False
    held_days: int | None = None
    lost_days: int | None = None

    @property
    def longest_that_holds(self) -> int | None:
        """The least frequent interval that held and was never seen to fail. None: nobody knows."""
        if self.held_days is None:
            return None
        if self.lost_days is not None and self.held_days >= self.lost_days:
            return None  # it held for longer once and was lost sooner another time: the person decides, not a number
        return self.held_days


def interval_evidence(
    scale: Instrument, baseline: float | None, session_days: Sequence[date], scores: Sequence[ScorePoint]
) -> IntervalEvidence:
    """Every score is measured from the session before it. An incomplete form says nothing."""
    responded, held, lost = False, [], []
    for score in sorted((one for one in scores if one.total is not None), key=lambda one: one.taken_on):
        before = [day for day in session_days if day < score.taken_on]
        response = is_response(scale, baseline, score.total)
        if not before or response is None:
            continue
        days = (score.taken_on - max(before)).days
        if response:
            responded = True
            held.append(days)
        elif responded:
            lost.append(days)
    return IntervalEvidence(responded=responded, held_days=max(held, default=None), lost_days=min(lost, default=None))
