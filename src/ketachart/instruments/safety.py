"""Answers that a person must look at. They fire by themselves, on a complete, partial or abandoned form alike."""

import msgspec

from ketachart.instruments.answers import Answers
from ketachart.instruments.model import Instrument, SafetyTrigger, Sex
from ketachart.instruments.totals import total_of
from ketachart.instruments.triage import known_so_far, level_of
from ketachart.knowledge.findings import Finding, Seen


class Fired(msgspec.Struct, frozen=True, kw_only=True):
    """One trigger that fired: what it found, and whether it cannot wait."""

    finding: Finding
    urgent: bool


def fired(instrument: Instrument, answers: Answers, *, sex: Sex | None = None, sent: bool = False) -> tuple[Fired, ...]:
    """Every trigger that these answers set off.

    Parameters
    ----------
    instrument
        The scale and its triggers.
    answers
        By item id, checked before. An entry with None was asked and refused.
    sex
        Sex at birth, where a cut-off differs. While it is None every such cut-off applies (the cautious side).
    sent
        Whether the form was handed in. Totals, and a triage level that misses an answer, count only then.

    Returns
    -------
    tuple of Fired
        One for each trigger id; of several with the same id the most pressing.
    """
    values: dict[str, float | None] = {item.id: answers.get(item.id) for item in instrument.item}
    values["total"] = total_of(instrument, answers).value if sent else None
    level = level_of(instrument, answers) if sent else known_so_far(instrument, answers)
    found: dict[str, Fired] = {}
    for trigger in instrument.safety:
        if trigger.sex is not None and sex is not None and trigger.sex != sex:
            continue
        one = (
            _level_fired(instrument, trigger, level) if trigger.item == "level" else _fired(instrument, trigger, values)
        )
        if one is not None and (trigger.id not in found or one.urgent > found[trigger.id].urgent):
            found[trigger.id] = one
    return tuple(found.values())


def newly_fired(
    instrument: Instrument, *, before: Answers, after: Answers, sex: Sex | None = None, sent: bool = False
) -> tuple[Fired, ...]:
    """What the latest answer set off that the answers before it had not."""
    known = set(fired(instrument, before, sex=sex))
    return tuple(one for one in fired(instrument, after, sex=sex, sent=sent) if one not in known)


def safety_findings(instrument: Instrument, answers: Answers) -> tuple[Finding, ...]:
    """The findings of every trigger that these answers set off, however incomplete the form."""
    return tuple(one.finding for one in fired(instrument, answers))


def is_urgent(instrument: Instrument, answers: Answers) -> bool:
    return any(one.urgent for one in fired(instrument, answers))


def _fired(instrument: Instrument, trigger: SafetyTrigger, values: dict[str, float | None]) -> Fired | None:
    value = values[trigger.item]
    if value is None or not _within(value, trigger.at_least, trigger.at_most):
        return None
    urgent = trigger.urgent
    if trigger.urgent_at_least is not None or trigger.urgent_at_most is not None:
        urgent = _within(value, trigger.urgent_at_least, trigger.urgent_at_most)
    what = f"{instrument.title} score" if trigger.item == "total" else f"{instrument.title} item {trigger.item}"
    return Fired(
        finding=_finding(instrument, trigger, what, int(value) if value == int(value) else value, urgent), urgent=urgent
    )


def _level_fired(instrument: Instrument, trigger: SafetyTrigger, level: str | None) -> Fired | None:
    if level is None or level not in trigger.levels:
        return None
    what = f"{instrument.title} level"
    return Fired(
        finding=_finding(instrument, trigger, what, level.replace("_", " "), trigger.urgent), urgent=trigger.urgent
    )


def _finding(instrument: Instrument, trigger: SafetyTrigger, what: str, value: str | float, urgent: bool) -> Finding:
    return Finding(
        rule_id=trigger.id,
        rule_version=instrument.version,
        verdict="not met",
        title=f"{trigger.title} (urgent)" if urgent else trigger.title,
        meaning=trigger.meaning,
        action=trigger.action,
        source=trigger.source,
        seen=(Seen(what=what, value=value),),
        rule_class="review",
    )


def _within(value: float, at_least: float | None, at_most: float | None) -> bool:
    return (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
