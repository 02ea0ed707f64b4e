"""Answers that a person must look at. They fire by themselves, on a complete, partial or abandoned form alike."""

import msgspec

from ketachart.instruments.answers import Answers
from ketachart.instruments.model import Instrument, SafetyTrigger, Sex
from ketachart.instruments.totals import total_of
from ketachart.instruments.triage import known_so_far, level_of
from ketachart.knowledge.findings import Finding, Seen


class Fired(msgspec.Struct, frozen=True, kw_only=True):
    """One trigger that fired: what it found, and whether it cannot wait. `severity` orders those of one id."""

    finding: Finding
    urgent: bool
    severity: int
    crisis: bool
    next_scale: str


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
        One for each trigger id; of several with the same id the most severe.
    """
    values: dict[str, float | None] = {item.id: answers.get(item.id) for item in instrument.item}
    values["total"] = total_of(instrument, answers).value if sent else None
    level = level_of(instrument, answers) if sent else known_so_far(instrument, answers)
    found: dict[str, Fired] = {}
    for place, trigger in enumerate(instrument.safety):
        if trigger.sex is not None and sex is not None and trigger.sex != sex:
            continue
        seen = _level_seen(trigger, level) if trigger.item == "level" else _value_seen(trigger, values)
        if seen is not None and trigger.id not in found:
            found[trigger.id] = _fired(instrument, trigger, seen, severity=len(instrument.safety) - place)
    return tuple(found.values())


def newly_fired(
    instrument: Instrument, *, before: Answers, after: Answers, sex: Sex | None = None, sent: bool = False
) -> tuple[Fired, ...]:
    """What the latest answer set off that the answers before it had not. A milder answer sets off nothing new."""
    known = {one.finding.rule_id: one for one in fired(instrument, before, sex=sex)}

    def is_new(one: Fired) -> bool:
        standing = known.get(one.finding.rule_id)
        if standing is None:
            return True
        return one != standing and (one.urgent, one.severity) >= (standing.urgent, standing.severity)

    return tuple(one for one in fired(instrument, after, sex=sex, sent=sent) if is_new(one))


def safety_findings(instrument: Instrument, answers: Answers) -> tuple[Finding, ...]:
    """The findings of every trigger that these answers set off, however incomplete the form."""
    return tuple(one.finding for one in fired(instrument, answers))


def is_urgent(instrument: Instrument, answers: Answers) -> bool:
    return any(one.urgent for one in fired(instrument, answers))


def _value_seen(trigger: SafetyTrigger, values: dict[str, float | None]) -> float | None:
    value = values[trigger.item]
    if value is None or not _within(value, trigger.at_least, trigger.at_most):
        return None
    return int(value) if value == int(value) else value


def _level_seen(trigger: SafetyTrigger, level: str | None) -> str | None:
    return level.replace("_", " ") if level is not None and level in trigger.levels else None


def _fired(instrument: Instrument, trigger: SafetyTrigger, seen: str | float, *, severity: int) -> Fired:
    urgent = trigger.urgent
    if not isinstance(seen, str) and not (trigger.urgent_at_least is None and trigger.urgent_at_most is None):
        urgent = _within(seen, trigger.urgent_at_least, trigger.urgent_at_most)
    names = {"total": "score", "level": "level"}
    finding = Finding(
        rule_id=trigger.id,
        rule_version=instrument.version,
        verdict="not met",
        title=f"{trigger.title} (urgent)" if urgent else trigger.title,
        meaning=trigger.meaning,
        action=trigger.action,
        source=trigger.source,
        seen=(Seen(what=f"{instrument.title} {names.get(trigger.item, f'item {trigger.item}')}", value=seen),),
        rule_class="review",
    )
    return Fired(
        finding=finding, urgent=urgent, severity=severity, crisis=trigger.crisis, next_scale=trigger.next_scale
    )


def _within(value: float, at_least: float | None, at_most: float | None) -> bool:
    return (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
