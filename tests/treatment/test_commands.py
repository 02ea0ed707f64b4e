"""Writes of a session through the record: opened, prepared, dosed, discharged, signed. A refusal writes nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from ketachart.people.models import Patient
from ketachart.record import verify
from ketachart.record.actor import Actor
from ketachart.record.errors import NotAllowed, Refused
from ketachart.record.identity import new_id
from ketachart.record.models import Event, Stream
from ketachart.treatment import commands, kinds, queries
from ketachart.treatment.models import TreatmentSession
from ketachart.treatment.state import delivered_mg

from .charting import GOOD_VITALS, PLAN, opened
from .conftest import Walk

pytestmark = pytest.mark.django_db


def phase_of(walk: Walk) -> str:
    return str(TreatmentSession.objects.get(id=walk.session.id).phase)


def test_the_whole_way_ends_signed_and_the_chain_is_whole(walk: Walk, actor: Callable[..., Actor]) -> None:
    assert phase_of(walk) == "preparing"
    walk.prepare()
    assert phase_of(walk) == "ready"
    walk.dose()
    assert phase_of(walk) == "recovery"
    walk.recover()
    walk.leave()
    assert phase_of(walk) == "discharged"
    walk.sign()
    row = TreatmentSession.objects.get(id=walk.session.id)
    assert row.phase == "signed"
    assert row.first_dose_at == walk.at(20)
    assert row.dosing_ended_at == walk.at(60)
    assert row.discharged_at == walk.at(121)
    view = queries.view_session(actor("nurse"), walk.session.id)
    assert delivered_mg(view.state, walk.at(125)) == pytest.approx(40.0, abs=1e-6)
    report = verify.verify()
    assert report.ok if hasattr(report, "ok") else not report.problems


def test_opening_copies_the_schedule_so_that_what_was_due_stays_known(walk: Walk, actor: Callable[..., Actor]) -> None:
    state = queries.view_session(actor("nurse"), walk.session.id).state
    assert state.opened is not None
    every = {(line.item, line.phase): line.every_minutes for line in state.opened.monitoring if line.every_minutes}
    assert every["vitals", "dosing"] == 10
    assert every["vitals", "recovery"] == 15
    assert all(line.source for line in state.opened.monitoring)


def test_the_start_is_refused_while_the_gate_does_not_hold_and_nothing_is_written(walk: Walk) -> None:
    before = Event.objects.count()
    with pytest.raises(Refused) as refused:
        walk.chart(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    assert "Time-out complete (missing)" in refused.value.problem
    assert refused.value.fix
    assert Event.objects.count() == before
    assert phase_of(walk) == "preparing"


def test_a_plan_whose_numbers_contradict_each_other_opens_nothing(open_session: Callable[..., Any]) -> None:
    slipped = msgspec.structs.replace(PLAN, concentration_mg_per_ml=10.0)
    with pytest.raises(Refused) as refused:
        open_session(plan=slipped)
    assert "mg/mL" in refused.value.problem
    assert Stream.objects.filter(kind="session").count() == 0


@pytest.mark.parametrize("weight_kg", [0.0, 8.0, 800.0])
def test_an_impossible_weight_opens_nothing(open_session: Callable[..., Any], weight_kg: float) -> None:
    person = msgspec.structs.replace(opened().patient, weight_kg=weight_kg)
    with pytest.raises(Refused) as refused:
        open_session(patient=person, plan=msgspec.structs.replace(PLAN, ceiling_mg_per_kg=None))
    assert refused.value.field == "weight_kg"
    assert TreatmentSession.objects.count() == 0


def test_a_route_without_a_monitoring_schedule_opens_nothing(open_session: Callable[..., Any]) -> None:
    with pytest.raises(Refused, match="No monitoring schedule"):
        open_session(plan=msgspec.structs.replace(PLAN, route="rectal", volume_ml=None, concentration_mg_per_ml=None))
    assert Stream.objects.filter(kind="session").count() == 0


def test_one_person_is_in_one_session_at_a_time(walk: Walk, open_session: Callable[..., Any]) -> None:
    with pytest.raises(Refused, match="already in a session"):
        open_session()


def test_the_same_entry_sent_twice_is_one(walk: Walk, actor: Callable[..., Actor]) -> None:
    content = kinds.NoteWritten(text="Warm blanket.")
    entry_id, at = new_id(), walk.at(2)
    for _ in range(2):
        commands.chart(actor("nurse"), walk.session.id, content, at=at, event_id=entry_id)
    assert Event.objects.filter(kind="treatment.note_written").count() == 1


@pytest.mark.parametrize("role", ["front_desk", "biller", "therapist", "pharmacist", "patient"])
def test_only_nurses_and_prescribers_chart(walk: Walk, actor: Callable[..., Actor], role: str) -> None:
    fields = {"patient_id": new_id()} if role == "patient" else {}
    with pytest.raises(NotAllowed):
        commands.chart(actor(role, **fields), walk.session.id, kinds.NoteWritten(text="x"), at=walk.at(2))


def test_another_clinic_finds_no_such_session(walk: Walk, user_of: Callable[..., Any], other_clinic: Any) -> None:
    stranger = Actor.of(user_of("nurse", at=other_clinic))
    with pytest.raises(Refused) as refused:
        commands.chart(stranger, walk.session.id, kinds.NoteWritten(text="x"), at=walk.at(2))
    assert refused.value.status == 404
    assert queries.board(stranger) == []


def test_after_signing_only_an_addendum_is_written(walk: Walk, actor: Callable[..., Actor]) -> None:
    walk.prepare()
    walk.dose()
    walk.recover()
    walk.leave()
    walk.sign()
    before = Event.objects.count()
    with pytest.raises(Refused, match="signed and locked"):
        walk.chart(126, "note_written", {"text": "One more thing."})
    assert Event.objects.count() == before
    commands.write_addendum(actor("nurse"), walk.session.id, text="Called the escort.", at=walk.at(130))
    assert Event.objects.count() == before + 1


def test_an_override_needs_the_right_role_and_the_start_then_holds(walk: Walk, actor: Callable[..., Actor]) -> None:
    walk.prepare()
    walk.chart(16, "vitals_charted", {**GOOD_VITALS, "systolic_mmhg": 152.0})
    start = {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0}
    with pytest.raises(Refused, match="Blood pressure not above the hold limit"):
        walk.chart(20, "infusion_started", start)
    values: dict[str, Any] = {"gate": "start", "rule_ids": ["ST10"], "reason": "Anxious; usual 145.", "at": walk.at(17)}
    with pytest.raises(Refused, match="prescriber only"):
        commands.override_gate(actor("nurse"), walk.session.id, **values)
    with pytest.raises(Refused):
        commands.override_gate(actor("prescriber"), walk.session.id, **{**values, "reason": "  "})
    commands.override_gate(actor("prescriber"), walk.session.id, **values)
    walk.chart(20, "infusion_started", start)
    assert phase_of(walk) == "dosing"


def test_an_override_does_not_outlive_what_it_was_about(walk: Walk, actor: Callable[..., Actor]) -> None:
    """152 was looked at and accepted; a later 170 was not."""
    walk.prepare()
    walk.chart(16, "vitals_charted", {**GOOD_VITALS, "systolic_mmhg": 152.0})
    commands.override_gate(
        actor("prescriber"), walk.session.id, gate="start", rule_ids=["ST10"], reason="Anxious.", at=walk.at(17)
    )
    walk.chart(18, "vitals_charted", {**GOOD_VITALS, "systolic_mmhg": 170.0})
    with pytest.raises(Refused, match="above the hold limit"):
        walk.chart(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})


def test_a_second_signature_is_somebody_elses(walk: Walk, actor: Callable[..., Actor], user_of: Any) -> None:
    walk.prepare()
    walk.dose()
    walk.recover(leave_out="oriented")
    walk.chart(120.2, "discharge_assessed", {"oriented": False})
    values: dict[str, Any] = {
        "gate": "discharge",
        "rule_ids": ["DI08"],
        "reason": "Baseline dementia, as on arrival.",
        "at": walk.at(120.8),
    }
    prescriber = actor("prescriber")
    with pytest.raises(Refused, match="needs a second signature"):
        commands.override_gate(prescriber, walk.session.id, **values)
    with pytest.raises(Refused, match="your own"):
        commands.override_gate(prescriber, walk.session.id, **values, second_signer=prescriber)
    commands.override_gate(prescriber, walk.session.id, **values, second_signer=actor("nurse"))
    walk.leave()
    assert phase_of(walk) == "discharged"


def test_what_is_met_cannot_be_set_aside(walk: Walk, actor: Callable[..., Actor]) -> None:
    walk.prepare()
    with pytest.raises(Refused, match="does not stand in the way"):
        commands.override_gate(
            actor("prescriber"), walk.session.id, gate="start", rule_ids=["ST05"], reason="?", at=walk.at(17)
        )


def test_striking_the_discharge_through_opens_the_recovery_again(walk: Walk, actor: Callable[..., Actor]) -> None:
    walk.prepare()
    walk.dose()
    walk.recover()
    walk.leave()
    left = Event.objects.get(kind="treatment.discharged")
    struck = kinds.EventCorrected(target_id=str(left.id), reason="The escort came back in: the patient felt faint.")
    commands.chart(actor("nurse"), walk.session.id, struck, at=walk.at(123))
    row = TreatmentSession.objects.get(id=walk.session.id)
    assert (row.phase, row.discharged_at) == ("recovery", None)


def test_the_board_costs_the_same_for_one_room_and_for_many(
    walk: Walk, actor: Callable[..., Actor], count_statements: Any, patient: Patient, opened_at: Any
) -> None:
    walk.prepare()
    nurse = actor("nurse")
    with count_statements() as one:
        assert len(queries.board(nurse)) == 1
    first = opened()
    for place in range(4):
        commands.open_session(
            nurse, patient_id=new_id(), plan=first.plan, patient=first.patient, at=opened_at, room=f"Room {place}"
        )
    with count_statements() as many:
        assert len(queries.board(nurse)) == 5
    assert len(one) == len(many)
    assert len(many) < 10


def test_a_session_counts_its_number_from_the_doses_already_given(
    walk: Walk, open_session: Callable[..., Any], actor: Callable[..., Actor], patient: Patient, opened_at: Any
) -> None:
    walk.prepare()
    walk.dose()
    walk.recover()
    walk.leave()
    course_id = new_id()
    TreatmentSession.objects.filter(id=walk.session.id).update(course_id=course_id)
    again = open_session(course_id=course_id, at=opened_at + timedelta(minutes=140))
    assert again.session_number == 2
