"""What a scale says beside its total: screening cuts, provisional diagnostic rules, cautions. Never a diagnosis."""

from collections.abc import Callable

import msgspec

from ketachart.instruments.answers import Answers, points
from ketachart.instruments.model import Instrument, ReadingRule, Sex
from ketachart.instruments.totals import SubscaleScore, Total


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """`holds`: None while an answer is missing that could decide it, or while the sex that a cut needs is not known."""

    id: str
    title: str
    holds: bool | None
    seen: str
    source: str


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """What the readings stand on."""

    instrument: Instrument
    answers: Answers
    total: Total
    subscales: tuple[SubscaleScore, ...]

    def value_of(self, name: str) -> float | None:
        """Of "total", of a subscale, or the points of one item."""
        if name == "total":
            return self.total.value
        for subscale in self.subscales:
            if subscale.id == name:
                return subscale.value
        item = self.instrument.item_with(name)
        return None if item is None else points(self.instrument, item, self.answers)

    def symptoms(self, subscale_id: str, at_least: int) -> tuple[int, int]:
        """How many items of a subscale count as symptoms, and how many are unanswered."""
        wanted = next(one.items for one in self.instrument.subscale if one.id == subscale_id)
        values = [points(self.instrument, item, self.answers) for item in self.instrument.item if item.id in wanted]
        return sum(value is not None and value >= at_least for value in values), values.count(None)


def readings_of(scored: Scored, sex: Sex | None = None) -> tuple[Reading, ...]:
    """Every reading of this scale; those for one sex only while it is not known to be the other."""
    rules = [rule for rule in scored.instrument.reading if rule.sex is None or sex is None or rule.sex == sex]
    return tuple(_read(rule, scored, sex) for rule in rules)


def _read(rule: ReadingRule, scored: Scored, sex: Sex | None) -> Reading:
    holds, seen = _KINDS[rule.kind](rule, scored)
    if rule.sex is not None and sex is None:
        holds = None
    return Reading(id=rule.id, title=rule.title, holds=holds, seen=seen, source=rule.source)


def cut(rule: ReadingRule, scored: Scored) -> tuple[bool | None, str]:
    """A value at or beyond a published cut-off."""
    value = scored.value_of(rule.of)
    if value is None:
        return None, "no score"
    above = rule.at_least is None or value >= rule.at_least
    below = rule.at_most is None or value <= rule.at_most
    return above and below, f"{value:g}"


def criteria(rule: ReadingRule, scored: Scored) -> tuple[bool | None, str]:
    """All of several values at their minimum; says which are not."""
    values = [(one, scored.value_of(one.of)) for one in rule.criteria]
    short = [f"{one.of} {value:g}" for one, value in values if value is not None and value < one.at_least]
    if short:
        return False, ", ".join(short)
    return (None, "not all rated") if any(value is None for _, value in values) else (True, "all reached")


def symptom_clusters(rule: ReadingRule, scored: Scored) -> tuple[bool | None, str]:
    """Enough symptoms in each cluster (PCL-5: B 1, C 1, D 2, E 2). Unanswered items can leave it open."""
    assert rule.symptom_at_least is not None
    counts = [(one, *scored.symptoms(one.of, rule.symptom_at_least)) for one in rule.criteria]
    seen = ", ".join(f"{one.of} {count}" for one, count, _ in counts)
    if any(count + missing < one.at_least for one, count, missing in counts):
        return False, seen
    return (True if all(count >= one.at_least for one, count, _ in counts) else None), seen


def phq9_major(rule: ReadingRule, scored: Scored) -> tuple[bool | None, str]:
    """Major depressive syndrome by the PHQ-9 algorithm: at least 5 symptoms, one of them item 1 or 2."""
    core, total = _phq9_symptoms(scored)
    if core is None or total is None:
        return None, "not all answered"
    return core >= 1 and total >= 5, f"{total} symptoms"


def phq9_other(rule: ReadingRule, scored: Scored) -> tuple[bool | None, str]:
    """Other depressive syndrome by the PHQ-9 algorithm: 2 to 4 symptoms, one of them item 1 or 2."""
    core, total = _phq9_symptoms(scored)
    if core is None or total is None:
        return None, "not all answered"
    return core >= 1 and 2 <= total <= 4, f"{total} symptoms"


def first_item_alone(rule: ReadingRule, scored: Scored) -> tuple[bool | None, str]:
    """All points come from the first item (AUDIT-C: often, but little)."""
    first, *others = (points(scored.instrument, item, scored.answers) for item in scored.instrument.scored_items)
    if first is None or None in others:
        return None, "not all answered"
    return first > 0 and not any(others), f"{first}"


def _phq9_symptoms(scored: Scored) -> tuple[int | None, int | None]:
    """A symptom counts from "more than half the days" on, item 9 from "several days" on."""
    values = [points(scored.instrument, item, scored.answers) for item in scored.instrument.scored_items]
    given = [value for value in values if value is not None]
    if len(given) < len(values):
        return None, None
    present = [value >= (1 if number == 9 else 2) for number, value in enumerate(given, start=1)]
    return sum(present[:2]), sum(present)


_KINDS: dict[str, Callable[[ReadingRule, Scored], tuple[bool | None, str]]] = {
    "cut": cut,
    "criteria": criteria,
    "symptom_clusters": symptom_clusters,
    "phq9_major": phq9_major,
    "phq9_other": phq9_other,
    "first_item_alone": first_item_alone,
}
