"""A plan is appended, judged again when it is signed, and in force only when everyone has signed who must."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from ketachart.course import commands, queries
from ketachart.course.models import Decision, Plan
from ketachart.course.rules import EarlierWeight
from ketachart.intake import kinds as intake_kinds
from ketachart.intake.history_commands import record_section
from ketachart.record.actor import Actor
from ketachart.record.errors import NotAllowed, Refused
from ketachart.record.models import Event

HIGH = {"DO04": "partial response at 1.0 mg/kg", "DO07": "above the trial range on purpose", "DO15": "transferred"}


def test_a_plan_in_force_gives_the_session_its_snapshot(course, vial, write, actor):
    plan = write(course, vial())
    assert queries.plan_in_force(actor("nurse"), course.patient_id) == plan
    snapshot = queries.plan_snapshot(plan)
    assert {name: value for name, value in snapshot.items() if value not in (None, ())} == {
        "product": "Ketamine 50 mg/mL",
        "route": "IV",
        "molecule": "racemic ketamine",
        "salt_or_base": "base",
        "dose_mg": 40.0,
        "dose_mg_per_kg": 0.5,
        "concentration_mg_per_ml": pytest.approx(40 / 100.8),
        "volume_ml": 100.8,
        "infusion_minutes": 40.0,
        "rate_ml_per_h": 151.2,
        "rate_mg_per_h": pytest.approx(60.0),
        "ceiling_mg_per_kg": 3.0,
        "indication": "TRD",
    }


def test_the_snapshot_fits_the_event_that_opens_a_session(course, vial, write):
    import msgspec

    from ketachart.treatment.kinds import PlannedDose

    assert msgspec.convert(queries.plan_snapshot(write(course, vial())), PlannedDose).dose_mg == 40.0


def test_a_plan_is_never_overwritten_and_only_the_latest_is_in_force(course, vial, write, actor):
    product = vial()
    first = write(course, product)
    with pytest.raises(Refused) as refused:
        write(course, product)
    assert refused.value.field == "reason_for_change"
    second = write(course, product, context={"reason_for_change": "new weight"})
    (view,) = queries.courses_of(actor("nurse"), course.patient_id)
    assert [(s.plan.version, s.in_force) for s in view.plans] == [(1, False), (2, True)]
    assert second.content.replaces_plan_id == str(first.id)
    assert Event.objects.filter(kind="course.plan_written").count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"confirmed_strength_mg_per_ml": Decimal(100)}, "confirmed_strength_mg_per_ml"),
        ({"confirmed_strength_mg_per_ml": None}, "confirmed_strength_mg_per_ml"),
        ({"dose_mg_per_kg": Decimal(5)}, "dose_mg_per_kg"),
        ({"dose_mg_per_kg": None}, "dose_mg_per_kg"),
        ({"weight_kg": Decimal(8)}, "weight_kg"),
        ({"bag_volume_ml": None}, "bag_volume_ml"),
        ({"infusion_minutes": Decimal(400)}, "infusion_minutes"),
        ({"infusion_minutes": None}, "infusion_minutes"),
    ],
)
def test_what_no_reason_can_carry_is_refused_and_nothing_is_written(course, vial, write, changes, field):
    every_reason = {f"DO{n:02d}": "because" for n in range(1, 18)}
    with pytest.raises(Refused) as refused:
        write(course, vial(), reasons=every_reason, **changes)
    assert refused.value.field == field
    assert not Plan.objects.exists()
    assert not Event.objects.filter(kind="course.plan_written").exists()


def test_a_missing_last_weight_asks_for_a_second_weighing(course, vial, write):
    with pytest.raises(Refused) as refused:
        write(course, vial(), context={"earlier_weight": None, "second_weight_kg": None})
    assert refused.value.field == "second_weight_kg"
    assert not Plan.objects.exists()


def test_a_reason_is_asked_for_and_kept_with_the_finding(course, vial, write):
    product = vial()
    with pytest.raises(Refused) as refused:
        write(course, product, dose_mg_per_kg=Decimal("0.4"))
    assert refused.value.field == "reason_DO07"
    plan = write(course, product, dose_mg_per_kg=Decimal("0.4"), reasons={"DO07": "frail"})
    kept = next(finding for finding in plan.content.findings if finding.rule_id == "DO07")
    assert (kept.verdict, kept.override_reason) == ("not met", "frail")
    assert not plan.needs_second_signature


def test_above_the_second_check_limit_nothing_is_in_force_until_another_person_signs(course, vial, write, actor, at):
    prescriber, patient_id = actor("prescriber"), course.patient_id
    plan = write(course, vial(), dose_mg_per_kg=Decimal("1.2"), reasons=HIGH)
    assert plan.needs_second_signature
    assert queries.plan_in_force(prescriber, patient_id) is None
    with pytest.raises(NotAllowed):
        commands.countersign_plan(prescriber, plan_id=plan.id, statement="checked", at=at)
    with pytest.raises(NotAllowed):
        commands.countersign_plan(actor("nurse"), plan_id=plan.id, statement="checked", at=at)
    assert queries.plan_in_force(prescriber, patient_id) is None
    commands.countersign_plan(actor("pharmacist"), plan_id=plan.id, statement="weight and dose checked", at=at)
    assert queries.plan_in_force(prescriber, patient_id) == plan


def test_a_newer_version_that_waits_for_its_signature_leaves_no_plan_in_force(course, vial, write, actor):
    product = vial()
    write(course, product)
    write(course, product, dose_mg_per_kg=Decimal("1.2"), reasons=HIGH, context={"reason_for_change": "up"})
    assert queries.plan_in_force(actor("nurse"), course.patient_id) is None


def test_a_withdrawn_plan_is_out_of_force_and_stays_readable(course, vial, write, actor, at):
    plan = write(course, vial())
    commands.withdraw_plan(actor("prescriber"), plan_id=plan.id, reason="wrong person", at=at)
    assert queries.plan_in_force(actor("nurse"), course.patient_id) is None
    assert Plan.objects.get(id=plan.id).content.dose_mg == 40.0


def test_only_a_prescriber_writes_and_another_clinic_finds_nothing(course, vial, write, actor, user_of, other_clinic):
    product = vial()
    with pytest.raises(NotAllowed):
        write(course, product, who=actor("nurse"))
    stranger = Actor.of(user_of("prescriber", at=other_clinic))
    with pytest.raises(Refused) as refused:
        write(course, product, who=stranger)
    assert refused.value.status == 404
    assert queries.courses_of(stranger, course.patient_id) == []
    assert not Plan.objects.exists()


def test_the_last_weight_is_that_of_the_newest_plan(course, vial, write, actor):
    nurse = actor("nurse")
    assert queries.last_weight(nurse, course.patient_id) is None
    write(course, vial(), weight_kg=Decimal("82.5"))
    assert queries.last_weight(nurse, course.patient_id) == EarlierWeight(
        weight_kg=Decimal("82.5"), measured_on=date(2026, 11, 22)
    )


def test_a_weight_in_the_history_counts_as_the_last_one_until_a_newer_plan(course, vial, write, actor, at):
    measured = intake_kinds.Measurements(
        version=1, follows=None, measured_at=at - timedelta(days=1), weight_kg=79.0, confirmed_unusual=()
    )
    record_section(actor("prescriber"), patient_id=course.patient_id, content=measured, follows_version=0, at=at)
    assert queries.last_weight(actor("nurse"), course.patient_id) == EarlierWeight(
        weight_kg=Decimal("79.0"), measured_on=date(2026, 11, 21)
    )
    write(course, vial(), weight_kg=Decimal("82.5"))
    assert queries.last_weight(actor("nurse"), course.patient_id).weight_kg == Decimal("82.5")


def decide(actor, course, at, **changes):
    values = {"choice": "continue", "reasons": "responding", "session_id": None, "findings": (), **changes}
    return commands.write_decision(actor("prescriber"), course_id=course.id, at=at, **values)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"choice": ""}, "choice"),
        ({"choice": "double"}, "choice"),
        ({"reasons": "  "}, "reasons"),
        ({"choice": "up"}, "next_mg_per_kg"),
        ({"choice": "up", "next_mg_per_kg": Decimal("0.4")}, "next_mg_per_kg"),
        ({"choice": "down", "next_mg_per_kg": Decimal("0.6")}, "next_mg_per_kg"),
        ({"choice": "switch"}, "switch_to"),
    ],
)
def test_an_incomplete_decision_is_refused_and_not_written(course, vial, write, actor, at, changes, field):
    write(course, vial())
    with pytest.raises(Refused) as refused:
        decide(actor, course, at, **changes)
    assert refused.value.field == field
    assert not Decision.objects.exists()


def test_stopping_ends_the_course_and_its_plan(course, vial, write, actor, at):
    product = vial()
    write(course, product)
    decide(actor, course, at, choice="stop", reasons="no benefit after six sessions")
    assert queries.plan_in_force(actor("nurse"), course.patient_id) is None
    with pytest.raises(Refused):
        write(course, product, context={"reason_for_change": "again"})
    with pytest.raises(Refused):
        decide(actor, course, at)


def test_a_baseline_cannot_be_an_incomplete_form_and_a_second_pin_says_why(course, actor, at):
    pin = {"course_id": course.id, "scale": "phq-9", "response_id": "r1", "taken_at": at, "at": at}
    with pytest.raises(Refused):
        commands.pin_baseline(actor("prescriber"), total=None, **pin)
    commands.pin_baseline(actor("prescriber"), total=20, **pin)
    with pytest.raises(Refused) as refused:
        commands.pin_baseline(actor("prescriber"), total=18, **pin)
    assert refused.value.field == "reason"
    commands.pin_baseline(actor("prescriber"), total=18, reason="first was two months old", **pin)
    (view,) = queries.courses_of(actor("nurse"), course.patient_id)
    assert view.baseline.content.total == 18
    assert len(view.baselines) == 2
