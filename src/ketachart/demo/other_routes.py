"""Two invented people whose treatment is not by vein: Spravato, and an injection in two parts. Their plans; `by_route` gives the doses."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from ketachart.course import commands
from ketachart.course.advice_page import advice_for
from ketachart.course.dose_limits import dose_knowledge
from ketachart.course.plan_page import product_choice
from ketachart.course.rules import EarlierWeight, PlanInput
from ketachart.demo import by_route
from ketachart.demo.cast import Person
from ketachart.demo.past import at_the_time
from ketachart.demo.way import StaffOf, Way
from ketachart.formulary.commands import list_product, receive_lot
from ketachart.formulary.models import Product
from ketachart.intake.kinds import Intended
from ketachart.record.actor import Actor

if TYPE_CHECKING:
    from ketachart.course.models import Course
    from ketachart.demo.building import DemoClinic

SPRAVATO = Person("Yusuf", "Imaginary", date(1977, 4, 18), "male", 83.0, 180, "plan_due", (20,))
INJECTED = Person("Greta", "Imaginary", date(1986, 10, 6), "female", 64.0, 167, "plan_due", (18,))


def add_other_routes(staff: StaffOf, built: DemoClinic, vial: Product, now: datetime) -> None:
    device = _listed(staff, now, name="Spravato 28 mg", molecule="esketamine", form="device", routes=["nasal"], mg=28)
    _listed(
        staff, now, name="Ketamine troche 100 mg", form="troche", routes=["sublingual"], mg=100, stated="hydrochloride"
    )
    way, course = _person(
        staff, SPRAVATO, now, now - timedelta(days=4), Intended(product="spravato", route="nasal", indication="TRD"), device,
        PlanInput(route="nasal", product=product_choice(device), units=2, confirmed_unit_mg=Decimal(28)),
        protocol="TRD-SPR", sessions=12, reasons={}, seed=41,
    )  # fmt: skip
    built.patients["spravato"] = way.patient.id
    first = now - timedelta(days=3, hours=2)
    script = by_route.play(staff("nurse"), way.patient.id, first, built.rooms[-2], seed=43)
    way.after_session(course, script.session_id, first + timedelta(hours=22))
    weight = Decimal(str(INJECTED.weight_kg))
    injected, _ = _person(
        staff, INJECTED, now, now - timedelta(hours=20), Intended(product="ketamine-injection", route="IM", indication="TRD"), vial,
        PlanInput(
            route="IM", weight_kg=weight, dose_mg_per_kg=Decimal("0.5"), second_part_mg_per_kg=Decimal("0.2"),
            second_after_minutes=Decimal(15), product=product_choice(vial), confirmed_strength_mg_per_ml=Decimal(50),
        ),
        protocol="TRD-IM", sessions=4, reasons=IM_REASONS, seed=42,
    )  # fmt: skip
    built.patients["intramuscular"] = injected.patient.id


IM_REASONS = {
    "DO15": "The highest dose of the registered arms, divided so that the second part can be withheld.",
    "DO23": "No ceiling is set here yet; a second person checks the dose.",
    "DO26": "The first part has been seen to work by then; the second is given only if it is well borne.",
}


def _person(
    staff: StaffOf, person: Person, now: datetime, at: datetime, intended: Intended, product: Product, plan: PlanInput,
    *, protocol: str, sessions: int, reasons: dict[str, str], seed: int,
) -> tuple[Way, Course]:  # fmt: skip
    """Known for eight days; the consent and the plan are of `at`."""
    way = Way(staff, person, seed)
    way.intended = intended
    begun = now - timedelta(days=8)
    way.register(begun)
    way.history(begun + timedelta(days=1))
    baseline = way.phq9(person.phq9[0], begun + timedelta(days=1, hours=1), "Baseline")
    way.decide(begun + timedelta(days=2))
    way.consent(at - timedelta(hours=1))
    prescriber = staff("prescriber")
    with at_the_time(at):
        course = commands.open_course(prescriber, patient_id=way.patient.id, indication="TRD", at=at)
        commands.pin_baseline(
            prescriber, course_id=course.id, scale="phq-9", response_id=str(baseline.id), total=person.phq9[0],
            taken_at=begun + timedelta(days=1, hours=1), at=at,
        )  # fmt: skip
        wanted = f"{intended.product}:{intended.route}"
        option = next(one.option for one in advice_for(prescriber, course, at=at).ways if one.option.key == wanted)
        commands.choose_route(
            prescriber, course_id=course.id, option=option, reasons=CHOSEN_BECAUSE[wanted], person_agrees=True, at=at
        )
        weighed = plan.weight_kg is not None
        earlier = EarlierWeight(weight_kg=plan.weight_kg, measured_on=at.date()) if plan.weight_kg is not None else None
        written = commands.write_plan(
            prescriber, course_id=course.id, protocol=dose_knowledge().protocol(protocol), product=product, plan=plan,
            weight_measured_at=at if weighed else None, measured_on=at.date() if weighed else None,
            second_weight_kg=plan.weight_kg, earlier_weight=earlier, tolerated=None, reasons=reasons, sessions=sessions,
            titration=None, reason_for_change=None, prediction=None, on=at.date(), at=at,
        )  # fmt: skip
        if written.needs_second_signature:
            commands.countersign_plan(
                staff("pharmacist"), plan_id=written.id, statement="Person, weight, both parts and vial checked.", at=at
            )
    return way, course


CHOSEN_BECAUSE = {
    "spravato:nasal": "Approved for this indication; a needle in the arm for an hour is not wanted.",
    "ketamine-injection:IM": "Veins are hard to find; two small injections that need no pump.",
}


def _listed(
    staff: StaffOf, now: datetime, *, name: str, form: str, routes: list[str], mg: int,
    molecule: str = "racemic ketamine", stated: str = "base",
) -> Product:  # fmt: skip
    at = now - timedelta(days=30)
    with at_the_time(at):
        product = list_product(
            staff("pharmacist"), name=name, molecule=molecule, form=form, salt_or_base=stated, routes=routes,
            unit_dose_mg=Decimal(mg), at=at,
        )  # fmt: skip
        receive_demo_lot(staff("pharmacist"), product, at)
    return product


def receive_demo_lot(pharmacist: Actor, product: Product, at: datetime) -> None:
    expires_on = at.date() + timedelta(days=400)
    receive_lot(pharmacist, product_id=product.id, lot_number="DEMO-1", expires_on=expires_on, on=at.date(), at=at)
