"""How a rule of the session says what it found: what was seen, with its times, and met, not met or missing."""

from collections.abc import Callable
from datetime import datetime

from ketachart.knowledge.findings import Finding, Seen, SeenValue, Source, Verdict, finding_from
from ketachart.treatment.due import MEASURE_LABELS
from ketachart.treatment.protocol import SessionProtocol, SessionRule
from ketachart.treatment.readings import Reading
from ketachart.treatment.state import SessionState

Test = Callable[[SessionState, datetime, SessionRule, SessionProtocol], Finding]


def seen_of(what: str, value: SeenValue, at: datetime | None = None) -> Seen:
    return Seen(what=what, value=_short(value), at=at)


def _short(value: SeenValue) -> SeenValue:
    """Four figures are enough to be read; the events keep every digit."""
    if not isinstance(value, float):
        return value
    rounded = float(f"{value:.4g}")
    return int(rounded) if rounded.is_integer() else rounded


def seen_reading(measure: str, reading: Reading | None, when: str = "") -> Seen:
    label = f"{MEASURE_LABELS[measure]} {when}".strip()
    return seen_of(label, reading.value if reading else None, reading.at if reading else None)


def met(rule: SessionRule, seen: tuple[Seen, ...]) -> Finding:
    return finding_from(rule, "met", seen=seen)


def not_met(rule: SessionRule, seen: tuple[Seen, ...], meaning: str | None = None) -> Finding:
    return finding_from(rule, "not met", seen=seen, meaning=meaning)


def missing(rule: SessionRule, *what: str, seen: tuple[Seen, ...] = ()) -> Finding:
    meaning = f"Not charted: {', '.join(what)}." if len(what) <= 3 else f"{len(what)} are open."
    return finding_from(rule, "missing", seen=seen, missing=what, meaning=meaning)


def information(rule: SessionRule, verdict: Verdict, meaning: str, seen: tuple[Seen, ...]) -> Finding:
    """Shown, and never in the way: nothing was set that it could be measured against."""
    source: Source = rule.source
    return Finding(
        rule_id=rule.id,
        rule_version=rule.version,
        verdict=verdict,
        meaning=meaning,
        action=rule.action,
        source=source,
        seen=seen,
        title=rule.title,
        rule_class="information",
        blocks=False,
    )
