"""No plan without screening: the first plan of a course waits for the signed decision of a prescriber."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from ketachart.course.models import Plan
from ketachart.demo.cast import Person
from ketachart.demo.way import Way
from ketachart.people.models import Patient
from ketachart.record import clock
from ketachart.record.errors import Refused

PERSON = Person(
    given_name="Ada",
    family_name="Test",
    birth_date=date(1985, 3, 1),
    sex_at_birth="female",
    weight_kg=80.0,
    height_cm=172.0,
    stage="plan_due",
)


@pytest.fixture
def screened(actor, course):
    """The person of the course with a complete history; `decide` signs the decision."""
    way = Way(actor, PERSON, seed=1)
    way.patient = Patient.objects.get(id=course.patient_id)
    return way


def test_without_a_decision_no_plan_is_written(course, vial, write):
    with pytest.raises(Refused) as refused:
        write(course, vial())
    assert "eligib" in str(refused.value).lower()
    assert not Plan.objects.exists()


def test_the_page_says_so_before_anything_is_signed(sign_in, course, vial):
    product = vial()
    page = reverse("course:computed", args=[course.id])
    text = (
        sign_in("prescriber").post(page, {"protocol": "TRD-IV-RACEMIC-6", "product": str(product.id)}).content.decode()
    )
    assert "A prescriber has decided that this person is eligible" in text
    assert "cannot be signed" in text


def test_after_the_decision_the_plan_can_be_written_and_a_later_one_is_not_held(screened, course, vial, write, at):
    product = vial()
    screened.history(at - timedelta(hours=2))
    screened.decide(at - timedelta(hours=1))
    weight = Decimal(str(screened.person.weight_kg))
    plan = write(course, product, weight_kg=weight)
    kept = {finding.rule_id: finding.verdict for finding in plan.content.findings}
    assert kept["GATE-ELIGIBILITY"] == "met"
    screened.decide(at, outcome="not eligible", reasons="New finding; treatment is lowered and ended.")
    lower = write(
        course, product, weight_kg=weight, dose_mg_per_kg=Decimal("0.4"), reasons={"DO07": "taper"},
        context={"reason_for_change": "taper to the end"},
    )  # fmt: skip
    assert {f.rule_id: f.verdict for f in lower.content.findings}["GATE-ELIGIBILITY"] == "not met"


def test_the_weight_of_the_history_is_what_a_new_weight_is_compared_with(screened, course, actor, at):
    from ketachart.course.queries import last_weight

    assert last_weight(actor("prescriber"), course.patient_id) is None
    screened.history(clock.now() - timedelta(days=1))
    assert last_weight(actor("prescriber"), course.patient_id).weight_kg == Decimal(str(screened.person.weight_kg))
