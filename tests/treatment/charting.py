"""A session as the treatment room would chart it: entries with times, for tests."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from ketachart.record.kinds import known_kinds
from ketachart.treatment import kinds
from ketachart.treatment.commands import schedule_for
from ketachart.treatment.entries import Entry, content_from
from ketachart.treatment.protocol import session_protocol
from ketachart.treatment.state import SessionState, fold_all

OPENED_AT = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)

PLAN = kinds.PlannedDose(
    product="ketamine-injection",
    route="IV",
    molecule="racemic ketamine",
    salt_or_base="base",
    dose_mg=40.0,
    dose_mg_per_kg=0.5,
    concentration_mg_per_ml=40 / 104,
    volume_ml=104.0,
    infusion_minutes=40.0,
    rate_ml_per_h=156.0,
    rate_mg_per_h=60.0,
    ceiling_mg_per_kg=1.0,
    indication="TRD",
)

IM_PLAN = kinds.PlannedDose(
    product="ketamine-injection",
    route="IM",
    molecule="racemic ketamine",
    salt_or_base="base",
    dose_mg=50.0,
    parts=(25.0, 25.0),
    minimum_interval_minutes=15.0,
    maximum_cumulative_mg=60.0,
    ceiling_mg_per_kg=1.0,
    concentration_mg_per_ml=50.0,
    volume_ml=1.0,
    indication="TRD",
)
SC_PLAN = msgspec.structs.replace(IM_PLAN, route="SC", dose_mg=40.0, parts=(), volume_ml=0.8)
SPRAVATO_PLAN = kinds.PlannedDose(
    product="spravato",
    route="nasal",
    molecule="esketamine",
    salt_or_base="base",
    dose_mg=84.0,
    devices=3,
    device_mg=28.0,
    minimum_interval_minutes=5.0,
    indication="TRD",
)
TROCHE_PLAN = kinds.PlannedDose(
    product="ketamine-sublingual",
    route="sublingual",
    molecule="racemic ketamine",
    salt_or_base="base",
    dose_mg=100.0,
    units=2,
    unit_mg=50.0,
    hold_minutes=10.0,
    then="spit out",
    ceiling_mg_per_kg=2.0,
    indication="TRD",
)
ORAL_PLAN = msgspec.structs.replace(TROCHE_PLAN, product="ketamine-oral", route="oral", hold_minutes=None, then=None)
SPRAY_PLAN = msgspec.structs.replace(
    ORAL_PLAN, product="ketamine-nasal-compounded", route="nasal", units=4, unit_mg=25.0
)
PUSH_PLAN = msgspec.structs.replace(PLAN, dose_mg=50.0, dose_mg_per_kg=0.625, bolus_mg=10.0, bolus_minutes=2.0)
PLANS = (PLAN, IM_PLAN, SC_PLAN, SPRAVATO_PLAN, TROCHE_PLAN, ORAL_PLAN, SPRAY_PLAN, PUSH_PLAN)
"""One order by each route. The numbers are those of tests, not of any protocol."""


def opened_with(plan: kinds.PlannedDose, **changes: Any) -> kinds.SessionOpened:
    """A session opened under this order, with a consent that fits it and the rounds of its route."""
    first = opened(plan=plan, **changes)
    consent = msgspec.structs.replace(first.consent, product=plan.product, route=plan.route)
    return msgspec.structs.replace(first, consent=consent, monitoring=monitoring(plan, first.policy))


def minute(minutes: float) -> datetime:
    """Minutes after the session was opened."""
    return OPENED_AT + timedelta(minutes=minutes)


def event_id(place: int, at: datetime = OPENED_AT) -> UUID:
    """A UUIDv7 made at that moment, different for each place."""
    return UUID(int=(int(at.timestamp() * 1000) << 80) | (0x7 << 76) | (0b10 << 62) | place)


def monitoring(
    plan: kinds.PlannedDose = PLAN, policy: kinds.SitePolicy | None = None
) -> tuple[kinds.MonitoringItem, ...]:
    return schedule_for(plan, policy or kinds.SitePolicy())


def opened(**changes: Any) -> kinds.SessionOpened:
    content = kinds.SessionOpened(
        session_id="session",
        patient_id="patient",
        patient=kinds.PatientAtOpening(
            age_years=40, sex="female", weight_kg=80.0, weight_measured_at=OPENED_AT - timedelta(hours=1)
        ),
        plan_id="plan",
        session_number=1,
        room="Room 1",
        plan=PLAN,
        consent=kinds.ConsentBound(
            consent_id="consent",
            version="racemic-iv 2026-11-01",
            product="ketamine-injection",
            route="IV",
            indication="TRD",
            signed_at=OPENED_AT - timedelta(days=2),
        ),
        monitoring=monitoring(),
    )
    return msgspec.structs.replace(content, **changes)


class Chart:
    """Charts entries in the order in which they are written down here."""

    def __init__(self, first: kinds.SessionOpened | None = None) -> None:
        self.entries: list[Entry] = []
        if first is not None:
            self.add(0, first)

    def add(self, minutes: float, content: Any, *, author: str = "nurse-1", made_at: float | None = None) -> Entry:
        names = {content_type: name for name, content_type in known_kinds().items()}
        at = minute(minutes)
        entry = Entry(
            id=str(event_id(len(self.entries) + 1, minute(made_at if made_at is not None else minutes))),
            kind=names[type(content)],
            content=content,
            effective_at=at,
            recorded_at=at,
            number=len(self.entries) + 1,
            author=author,
            author_name=author,
        )
        self.entries.append(entry)
        return entry

    def say(self, minutes: float, kind: str, content: Mapping[str, Any] | None = None, **more: Any) -> Entry:
        return self.add(minutes, content_from(f"treatment.{kind}", content or {}), **more)

    @property
    def state(self) -> SessionState:
        return fold_all(self.entries)


GOOD_VITALS = {
    "systolic_mmhg": 124.0,
    "diastolic_mmhg": 78.0,
    "heart_rate_per_min": 70.0,
    "spo2_percent": 98.0,
    "respiratory_rate_per_min": 14.0,
}


def reassuring_answers() -> dict[str, bool]:
    return {question.id: question.reassuring == "yes" for question in session_protocol().arrival}


def time_out_ids(plan: kinds.PlannedDose = PLAN) -> list[str]:
    return [item.id for item in session_protocol().time_out_for(route=plan.route, molecule=plan.molecule)]


def time_out(plan: kinds.PlannedDose = PLAN) -> kinds.TimeOutCompleted:
    return kinds.TimeOutCompleted(
        items=tuple(kinds.TimeOutItem(id=item_id, confirmed=True) for item_id in time_out_ids(plan)),
        participants=("Nurse One", "Nurse Two"),
    )


def prepared(first: kinds.SessionOpened | None = None, leave_out: str = "") -> Chart:
    """Everything before the dose, in 20 minutes; `leave_out` names a kind that nobody charted."""
    first = first or opened()
    chart = Chart(first)
    steps: list[tuple[float, str, Any]] = [
        (1, "vitals_charted", GOOD_VITALS),
        (2, "sedation_scored", {"value": 5}),
        (
            3,
            "fasting_charted",
            {"last_solids_at": minute(-480).isoformat(), "last_clear_fluids_at": minute(-180).isoformat()},
        ),
        (4, "escort_charted", {"name": "A. Friend", "relation": "friend", "phone": "555-0100", "confirmed": True}),
        (5, "rescreen_charted", {"answers": reassuring_answers()}),
        (15, "time_out_completed", msgspec.to_builtins(time_out(first.plan))),
    ]
    for at, kind, content in steps:
        if kind != leave_out:
            chart.say(at, kind, content)
    return chart


def dosed(leave_out: str = "") -> Chart:
    """Forty minutes at 60 mg/h from minute 20, every round charted."""
    chart = prepared()
    chart.say(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    for minutes in (30, 40, 50):
        chart.say(minutes, "vitals_charted", GOOD_VITALS)
        chart.say(minutes, "sedation_scored", {"value": 5})
    chart.say(60, "infusion_stopped", {"reason": "complete", "volume_given_ml": 104.0})
    return chart


def recovered(leave_out: str = "") -> Chart:
    """Ready to leave at minute 121."""
    chart = dosed()
    chart.say(60.5, "vitals_charted", GOOD_VITALS)
    chart.say(61, "dissociation_scored", {"value": 3})
    for minutes in (75, 90, 105, 120):
        chart.say(minutes, "vitals_charted", GOOD_VITALS)
        chart.say(minutes, "sedation_scored", {"value": 5})
    chart.say(90, "dissociation_scored", {"value": 1})
    chart.say(120, "dissociation_scored", {"value": 0})
    assessment = {
        "oriented": True,
        "ambulation_at_baseline": True,
        "nausea_controlled": True,
        "instructions_given": True,
        "risk_screen_not_worse": True,
    }
    chart.say(120, "discharge_assessed", {name: value for name, value in assessment.items() if name != leave_out})
    if leave_out != "escort_met":
        chart.say(120.5, "escort_met", {"name": "A. Friend", "relation": "friend", "identified": True})
    return chart
