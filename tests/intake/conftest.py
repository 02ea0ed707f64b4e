from datetime import UTC, date, datetime

import pytest

from ketachart.intake.history_commands import record_section
from ketachart.intake.kinds import (
    Allergies,
    Conditions,
    Intended,
    Measurements,
    Medicine,
    Medicines,
    Pregnancy,
    ResultEntry,
    Results,
    Treatment,
    Treatments,
)
from ketachart.knowledge import loader
from ketachart.people.commands import register_patient
from ketachart.people.rules import Details
from ketachart.record.actor import Actor
from ketachart.record.models import User

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
IV_TRD = Intended(product="ketamine-injection", route="IV", indication="TRD")
FIRST = {"version": 0, "follows": None}
ASKED_RESULTS = ("result_ecg", "result_liver_tests", "result_urine_drug_test")
TRIALS = tuple(
    Treatment(
        name=name, kind="medicine", weeks=8.0, outcome="no benefit", adequate="adequate", best_change_percent=10.0
    )
    for name in ("sertraline", "venlafaxine")
)


@pytest.fixture
def patient(actor):
    details = Details(given_name="Ada", family_name="Example", birth_date=date(1981, 2, 14), sex_at_birth="female")
    return register_patient(actor("front_desk"), details=details, at=AT, is_synthetic=True)


def clear_sections():
    items = [item for item in loader.data_items().values() if item.section == "conditions"]
    return [
        Conditions(**FIRST, answers={item.id: "none" if item.choices else "no" for item in items}),
        Medicines(**FIRST, stated="listed", medicines=(Medicine(ingredient="sertraline"),)),
        Allergies(**FIRST, stated="none", reaction_to_ketamine="no"),
        Treatments(**FIRST, stated="listed", treatments=TRIALS),
        Pregnancy(
            **FIRST, status="test negative", tested_on=date(2026, 11, 19), breastfeeding="no", contraception="yes"
        ),
        Results(
            **FIRST, results=tuple(ResultEntry(test=one, judged="not needed", note="healthy") for one in ASKED_RESULTS)
        ),
        Measurements(
            **FIRST,
            measured_at=AT,
            systolic_mmhg=124.0,
            diastolic_mmhg=78.0,
            heart_rate_per_min=70.0,
            respiratory_rate_per_min=14.0,
            spo2_percent=98.0,
            weight_kg=80.0,
            height_cm=175.0,
        ),
    ]


@pytest.fixture
def cleared(actor, patient):
    """The patient with a complete history in which nothing stands in the way."""
    for content in clear_sections():
        record_section(actor("prescriber"), patient_id=patient.id, content=content, follows_version=0, at=AT)
    return patient


@pytest.fixture
def second_prescriber(clinic):
    user = User.objects.create(username="second@fern", clinic=clinic, role="prescriber", display_name="Second Test")
    return Actor.of(user)
