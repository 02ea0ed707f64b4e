"""A person, an open session, and the whole way through it by commands."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from ketachart.people.commands import register_patient
from ketachart.people.models import Patient
from ketachart.people.rules import Details
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.treatment import commands, kinds
from ketachart.treatment.entries import content_from
from ketachart.treatment.models import TreatmentSession

from . import charting


@pytest.fixture
def patient(actor: Callable[..., Actor]) -> Patient:
    details = Details(
        given_name="Ada",
        family_name="Example",
        birth_date=date(1986, 5, 4),
        sex_at_birth="female",
    )
    return register_patient(actor("front_desk"), details=details, at=clock.now(), is_synthetic=True)


@pytest.fixture
def opened_at() -> datetime:
    """Long enough ago that a whole session fits until now."""
    return clock.now().replace(microsecond=0) - timedelta(minutes=150)


@pytest.fixture
def open_session(actor: Callable[..., Actor], patient: Patient, opened_at: datetime) -> Callable[..., TreatmentSession]:
    def make(**changes: Any) -> TreatmentSession:
        first = charting.opened()
        values: dict[str, Any] = {
            "patient_id": patient.id,
            "plan": first.plan,
            "patient": msgspec.structs.replace(first.patient, weight_measured_at=opened_at - timedelta(hours=1)),
            "consent": msgspec.structs.replace(first.consent, signed_at=opened_at - timedelta(days=2)),
            "plan_id": patient.id,
            "room": "Room 1",
            "at": opened_at,
            **changes,
        }
        return commands.open_session(actor("nurse"), **values)

    return make


class Walk:
    """Charts minutes after the opening, as the nurse unless said otherwise."""

    def __init__(self, actor: Callable[..., Actor], session: TreatmentSession) -> None:
        self.actor = actor
        self.session = session

    def at(self, minutes: float) -> datetime:
        return self.session.opened_at + timedelta(minutes=minutes)

    def chart(self, minutes: float, kind: str, content: Any = None, role: str = "nurse") -> Any:
        typed = content_from(f"treatment.{kind}", content if content is not None else {})
        return commands.chart(self.actor(role), self.session.id, typed, at=self.at(minutes))

    def prepare(self, plan: kinds.PlannedDose = charting.PLAN) -> None:
        self.chart(1, "vitals_charted", charting.GOOD_VITALS)
        self.chart(2, "sedation_scored", {"value": 5})
        times = {"last_solids_at": self.at(-480).isoformat(), "last_clear_fluids_at": self.at(-180).isoformat()}
        self.chart(3, "fasting_charted", times)
        self.chart(4, "escort_charted", {"name": "A. Friend", "relation": "friend", "confirmed": True})
        self.chart(5, "rescreen_charted", {"answers": charting.reassuring_answers()})
        self.chart(15, "time_out_completed", msgspec.to_builtins(charting.time_out(plan)))

    def dose(self) -> None:
        self.chart(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
        for minutes in (30, 40, 50):
            self.chart(minutes, "vitals_charted", charting.GOOD_VITALS)
            self.chart(minutes, "sedation_scored", {"value": 5})
        self.chart(60, "infusion_stopped", {"reason": "complete", "volume_given_ml": 104.0})

    def recover(self, leave_out: str = "") -> None:
        self.chart(60.5, "vitals_charted", charting.GOOD_VITALS)
        for minutes in (75, 90, 105, 120):
            self.chart(minutes, "vitals_charted", charting.GOOD_VITALS)
            self.chart(minutes, "sedation_scored", {"value": 5})
        for minutes, value in ((61, 3), (90, 1), (120, 0)):
            self.chart(minutes, "dissociation_scored", {"value": value})
        assessed = dict.fromkeys(kinds.DischargeAssessed.__struct_fields__, True)
        self.chart(120, "discharge_assessed", {name: value for name, value in assessed.items() if name != leave_out})
        self.chart(120.5, "escort_met", {"name": "A. Friend", "relation": "friend", "identified": True})

    def leave(self) -> None:
        commands.discharge(self.actor("nurse"), self.session.id, at=self.at(121), instructions_version="racemic-iv 1")

    def sign(self) -> None:
        commands.sign(self.actor("nurse"), self.session.id, statement="Complete and correct.", at=self.at(125))


@pytest.fixture
def walk(actor: Callable[..., Actor], open_session: Callable[..., TreatmentSession]) -> Walk:
    return Walk(actor, open_session())
