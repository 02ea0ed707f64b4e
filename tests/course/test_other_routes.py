"""Plans by other routes, written, signed, and handed to the treatment room."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pytest
from django.urls import reverse

from ketachart.course import commands, queries
from ketachart.course.dose_limits import dose_knowledge
from ketachart.course.models import Plan
from ketachart.course.plan_page import product_choice
from ketachart.course.rules import EarlierWeight, PlanInput
from ketachart.formulary.commands import list_product
from ketachart.record import clock
from ketachart.record.errors import Refused
from ketachart.treatment.kinds import PlannedDose

WEIGHED = ("DO15", "DO18", "DO21", "DO23", "DO26", "DO27", "DO28", "DO29", "DO30", "DO31", "DO33", "DO42")
REASONS = dict.fromkeys(WEIGHED, "weighed and talked through")


@pytest.fixture
def products(actor, vial, at):
    def listed(name, form, routes, unit_mg, stated="base", molecule="racemic ketamine"):
        return list_product(
            actor("pharmacist"), name=name, molecule=molecule, form=form, salt_or_base=stated, routes=routes,
            unit_dose_mg=Decimal(unit_mg), at=at,
        )  # fmt: skip

    return {
        "IM": vial(),
        "Spravato": listed("Spravato 28 mg", "device", ["nasal"], 28, molecule="esketamine"),
        "sublingual": listed("Troche 100 mg", "troche", ["sublingual"], 100, stated="hydrochloride"),
        "oral": listed("Capsule 50 mg", "oral", ["oral"], 50),
    }


@pytest.fixture
def order(actor, course, products, at):
    def make(name, *, who=None, reasons=REASONS, protocol=None, plan=None, sessions=1):
        product = products[name]
        body = {"weight_kg": Decimal(80), "product": product_choice(product)}
        plans = {
            "IM": PlanInput(
                route="IM", **body, dose_mg_per_kg=Decimal("0.5"), second_part_mg_per_kg=Decimal("0.2"),
                second_after_minutes=Decimal(15), confirmed_strength_mg_per_ml=Decimal(50),
            ),
            "Spravato": PlanInput(
                route="nasal", product=product_choice(product), units=2, confirmed_unit_mg=Decimal(28)
            ),
            "sublingual": PlanInput(
                route="sublingual", **body, units=2, confirmed_unit_mg=Decimal(100), hold_minutes=Decimal(10), then="spit out"
            ),
            "oral": PlanInput(route="oral", **body, units=1, confirmed_unit_mg=Decimal(50)),
        }  # fmt: skip
        weighed = name != "Spravato"
        return commands.write_plan(
            who or actor("prescriber"),
            course_id=course.id,
            protocol=dose_knowledge().protocol(protocol) if protocol else None,
            product=product,
            plan=plan or plans[name],
            weight_measured_at=at if weighed else None,
            measured_on=at.date() if weighed else None,
            second_weight_kg=None,
            earlier_weight=EarlierWeight(weight_kg=Decimal(80), measured_on=at.date()) if weighed else None,
            tolerated=None,
            reasons=reasons,
            sessions=sessions,
            titration=None,
            reason_for_change="another route" if course.plans.exists() else None,
            prediction=None,
            on=at.date(),
            at=at,
        )

    return make


def given(plan):
    """What the snapshot says, without what this route does not have."""
    return {name: value for name, value in queries.plan_snapshot(plan).items() if value not in (None, ())}


def test_spravato_is_counted_in_devices_and_needs_no_weight(order, actor, course):
    plan = order("Spravato", protocol="TRD-SPR", reasons={}, sessions=12)
    assert given(plan) == {
        "product": "Spravato 28 mg",
        "route": "nasal",
        "molecule": "esketamine",
        "salt_or_base": "base",
        "dose_mg": 56.0,
        "indication": "TRD",
        "devices": 2,
        "device_mg": 28.0,
        "minimum_interval_minutes": 5.0,
        "maximum_cumulative_mg": 56.0,
    }
    assert queries.plan_in_force(actor("nurse"), course.patient_id) == plan


def test_a_divided_injection_waits_for_the_second_signature_while_the_clinic_has_no_ceiling(order, actor, course, at):
    plan = order("IM", protocol="TRD-IM")
    assert plan.needs_second_signature
    assert queries.plan_in_force(actor("nurse"), course.patient_id) is None
    commands.countersign_plan(actor("pharmacist"), plan_id=plan.id, statement="weight, dose, parts checked", at=at)
    assert queries.plan_in_force(actor("nurse"), course.patient_id) == plan
    snapshot = given(plan)
    assert (snapshot["parts"], snapshot["minimum_interval_minutes"], snapshot["maximum_cumulative_mg"]) == (
        (24.0, 16.0),
        15.0,
        40.0,
    )
    assert plan.content.parts[1].volume_ml == 0.32


def test_a_troche_says_how_long_it_is_held_and_what_then_and_both_salt_and_base(order):
    content = order("sublingual", protocol="TRD-SL-WEEKLY").content
    assert (content.dose_mg, content.salt_or_base, round(content.base_dose_mg, 2)) == (200.0, "hydrochloride", 173.46)
    assert (content.units, content.unit_mg, content.hold_minutes, content.then) == (2, 100.0, 10.0, "spit out")


@pytest.mark.parametrize("name", ["IM", "Spravato", "sublingual", "oral"])
def test_the_treatment_room_can_read_every_plan(order, name):
    planned = msgspec.convert(queries.plan_snapshot(order(name)), PlannedDose)
    assert planned.dose_mg > 0


@pytest.mark.parametrize(
    ("name", "changes", "field"),
    [
        ("Spravato", {"units": 4}, "units"),
        ("Spravato", {"confirmed_unit_mg": None}, "confirmed_unit_mg"),
        ("IM", {"second_part_mg_per_kg": Decimal("0.5")}, "second_part_mg_per_kg"),
        ("sublingual", {"hold_minutes": None}, "hold_minutes"),
    ],
)
def test_what_no_reason_carries_is_refused_at_its_field_and_nothing_is_written(order, products, name, changes, field):
    plans = {
        "Spravato": PlanInput(
            route="nasal", product=product_choice(products["Spravato"]), units=2, confirmed_unit_mg=Decimal(28)
        ),
        "IM": PlanInput(
            route="IM", weight_kg=Decimal(80), product=product_choice(products["IM"]), dose_mg_per_kg=Decimal("0.5"),
            second_after_minutes=Decimal(15), confirmed_strength_mg_per_ml=Decimal(50),
        ),
        "sublingual": PlanInput(
            route="sublingual", weight_kg=Decimal(80), product=product_choice(products["sublingual"]), units=1,
            confirmed_unit_mg=Decimal(100), hold_minutes=Decimal(10), then="spit out",
        ),
    }  # fmt: skip
    with pytest.raises(Refused) as refused:
        order(name, plan=replace(plans[name], **changes))
    assert refused.value.field == field
    assert not Plan.objects.exists()


def test_a_plan_for_a_research_only_indication_is_refused_with_its_reason(actor, person, products, order, at):
    course = commands.open_course(actor("prescriber"), patient_id=person().id, indication="NEURODEGENERATIVE", at=at)
    with pytest.raises(Refused) as refused:
        commands.write_plan(
            actor("prescriber"), course_id=course.id, protocol=None, product=products["Spravato"],
            plan=PlanInput(route="nasal", product=product_choice(products["Spravato"]), units=2, confirmed_unit_mg=Decimal(28)),
            weight_measured_at=None, measured_on=None, second_weight_kg=None, earlier_weight=None, tolerated=None,
            reasons=REASONS, sessions=1, titration=None, reason_for_change=None, prediction=None, on=at.date(), at=at,
        )  # fmt: skip
    assert "research only" in refused.value.problem
    assert not Plan.objects.exists()


# --- pages ----------------------------------------------------------------------------------------------------------------


def page(name, course, way):
    return f"{reverse(f'course:{name}', args=[course.id])}?way={way}"


def test_the_form_of_spravato_asks_for_devices_and_no_weight(sign_in, course, products):
    client = sign_in("prescriber")
    text = client.get(page("write_plan", course, "spravato:nasal")).content.decode()
    assert 'name="devices"' in text
    assert 'name="weight_kg"' not in text
    assert "checked" not in text
    typed = {
        "protocol": "TRD-SPR", "product": str(products["Spravato"].id), "devices": "2", "sessions": "12",
        "confirmed_unit_mg": "28",
    }  # fmt: skip
    computed = client.post(page("computed", course, "spravato:nasal"), typed).content.decode()
    assert "2 × 28 mg = 56 mg of base" in computed
    assert "perez-ruixo-2021" in computed
    response = client.post(page("write_plan", course, "spravato:nasal"), typed)
    assert response.status_code == 302
    text = client.get(response["Location"]).content.decode()
    assert "In force" in text
    assert "5 min apart" in text


def test_the_form_of_a_divided_injection(sign_in, course, products):
    client, way = sign_in("prescriber"), "ketamine-injection:IM"
    zone = ZoneInfo(course.clinic.timezone)
    weighed = (clock.now() - timedelta(minutes=5)).astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    typed = {
        "protocol": "TRD-IM", "product": str(products["IM"].id), "weight_kg": "80", "second_weight_kg": "80",
        "weight_measured_at": weighed, "dose_mg_per_kg": "0.5", "second_part_mg_per_kg": "0.2",
        "second_after_minutes": "15", "sessions": "4", "confirmed_strength_mg_per_ml": "50",
    }  # fmt: skip
    text = client.post(page("computed", course, way), typed).content.decode()
    assert "Injection 2: 0.32 mL × 50 mg/mL = 16 mg drawn up, 15 min later" in text
    assert "The clinic has set its ceiling for this route" in text
    response = client.post(page("write_plan", course, way), typed)
    assert response.status_code == 422
    assert 'name="reason_DO23"' in response.content.decode()
    response = client.post(page("write_plan", course, way), {**typed, **{f"reason_{k}": v for k, v in REASONS.items()}})
    assert response.status_code == 302
    assert "Waits for the second signature" in client.get(response["Location"]).content.decode()


def test_a_second_injection_without_its_time_comes_back_with_what_was_typed(sign_in, course, products):
    client, way = sign_in("prescriber"), "ketamine-injection:IM"
    response = client.post(page("write_plan", course, way), {"second_part_mg_per_kg": "0.2"})
    text = response.content.decode()
    assert response.status_code == 422
    assert "After how many minutes at the earliest?" in text
    assert 'value="0.2"' in text


def test_an_unknown_way_is_not_found(sign_in, course):
    assert sign_in("prescriber").get(page("write_plan", course, "spravato:IV")).status_code == 404


def test_only_products_of_this_way_are_offered(sign_in, course, products):
    text = sign_in("prescriber").get(page("write_plan", course, "ketamine-nasal-compounded:nasal")).content.decode()
    assert "Spravato 28 mg" not in text


def test_after_a_session_with_spravato_the_next_dose_is_asked_in_milligrams_and_upwards_means_more(
    order, actor, sign_in, course, at
):
    from ketachart.course.models import Decision

    order("Spravato", protocol="TRD-SPR", reasons={}, sessions=12)
    client, page_of = sign_in("prescriber"), reverse("course:decide", args=[course.id])
    text = client.get(page_of).content.decode()
    assert 'name="next_dose_mg"' in text
    assert 'name="next_mg_per_kg"' not in text
    assert "56 to 84 mg by efficacy and tolerability" in text
    refused = client.post(page_of, {"choice": "up", "reasons": "no response yet", "next_dose_mg": "28"})
    assert refused.status_code == 422
    assert "not more than 56.0 mg" in refused.content.decode()
    assert not Decision.objects.exists()
    assert client.post(page_of, {"choice": "up", "reasons": "no response", "next_dose_mg": "84"}).status_code == 302
    assert Decision.objects.get().content.next_dose_mg == 84.0
