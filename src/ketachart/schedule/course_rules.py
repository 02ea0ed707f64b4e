"""The rules of a course for its appointments: the label's weeks, gaps, missed doses, benefit, too many in two months. Pure."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from ketachart.course.dose_limits import DoseRule
from ketachart.course.next_session_rules import judged
from ketachart.knowledge.findings import Finding, finding_from
from ketachart.knowledge.loader import read, typed

SPRAVATO = "spravato"


@cache
def scheduler_rules() -> tuple[DoseRule, ...]:
    return typed(read("scheduler.toml")["rule"], tuple[DoseRule, ...], "scheduler.toml")


@dataclass(frozen=True, kw_only=True)
class CourseTimes:
    """What is known of a course when treatments are booked. None: nobody has said."""

    product: str | None = None
    given_on: tuple[date, ...] = ()
    booked_on: tuple[date, ...] = ()
    wanted_on: tuple[date, ...] = ()
    missed_on: tuple[date, ...] = ()
    planned_sessions: int | None = None
    responded: bool | None = None
    worsened: bool | None = None

    @property
    def all_days(self) -> tuple[date, ...]:
        return tuple(sorted((*self.given_on, *self.booked_on, *self.wanted_on)))

    @property
    def first_day(self) -> date | None:
        """The first dose; before it, the first treatment that is booked stands for it."""
        return min(self.given_on, default=min(self.all_days, default=None))


def judge_booking(times: CourseTimes, on: date) -> tuple[Finding, ...]:
    rules = {rule.id: rule for rule in scheduler_rules()}
    findings = [
        label_weeks(rules["SC1"], times),
        missed_in_induction(rules["SC2"], times),
        missed_in_maintenance(rules["SC3"], times),
        gap_before(rules["SC4"], times),
        benefit_before_week_five(rules["SC5"], times),
        full_course(rules["SC6"], times),
        twice_weekly(rules["SC8"], times),
    ]
    return tuple(
        finding if rules[finding.rule_id].in_force(on) else finding_from(rules[finding.rule_id], "missing")
        for finding in findings
        if finding is not None
    )


def to_answer(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What must be answered with a reason before the booking stands."""
    return tuple(finding for finding in findings if finding.blocks and finding.verdict != "met")


def label_weeks(rule: DoseRule, times: CourseTimes) -> Finding | None:
    first = times.first_day
    if times.product != SPRAVATO or first is None:
        return None
    in_week = Counter((day - first).days // 7 + 1 for day in times.all_days)
    induction = rule.limit("induction_weeks")
    over = [
        week
        for week, number in sorted(in_week.items())
        if number > rule.limit("induction_per_week" if week <= induction else "later_per_week")
    ]
    start = "first dose" if times.given_on else "first appointment, as nothing has been given yet"
    seen = (
        (f"week 1 begins with the {start}", first.isoformat()),
        ("weeks with too many", ", ".join(f"week {week}: {in_week[week]}" for week in over) or "none"),
    )
    return judged(rule, not over, *seen)


def missed_in_induction(rule: DoseRule, times: CourseTimes) -> Finding | None:
    first = min(times.given_on, default=None)
    if times.product != SPRAVATO or first is None:
        return None
    missed = [day for day in times.missed_on if 0 <= (day - first).days < rule.limit("days")]
    return judged(rule, not missed, ("missed on", ", ".join(day.isoformat() for day in missed) or "none"))


def missed_in_maintenance(rule: DoseRule, times: CourseTimes) -> Finding | None:
    first = min(times.given_on, default=None)
    if times.product != SPRAVATO or first is None:
        return None
    missed = [day for day in times.missed_on if (day - first).days >= rule.limit("from_day")]
    if not missed:
        return None
    worsened = times.worsened
    return judged(
        rule,
        None if worsened is None else not worsened,
        ("missed on", ", ".join(day.isoformat() for day in missed)),
        ("worsened", worsened),
    )


def gap_before(rule: DoseRule, times: CourseTimes) -> Finding | None:
    last, following = max(times.given_on, default=None), min((*times.booked_on, *times.wanted_on), default=None)
    if times.product != SPRAVATO or last is None or following is None:
        return None
    days = (following - last).days
    return judged(rule, days <= rule.limit("days"), ("days from the last dose to the next", days))


def benefit_before_week_five(rule: DoseRule, times: CourseTimes) -> Finding | None:
    first = times.first_day
    if times.product != SPRAVATO or first is None:
        return None
    later = [day for day in times.wanted_on if (day - first).days >= rule.limit("days")]
    if not later:
        return None
    return judged(rule, times.responded, ("booked after week 4", len(later)), ("response documented", times.responded))


def full_course(rule: DoseRule, times: CourseTimes) -> Finding | None:
    """Judged when more is booked than the plan has, once a full course has been given."""
    if times.product == SPRAVATO or len(times.given_on) < rule.limit("sessions"):
        return None
    if times.planned_sessions is None:
        return judged(rule, None, missing=("plan in force",))
    in_all = len(times.all_days)
    if in_all <= times.planned_sessions:
        return None
    return judged(
        rule,
        times.responded,
        ("given and booked", in_all),
        ("planned", times.planned_sessions),
        ("response documented", times.responded),
    )


def twice_weekly(rule: DoseRule, times: CourseTimes) -> Finding | None:
    """The busiest eight weeks of all that was given and is booked."""
    days = times.all_days
    if not days:
        return None
    weeks, per_week = int(rule.limit("weeks")), int(rule.limit("per_week"))
    busiest = max(sum(begin <= day < begin + timedelta(weeks=weeks) for day in days) for begin in days)
    return judged(rule, busiest <= weeks * per_week, (f"most in {weeks} weeks", busiest))
