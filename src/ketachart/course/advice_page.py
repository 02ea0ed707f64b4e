"""Everything the route advice shows, gathered: screening by way, wishes, exposure, what this person had before."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from ketachart.course.advice_rules import Preferences, WayOption, judge_way
from ketachart.course.dose_limits import DoseKnowledge, Protocol, dose_knowledge_with
from ketachart.course.kinds import PredictionShown
from ketachart.course.models import Course, RouteChoice
from ketachart.course.outcome_rules import ScorePoint
from ketachart.course.prediction import predict
from ketachart.course.queries import clinic_day, last_weight, sessions_of
from ketachart.course.rules import PlanInput, ProductChoice, number
from ketachart.course.session_evidence import SessionEvidence
from ketachart.course.sessions import PastSession
from ketachart.formulary.queries import products
from ketachart.intake import queries as intake
from ketachart.intake.kinds import Intended
from ketachart.knowledge.catalogue import Administration, IndicationEvidence
from ketachart.knowledge.loader import catalogue, product_given_as
from ketachart.people.queries import patient_for
from ketachart.people.rules import age_years
from ketachart.policy.queries import site_values
from ketachart.record.actor import Actor
from ketachart.record.models import load_contents
from ketachart.scales.queries import trend

TYPICAL_BAG_ML = Decimal(100)
"""For the picture of an infusion alone: the volume of the bag changes the pump's rate, not how fast the drug runs."""


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """The predicted peak of a protocol's starting dose for this person. Shown, never used."""

    dose: str
    shown: PredictionShown
    peak_minute: float


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """What this person had by this way."""

    sessions: int
    last: SessionEvidence
    scores: tuple[ScorePoint, ...]


@dataclass(frozen=True, kw_only=True)
class WayShown:
    option: WayOption
    evidence: tuple[IndicationEvidence, ...]
    exposure: Exposure | None
    why_no_exposure: str
    earlier: Earlier | None
    stocked: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AdviceShown:
    ways: tuple[WayShown, ...]
    preferences_asked: bool
    weight_kg: Decimal | None
    chosen: RouteChoice | None
    earlier_elsewhere: tuple[str, ...]


def advice_for(actor: Actor, course: Course, *, at: datetime) -> AdviceShown:
    on = clinic_day(actor, at)
    known = catalogue()
    patient = patient_for(actor, course.patient_id)
    age, weight = age_years(patient.birth_date, on), last_weight(actor, course.patient_id)
    knowledge = dose_knowledge_with(site_values(actor.clinic_id, on))
    wishes, asked = preferences_of(actor, course)
    sessions = sessions_of(actor, course.patient_id)
    in_stock = [product for product in products(actor) if product.retired_at is None]
    indication = known.indication_by_id(course.indication)
    ways = []
    for way in known.administration:
        intended = Intended(product=way.product, route=way.route, indication=course.indication)
        screening = intake.screening(actor, course.patient_id, intended, at=at)
        had = [one for one in sessions if _is_by(one, way)]
        stocked = [
            one
            for one in in_stock
            if way.route in one.routes and product_given_as(one.molecule, way.route) == way.product
        ]
        option = judge_way(
            way,
            catalogue=known,
            indication=indication,
            screening=screening.findings,
            overrides=screening.overrides,
            preferences=wishes,
            stocked=bool(stocked),
            earlier=had[-1].evidence if had else None,
            covered=None,
            on=on,
        )
        weight_kg = weight.weight_kg if weight else None
        exposure, why = exposure_of(
            way, course.indication, knowledge, weight_kg=weight_kg, age_years=age, sex=patient.sex_at_birth
        )
        ways.append(
            WayShown(
                option=option,
                evidence=tuple(
                    one
                    for one in (indication.evidence if indication else ())
                    if (one.product, one.route) == (way.product, way.route)
                ),
                exposure=exposure,
                why_no_exposure=why,
                earlier=_earlier(actor, course, had),
                stocked=tuple(one.name for one in stocked),
            )
        )
    return AdviceShown(
        ways=tuple(ways),
        preferences_asked=asked,
        weight_kg=weight.weight_kg if weight else None,
        chosen=newest_choice(course),
        earlier_elsewhere=earlier_elsewhere(actor, course),
    )


def newest_choice(course: Course) -> RouteChoice | None:
    found: RouteChoice | None = course.route_choices.order_by("charted_at").last()
    if found is not None:
        load_contents([found])
    return found


def preferences_of(actor: Actor, course: Course) -> tuple[Preferences, bool]:
    rows = intake.section_versions(actor, course.patient_id, "preferences")
    if not rows:
        return Preferences(), False
    said = rows[0].content
    return (
        Preferences(
            needle_aversion=_yes_no(said.needle_aversion),
            prefers_home=_yes_no(said.prefers_home),
            drives_after=_yes_no(said.drives_after),
        ),
        True,
    )


def earlier_elsewhere(actor: Actor, course: Course) -> tuple[str, ...]:
    """Ketamine before this clinic, as the history has it."""
    rows = intake.section_versions(actor, course.patient_id, "treatments")
    treatments = rows[0].content.treatments if rows else ()
    return tuple(
        ", ".join(part for part in (one.name, one.dose, one.outcome, one.why_stopped) if part)
        for one in treatments
        if any(word in one.name.lower() for word in ("ketamine", "spravato"))
    )


def _yes_no(answer: str | None) -> bool | None:
    return {"yes": True, "no": False}.get(answer or "")


def _is_by(session: PastSession, way: Administration) -> bool:
    evidence = session.evidence
    return (
        evidence.route == way.route and product_given_as(evidence.molecule or "", evidence.route or "") == way.product
    )


def _earlier(actor: Actor, course: Course, had: list[PastSession]) -> Earlier | None:
    """The scores from the last one before the first of these sessions to the last one taken within the fortnight after."""
    if not had:
        return None
    first, last = had[0].dose_began_at, had[-1].dose_began_at
    points = [point for point in trend(actor, course.patient_id, "phq-9") if point.total is not None]
    before = [point for point in points if point.at <= first]
    after = [point for point in points if last < point.at and (point.at - last).days <= 14]
    kept = [*before[-1:], *after[-1:]]
    return Earlier(
        sessions=len(had),
        last=had[-1].evidence,
        scores=tuple(ScorePoint(taken_on=point.at.date(), total=point.total) for point in kept),
    )


def exposure_of(
    way: Administration,
    indication: str,
    knowledge: DoseKnowledge,
    *,
    weight_kg: Decimal | None,
    age_years: int | None,
    sex: str | None,
) -> tuple[Exposure | None, str]:
    """Of the first protocol with a starting dose for this indication; else why there is none."""
    protocol = next(
        (
            one
            for one in knowledge.protocols_for(indication, way.product, way.route)
            if one.start_mg is not None or one.start_mg_per_kg is not None
        ),
        None,
    )
    if protocol is None:
        return None, "No protocol for this indication gives a starting dose."
    if weight_kg is None:
        return None, "No weight is charted."
    plan, said = starting_plan(way, protocol, weight_kg)
    band = predict(plan, knowledge, weight_kg=weight_kg, age_years=age_years, sex=sex)
    if band is None:
        return None, "No model serves this product, dose and person."
    return Exposure(dose=said, shown=band.shown, peak_minute=band.peak_minute), ""


def starting_plan(way: Administration, protocol: Protocol, weight_kg: Decimal) -> tuple[PlanInput, str]:
    """The protocol's starting dose as a plan that can be predicted, with the words for it. Not an order."""
    in_mg = protocol.start_mg if protocol.start_mg is not None else (protocol.start_mg_per_kg or Decimal(0)) * weight_kg
    base = PlanInput(route=way.route, weight_kg=weight_kg, dose_mg_per_kg=protocol.start_mg_per_kg)
    if way.route in ("IV", "IM", "SC"):
        plan = replace(base, product=_any_product(way, strength=Decimal(50)), bag_volume_ml=TYPICAL_BAG_ML)
        said = f"{number(protocol.start_mg_per_kg or Decimal(0))} mg/kg"
        if way.route == "IV" and protocol.infusion_minutes is not None:
            return replace(plan, infusion_minutes=protocol.infusion_minutes), (
                f"{said} over {number(protocol.infusion_minutes)} min"
            )
        return plan, said
    if way.product == "spravato":
        devices = int(in_mg / 28)
        return replace(base, units=devices, product=_any_product(way, unit=Decimal(28))), f"{number(in_mg)} mg"
    plan = replace(base, units=1, product=_any_product(way, unit=in_mg))
    if way.route == "sublingual":
        return replace(plan, hold_minutes=Decimal(10), then="swallow"), (
            f"{number(in_mg)} mg of base, held 10 min, then swallowed"
        )
    return plan, f"{number(in_mg)} mg of base"


def _any_product(way: Administration, *, strength: Decimal | None = None, unit: Decimal | None = None) -> ProductChoice:
    product = catalogue().product_by_id(way.product)
    assert product is not None
    return ProductChoice(
        name=way.title,
        molecule=product.molecule,
        salt_or_base="base",
        strength_mg_per_ml=strength,
        vial_volume_ml=None,
        routes=(way.route,),
        form="vial" if strength is not None else "unit",
        unit_mg=unit,
    )
