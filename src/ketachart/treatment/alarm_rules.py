"""Which alarms hold in a session at a moment. Pure: a state and a time in, conditions out.

A condition is one rule that is broken now. Its causes are what broke it, each with its moment: an acknowledgement covers
the causes up to its own moment, and a later one raises the alarm anew.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec

from ketachart.knowledge.findings import Finding, Seen, Verdict, finding_from
from ketachart.treatment import alarm_data as data
from ketachart.treatment.alarm_kinds import PatientCalled
from ketachart.treatment.care_kinds import SymptomEnded
from ketachart.treatment.due import MEASURE_LABELS, due_items
from ketachart.treatment.entries import Entry
from ketachart.treatment.kinds import DischargeAssessed, EscortMet, SymptomNoted
from ketachart.treatment.presence import alone, present_at
from ketachart.treatment.protocol import SessionProtocol, session_protocol
from ketachart.treatment.readings import Reading
from ketachart.treatment.state import SessionState

STILL_THERE = "still there at discharge"
"""Said of a complaint that has not passed: it goes on to alarm."""

LIVE = frozenset({"preparing", "ready", "dosing", "paused", "recovery"})

LABELS = {**MEASURE_LABELS, "cadss_total": "CADSS total"}


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What broke a rule, and when. `name` is the same on every device: an entry's id, or what was due when."""

    at: datetime
    name: str


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One rule's look at a session. Without causes it holds, or cannot be judged for what is `missing`."""

    rule: data.AlarmRule
    causes: tuple[Cause, ...] = ()
    seen: tuple[Seen, ...] = ()
    missing: tuple[str, ...] = ()
    prescriber_at: datetime | None = None

    @property
    def broken(self) -> bool:
        return bool(self.causes)

    @property
    def finding(self) -> Finding:
        verdict: Verdict = "not met" if self.causes else "missing" if self.missing else "met"
        return finding_from(self.rule, verdict, seen=self.seen, missing=self.missing)


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    """What every test looks at."""

    state: SessionState
    at: datetime
    rule: data.AlarmRule
    values: data.Values
    protocol: SessionProtocol


def judged(
    state: SessionState,
    at: datetime,
    book: data.AlarmBook | None = None,
    protocol: SessionProtocol | None = None,
) -> tuple[Judged, ...]:
    """Every rule that applies now, broken or not, or not judged for what is missing. Empty: no session is running."""
    opened = state.opened
    phase = state.phase_at(at)
    if opened is None or phase not in LIVE:
        return ()
    values = opened.policy.alarm_values
    rules = (book or data.alarm_book()).rules_for(
        molecule=opened.plan.molecule, phase=phase, on=at.date(), values=values
    )
    protocol = protocol or session_protocol()
    return tuple(
        _TESTS[type(rule.test)](_Case(state=state, at=at, rule=rule, values=values, protocol=protocol))
        for rule in rules
    )


def conditions(
    state: SessionState,
    at: datetime,
    book: data.AlarmBook | None = None,
    protocol: SessionProtocol | None = None,
) -> tuple[Judged, ...]:
    """The rules that are broken now. Empty is not "all well": see what is due, and what is missing."""
    broken = [one for one in judged(state, at, book, protocol) if one.broken]
    ids = {one.rule.id for one in broken}
    return tuple(one for one in broken if ids.isdisjoint(one.rule.covered_by))


def alarms(state: SessionState, at: datetime, protocol: SessionProtocol | None = None) -> tuple[Finding, ...]:
    """The same as findings, for pages."""
    return tuple(one.finding for one in conditions(state, at, protocol=protocol))


# -- readings ---------------------------------------------------------------------------------------------------------


def _limits(case: _Case) -> Judged:
    test = case.rule.test
    assert isinstance(test, data.Limits)
    opened = case.state.opened
    assert opened is not None
    measures = tuple(dict.fromkeys(limit.measure for limit in test.any))
    causes: list[Cause] = []
    seen: list[Seen] = []
    missing: list[str] = []
    for measure in measures:
        readings = _by(case.state.readings.get(measure, ()), case.at)
        seen += _seen(measure, readings[-max(1, test.consecutive) :])
        if not readings:
            missing.append(LABELS.get(measure, measure))
            continue
        base = case.state.baseline(measure)
        if test.and_over_baseline and (base is None or readings[-1].value <= base.value):
            if base is None:
                missing.append(f"{LABELS.get(measure, measure)} before the dose")
            continue

        def breaks(reading: Reading, measure: str = measure) -> bool:
            return any(
                limit.measure == measure
                and limit.breaks(reading.value, opened.patient.age_years, opened.session_number, case.values)
                for limit in test.any
            )

        causes += _run(readings, breaks, test.consecutive, test.lasting_minutes)
    return Judged(rule=case.rule, causes=_in_order(causes), seen=tuple(seen), missing=tuple(missing))


def _rise(case: _Case) -> Judged:
    test = case.rule.test
    assert isinstance(test, data.Rise)
    causes: list[Cause] = []
    seen: list[Seen] = []
    missing: list[str] = []
    first_dose_at = case.state.dose.first_dose_at
    for measure, rise in test.over_baseline.items():
        base = case.state.baseline(measure) if first_dose_at is not None else None
        readings = _by(case.state.readings.get(measure, ()), case.at, after=first_dose_at)
        seen += [*_seen(measure, [base] if base else [], " before the dose"), *_seen(measure, readings[-1:])]
        if base is None:
            missing.append(f"{LABELS[measure]} before the dose")
        elif not readings:
            missing.append(LABELS[measure])
        else:
            floor = base.value + rise

            def breaks(reading: Reading, floor: float = floor) -> bool:
                return reading.value >= floor

            causes += _run(readings, breaks, 1, 0)
    return Judged(rule=case.rule, causes=_in_order(causes), seen=tuple(seen), missing=tuple(missing))


def _run(
    readings: list[Reading], breaks: Callable[[Reading], bool], consecutive: int, lasting_minutes: float
) -> list[Cause]:
    """The latest unbroken run of readings that break the rule, from the one on that makes the alarm."""
    run: list[Reading] = []
    for reading in reversed(readings):
        if not breaks(reading):
            break
        run.append(reading)
    run.reverse()
    lasting = timedelta(minutes=lasting_minutes)
    return [
        Cause(at=reading.at, name=reading.entry_id)
        for place, reading in enumerate(run)
        if place + 1 >= consecutive and reading.at - run[0].at >= lasting
    ]


def _by(readings: Iterable[Reading], at: datetime, after: datetime | None = None) -> list[Reading]:
    return [reading for reading in readings if reading.at <= at and (after is None or reading.at > after)]


def _seen(measure: str, readings: Iterable[Reading], when: str = "") -> list[Seen]:
    label = LABELS.get(measure, measure) + when
    return [Seen(what=label, value=_short(reading.value), at=reading.at) for reading in readings]


def _short(value: float) -> float | int:
    rounded = float(f"{value:.4g}")
    return int(rounded) if rounded.is_integer() else rounded


# -- what was said ----------------------------------------------------------------------------------------------------


def _symptoms(case: _Case) -> Judged:
    """A complaint stands until somebody charts that it is over, or strikes it."""
    test = case.rule.test
    assert isinstance(test, data.Symptoms)
    over = {
        entry.content.symptom_id
        for entry in case.state.of(SymptomEnded)
        if entry.effective_at <= case.at
        and isinstance(entry.content, SymptomEnded)
        and entry.content.outcome != STILL_THERE
    }
    found = [
        entry
        for entry in case.state.of(SymptomNoted)
        if entry.effective_at <= case.at and _complains(entry, test) and not {entry.id, entry.corrects} & over
    ]
    seen = tuple(
        Seen(what=entry.content.symptom, value=entry.content.severity, at=entry.effective_at)  # type: ignore[attr-defined]
        for entry in found[-3:]
    )
    return Judged(rule=case.rule, causes=_entries(found), seen=seen)


def _complains(entry: Entry, test: data.Symptoms) -> bool:
    content = entry.content
    assert isinstance(content, SymptomNoted)
    name = content.symptom.strip().casefold()
    return any(
        one.name.casefold() == name and (one.severity is None or content.severity in {None, one.severity})
        for one in test.any
    )


def _answer(case: _Case) -> Judged:
    test = case.rule.test
    assert isinstance(test, data.Answer)
    answer = case.state.answers(DischargeAssessed, case.at).get(test.question)
    if answer is None:
        return Judged(rule=case.rule, missing=("risk screen",))
    seen = (Seen(what="risk screen not worse", value=answer.value, at=answer.at),)
    causes = (Cause(at=answer.at, name=answer.entry_id),) if answer.value is False else ()
    return Judged(rule=case.rule, causes=causes, seen=seen)


def _escort(case: _Case) -> Judged:
    assessed = [entry for entry in case.state.of(DischargeAssessed) if entry.effective_at <= case.at]
    met = case.state.last(EscortMet, case.at)
    content = met.content if met else None
    assert content is None or isinstance(content, EscortMet)
    identified = content.identified if content else None
    seen = (Seen(what="escort identified", value=identified, at=met.effective_at if met else None),)
    if identified is True or (not assessed and identified is None):
        return Judged(rule=case.rule, seen=seen)
    refused = [met] if met is not None and identified is False else []
    return Judged(rule=case.rule, causes=_entries([*assessed[:1], *refused]), seen=seen)


def _called(case: _Case) -> Judged:
    """A call stands until it is answered by name: then its cause is covered, and the watch lets it end."""
    calls = [entry for entry in case.state.of(PatientCalled) if entry.effective_at <= case.at]
    seen = tuple(
        Seen(what="called from the patient's phone", value="yes", at=entry.effective_at) for entry in calls[-1:]
    )
    return Judged(rule=case.rule, causes=_entries(calls), seen=seen)


def _entries(entries: Iterable[Entry]) -> tuple[Cause, ...]:
    return _in_order(Cause(at=entry.effective_at, name=entry.id) for entry in entries)


# -- what is not there ------------------------------------------------------------------------------------------------


def _overdue(case: _Case) -> Judged:
    late = [item for item in due_items(case.state, case.at, case.protocol) if item.status == "overdue"]
    causes = [Cause(at=item.overdue_at, name=f"{item.item}@{moment_name(item.due_at)}") for item in late]
    seen = tuple(Seen(what=f"{item.label} due", value=None, at=item.due_at) for item in late)
    prescriber_at = min((item.prescriber_at for item in late), default=None)
    return Judged(rule=case.rule, causes=_in_order(causes), seen=seen, prescriber_at=prescriber_at)


def _presence(case: _Case) -> Judged:
    test = case.rule.test
    assert isinstance(test, data.Presence)
    grace = timedelta(seconds=case.values.get(test.grace, 0))
    now = [gap for gap in alone(case.state, case.rule.phases, case.at) if gap.until is None]
    here = present_at(case.state, case.at)
    seen = (Seen(what="in the room", value=", ".join(here) or "nobody", at=None),)
    causes = [Cause(at=gap.since + grace, name=moment_name(gap.since)) for gap in now if gap.since + grace <= case.at]
    return Judged(rule=case.rule, causes=_in_order(causes), seen=seen)


# -- what is given ----------------------------------------------------------------------------------------------------


def _order(case: _Case) -> Judged:
    """Rate, total and mg/kg against the order. The entry that brought it there is the cause."""
    state, at = case.state, case.at
    opened = state.opened
    assert opened is not None
    plan, weight_kg = opened.plan, opened.patient.weight_kg
    rate, delivered_mg = state.dose.rate_at(at), state.dose.delivered_mg(at)
    causes: list[Cause] = []
    seen: list[Seen] = []
    allowed = 1 + case.protocol.entry.rate_agrees_within_percent / 100
    if rate is not None and plan.rate_mg_per_h is not None and rate.rate_mg_per_h > plan.rate_mg_per_h * allowed:
        causes.append(Cause(at=rate.start, name=rate.entry_id))
        seen.append(
            Seen(what=f"rate, mg/h (ordered {plan.rate_mg_per_h:g})", value=_short(rate.rate_mg_per_h), at=rate.start)
        )
    too_much = delivered_mg > plan.dose_mg * (1 + 1e-9)
    if too_much:
        seen.append(Seen(what=f"given, mg (ordered {plan.dose_mg:g})", value=_short(delivered_mg), at=None))
    per_kg = delivered_mg / weight_kg if weight_kg else None
    if per_kg is not None and plan.ceiling_mg_per_kg and per_kg > plan.ceiling_mg_per_kg * (1 + 1e-9):
        too_much = True
        seen.append(Seen(what=f"given, mg/kg (at most {plan.ceiling_mg_per_kg:g})", value=_short(per_kg), at=None))
    if too_much:
        given = [(step.start, step.entry_id) for step in state.dose.steps if step.start <= at]
        given += [(bolus.at, bolus.entry_id) for bolus in state.dose.boluses if bolus.at <= at]
        latest = max(given)
        causes.append(Cause(at=latest[0], name=latest[1]))
    missing = () if weight_kg else ("weight",)
    return Judged(rule=case.rule, causes=_in_order(causes), seen=tuple(seen), missing=missing)


def moment_name(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _in_order(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    return tuple(sorted(set(causes), key=lambda cause: (cause.at, cause.name)))


_TESTS: dict[type, Callable[[_Case], Judged]] = {
    data.Limits: _limits,
    data.Rise: _rise,
    data.Symptoms: _symptoms,
    data.Answer: _answer,
    data.Escort: _escort,
    data.Called: _called,
    data.Overdue: _overdue,
    data.Presence: _presence,
    data.Order: _order,
}
