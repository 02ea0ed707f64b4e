"""How much a clinic is alarmed, and how soon somebody answers, so that limits can be tuned. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

ANSWERED_SOON = timedelta(seconds=60)


@dataclass(frozen=True)
class AlarmLine:
    """One alarm as it went. `reached_prescriber` is set when it climbed there, not when its rule tells the prescriber at once."""

    session_id: str
    rule_id: str
    raised_at: datetime
    answered_at: datetime | None = None
    reached_prescriber: bool = False


@dataclass(frozen=True)
class Burden:
    """None where there is nothing to count: no alarm is not "all answered", no session is not "no alarm"."""

    sessions: int
    alarms: int
    answered: int
    answered_soon: int
    climbed: int
    median_seconds: float | None

    @property
    def per_session(self) -> float | None:
        return self.alarms / self.sessions if self.sessions else None

    @property
    def soon_percent(self) -> float | None:
        return 100 * self.answered_soon / self.alarms if self.alarms else None

    @property
    def unanswered(self) -> int:
        return self.alarms - self.answered


@dataclass(frozen=True)
class Week:
    begins: date
    burden: Burden


@dataclass(frozen=True)
class RuleBurden:
    rule_id: str
    burden: Burden


def whole(lines: Iterable[AlarmLine], sessions: Mapping[str, datetime]) -> Burden:
    return _burden(list(lines), len(sessions))


def by_week(
    lines: Iterable[AlarmLine], sessions: Mapping[str, datetime], zone: ZoneInfo, first: date, last: date
) -> list[Week]:
    """Weeks from Monday, in the clinic's own calendar, those without a session too. An alarm counts where its session began."""
    monday, end = _monday(first), _monday(last)
    lines = list(lines)
    begun = {session_id: _monday(opened_at.astimezone(zone).date()) for session_id, opened_at in sessions.items()}
    weeks = []
    while monday <= end:
        here = [line for line in lines if begun.get(line.session_id) == monday]
        weeks.append(Week(monday, _burden(here, sum(1 for week in begun.values() if week == monday))))
        monday += timedelta(days=7)
    return weeks


def by_rule(lines: Iterable[AlarmLine], sessions: Mapping[str, datetime]) -> list[RuleBurden]:
    """The rule that alarms most comes first."""
    found: dict[str, list[AlarmLine]] = {}
    for line in lines:
        found.setdefault(line.rule_id, []).append(line)
    rules = [RuleBurden(rule_id, _burden(of_rule, len(sessions))) for rule_id, of_rule in found.items()]
    return sorted(rules, key=lambda one: (-one.burden.alarms, one.rule_id))


def _burden(lines: list[AlarmLine], sessions: int) -> Burden:
    waits = [line.answered_at - line.raised_at for line in lines if line.answered_at is not None]
    seconds = [max(0.0, wait.total_seconds()) for wait in waits]
    return Burden(
        sessions=sessions,
        alarms=len(lines),
        answered=len(waits),
        answered_soon=sum(1 for wait in waits if wait <= ANSWERED_SOON),
        climbed=sum(1 for line in lines if line.reached_prescriber),
        median_seconds=median(seconds) if seconds else None,
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
