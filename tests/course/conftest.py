from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ketachart.course import commands
from ketachart.course.dose_limits import dose_knowledge
from ketachart.course.plan_page import product_choice
from ketachart.course.rules import EarlierWeight, PlanInput
from ketachart.formulary.commands import list_product
from ketachart.intake.rules import ELIGIBILITY_RULE
from ketachart.knowledge.findings import finding_from
from tests.schedule.conftest import person  # noqa: F401  (a fixture)

AT = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def eligible(request, monkeypatch):
    """Most tests here are about doses: the person has been found eligible. test_eligibility.py asks the real gate."""
    if request.path.name == "test_eligibility.py":
        return
    met = finding_from(ELIGIBILITY_RULE, "met")
    for module in ("commands", "plan_page"):
        monkeypatch.setattr(f"ketachart.course.{module}.eligibility_for_plan", lambda *_, **__: met)


@pytest.fixture
def at():
    return AT


@pytest.fixture
def vial(actor):
    def make(strength=50):
        return list_product(
            actor("pharmacist"),
            name=f"Ketamine {strength} mg/mL",
            molecule="racemic ketamine",
            form="vial",
            salt_or_base="base",
            routes=["IV", "IM"],
            strength_mg_per_ml=Decimal(strength),
            vial_volume_ml=Decimal(10),
            at=AT,
        )

    return make


@pytest.fixture
def course(actor, person):  # noqa: F811
    return commands.open_course(actor("prescriber"), patient_id=person().id, indication="TRD", at=AT)


@pytest.fixture
def write(actor):
    """Write a plan of 80 kg x 0.5 mg/kg over 40 minutes, with any part of it changed."""

    def make(course, product, *, who=None, reasons=None, context=None, **changes):
        values = {
            "route": "IV",
            "weight_kg": Decimal(80),
            "dose_mg_per_kg": Decimal("0.5"),
            "infusion_minutes": Decimal(40),
            "product": product_choice(product),
            "bag_volume_ml": Decimal(100),
            "confirmed_strength_mg_per_ml": product.strength_mg_per_ml,
            **changes,
        }
        settings = {
            "weight_measured_at": AT,
            "measured_on": AT.date(),
            "second_weight_kg": Decimal(80),
            "earlier_weight": EarlierWeight(weight_kg=values["weight_kg"], measured_on=AT.date(), second_weighing=True),
            "tolerated": None,
            "sessions": 6,
            "titration": None,
            "reason_for_change": None,
            "prediction": None,
            **(context or {}),
        }
        return commands.write_plan(
            who or actor("prescriber"),
            course_id=course.id,
            protocol=dose_knowledge().protocol("TRD-IV-RACEMIC-6"),
            product=product,
            plan=PlanInput(**values),
            reasons=reasons or {},
            on=AT.date(),
            at=AT,
            **settings,
        )

    return make
