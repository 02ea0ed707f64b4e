"""What a person's history says, datum by datum, each with the time it was true. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from ketachart.intake.kinds import (
    Allergies,
    Conditions,
    Measurements,
    Medicines,
    Pregnancy,
    Results,
    Section,
    Treatment,
    Treatments,
)
from ketachart.knowledge.adequate_trials import FAILED, Trial
from ketachart.knowledge.screening import LAST_TAKEN, Fact, FactValue

YES_NO = {"yes": True, "no": False}


MEASURED = (
    "systolic_mmhg",
    "diastolic_mmhg",
    "heart_rate_per_min",
    "spo2_percent",
    "respiratory_rate_per_min",
    "weight_kg",
    "height_cm",
)


@dataclass(frozen=True)
class Recorded:
    """One section as it stands: what it says and when it was said."""

    content: Section
    at: datetime


@dataclass(frozen=True)
class Person:
    """What screening knows about who this is."""

    birth_date: date | None = None
    sex_at_birth: str | None = None


History = Mapping[str, Recorded]
"""Every version of every section, oldest first: what was asked later stands over what was asked before."""


def facts_from(history: History, person: Person, *, at: datetime) -> dict[str, Fact]:
    """Everything known, by data item, each with the time it was true. What was not asked is not in it.

    An answer stands until the same question is asked again; "not known" takes it away.
    """
    facts: dict[str, Fact] = {}
    for recorded in history.values():
        for name, value, true_at in _answered(recorded):
            standing = facts.get(name)
            if standing is not None and standing.at is not None and standing.at > true_at:
                continue  # measured earlier, entered later
            if value is None:
                facts.pop(name, None)
            else:
                facts[name] = Fact(value=value, at=true_at)
    if person.birth_date is not None:
        facts["age_years"] = Fact(value=age_years(person.birth_date, at.date()), at=at)
    if person.sex_at_birth:
        facts["sex_at_birth"] = Fact(value=person.sex_at_birth, at=at)
    return facts


def trials_from(history: History) -> tuple[Trial, ...] | None:
    """The earlier treatments as they stand: None when nobody asked, empty when there were none."""
    newest = max(
        (one for one in history.values() if isinstance(one.content, Treatments)), key=lambda one: one.at, default=None
    )
    if newest is None or not isinstance(newest.content, Treatments):
        return None
    if newest.content.stated == "listed" and not newest.content.treatments:
        return None
    return tuple(
        Trial(
            name=one.name,
            kind=one.kind,
            dose=one.dose,
            weeks=one.weeks,
            outcome=one.outcome,
            adequate=one.adequate,
            best_change_percent=one.best_change_percent,
        )
        for one in newest.content.treatments
    )


def age_years(birth_date: date, on: date) -> int:
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


Answered = list[tuple[str, FactValue | None, datetime]]
"""What a section says: the data it touches. None: it was asked, and nobody knows."""


def _answered(recorded: Recorded) -> Answered:
    content, at = recorded.content, recorded.at
    match content:
        case Conditions():
            return [(name, _answer_value(answer), at) for name, answer in content.answers.items()]
        case Medicines():
            return _medicines(content, at)
        case Allergies():
            reaction = content.reaction_to_ketamine
            return [] if reaction is None else [("allergy_ketamine", YES_NO.get(reaction), at)]
        case Treatments():
            return [("adequate_failed_trials", _failed_trials(content), at)]
        case Pregnancy():
            true_at = _day(content.tested_on, at) if content.status == "test negative" else at
            status = [] if content.status is None else [("pregnancy", content.status, true_at)]
            feeding = content.breastfeeding
            agreed = content.contraception
            return [
                *status,
                *([] if feeding is None else [("breastfeeding", YES_NO.get(feeding), at)]),
                *([] if agreed is None else [("contraception", YES_NO.get(agreed), at)]),
            ]
        case Measurements():
            values = [(name, getattr(content, name)) for name in MEASURED]
            return [(name, value, content.measured_at) for name, value in values if value is not None]
        case Results():
            return [
                (one.test, one.judged, at if one.judged == "not needed" else _day(one.done_on, at))
                for one in content.results
            ]
    return []


def _medicines(content: Medicines, at: datetime) -> Answered:
    """The list stands whole: when something was last taken is known only as far as this list says it."""
    if content.stated == "none":
        return [("medicines", (), at)]
    told: Answered = [("medicines", tuple(one.ingredient for one in content.medicines) or None, at)]
    for one in content.medicines:
        told.append((LAST_TAKEN + one.ingredient, None, at))
        if one.last_taken_at is not None:
            told.append((LAST_TAKEN + one.ingredient, True, one.last_taken_at))
    return told


def _day(day: date | None, recorded_at: datetime) -> datetime:
    """The beginning of the day of a test; never later than it was written down."""
    return recorded_at if day is None else min(datetime.combine(day, time(), UTC), recorded_at)


def _answer_value(answer: str) -> bool | str | None:
    if answer == "not known":
        return None
    return YES_NO.get(answer, answer)


def _failed_trials(content: Treatments) -> int | None:
    """How many adequate trials failed. Unknown as long as one listed treatment was not judged."""
    if content.stated == "none":
        return 0
    if not content.treatments or any(_is_unjudged(one) for one in content.treatments):
        return None
    return sum(one.adequate == "adequate" and one.outcome in FAILED for one in content.treatments)


def _is_unjudged(treatment: Treatment) -> bool:
    if treatment.adequate is None:
        return True
    return treatment.adequate == "adequate" and treatment.outcome in (None, "not known")
