"""From answers to a score: total, band, subscales, readings, triage level. Pure.

A score exists only when every scored item is answered. Nothing is prorated and a missing answer is never zero. A total
that came with the answers is never believed: it is always computed here.
"""

from typing import Literal

import msgspec

from ketachart.instruments.answers import Answers, WrongAnswer, check_answers, items_to_ask
from ketachart.instruments.change import Change, change
from ketachart.instruments.model import Instrument, Sex
from ketachart.instruments.readings import Reading, Scored, readings_of
from ketachart.instruments.safety import Fired, fired, is_urgent, newly_fired, safety_findings
from ketachart.instruments.totals import SubscaleScore, subscale_scores, total_of
from ketachart.instruments.triage import INDETERMINATE, level_of

__all__ = [
    "Answers",
    "Change",
    "Fired",
    "Score",
    "WrongAnswer",
    "band",
    "change",
    "check_answers",
    "fired",
    "is_urgent",
    "items_to_ask",
    "newly_fired",
    "safety_findings",
    "score",
]


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """`total` in points of the scale (a whole number unless the scale is a mean, an index or a converted score), `raw`
    the sum it came from, `level` the triage level of scales that have no total."""

    instrument_id: str
    instrument_version: str
    status: Literal["complete", "incomplete"]
    total: float | None
    band: str | None
    answered: int
    scored_items: int
    missing: tuple[str, ...]
    raw: int | None = None
    level: str | None = None
    subscales: tuple[SubscaleScore, ...] = ()
    readings: tuple[Reading, ...] = ()

    def reading(self, reading_id: str) -> Reading:
        return next(one for one in self.readings if one.id == reading_id)

    def subscale(self, subscale_id: str) -> SubscaleScore:
        return next(one for one in self.subscales if one.id == subscale_id)


def score(instrument: Instrument, answers: Answers, *, sex: Sex | None = None) -> Score:
    """Score one form.

    Parameters
    ----------
    instrument
        The scale.
    answers
        By item id; None or no entry is an unanswered item.
    sex
        Sex at birth, only for cut-offs that were published by sex.

    Returns
    -------
    Score
        "incomplete" and without a total while any scored item is unanswered.

    Raises
    ------
    WrongAnswer
        If an answer is not one that the scale offers.
    """
    check_answers(instrument, answers)
    total = total_of(instrument, answers)
    subscales = subscale_scores(instrument, answers)
    level = level_of(instrument, answers)
    whole = not total.missing if level is None else level != INDETERMINATE
    return Score(
        instrument_id=instrument.id,
        instrument_version=instrument.version,
        status="complete" if whole else "incomplete",
        total=_whole_number(total.value),
        band=band(instrument, total.value),
        answered=total.answered,
        scored_items=total.needed,
        missing=total.missing,
        raw=total.raw,
        level=level,
        subscales=subscales,
        readings=readings_of(Scored(instrument=instrument, answers=answers, total=total, subscales=subscales), sex=sex),
    )


def band(instrument: Instrument, total: float | None) -> str | None:
    """What a total is called; None without a total or where no bands were published."""
    if total is None:
        return None
    reached = [one.label for one in instrument.band if one.minimum <= total]
    return reached[-1] if reached else None


def _whole_number(value: float | None) -> float | None:
    return int(value) if value is not None and value == int(value) else value
