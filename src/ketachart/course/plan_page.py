"""From a half-filled form to what the page shows: the computed infusion, the working, the findings."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ketachart.course.commands import field_of
from ketachart.course.dose_limits import Protocol, dose_knowledge, dose_knowledge_with
from ketachart.course.eligibility import eligibility_for_plan
from ketachart.course.forms import PlanForm, asks_reason
from ketachart.course.models import Course
from ketachart.course.prediction import ExposureBand, predict
from ketachart.course.queries import clinic_zone, last_weight, sessions_of, tolerated_mg_per_kg
from ketachart.course.rules import (
    EarlierWeight,
    Infusion,
    PlanInput,
    ProductChoice,
    check_plan,
    compute_infusion,
    number,
)
from ketachart.formulary.models import Product
from ketachart.knowledge.findings import Finding
from ketachart.people.queries import patient_for
from ketachart.people.rules import age_years
from ketachart.policy.queries import site_values
from ketachart.record import clock
from ketachart.record.actor import Actor


@dataclass(frozen=True, kw_only=True)
class FindingLine:
    finding: Finding
    asks_reason: bool
    reason: str
    field: str | None

    @property
    def needs_second(self) -> bool:
        return self.asks_reason and bool(self.finding.overridable and self.finding.overridable.second_signature)

    @property
    def stops(self) -> bool:
        return self.finding.verdict != "met" and self.finding.blocks and not self.asks_reason


@dataclass(frozen=True, kw_only=True)
class Computed:
    plan: PlanInput
    infusion: Infusion
    working: tuple[str, ...]
    open_lines: tuple[FindingLine, ...]
    met: tuple[Finding, ...]
    exposure: ExposureBand | None
    earlier_weight: EarlierWeight | None
    tolerated_mg_per_kg: Decimal | None
    measured_on: date | None

    @property
    def stopped(self) -> bool:
        return any(line.stops for line in self.open_lines)

    @property
    def needs_second(self) -> bool:
        return any(line.needs_second for line in self.open_lines)


def plan_input(form: PlanForm) -> PlanInput:
    """What can be read of the form so far. A field that does not parse counts as not entered."""
    values = form.cleaned_data
    protocol = dose_knowledge().protocol(values.get("protocol") or "")
    diluent = values.get("diluent")
    return PlanInput(
        route=protocol.route if protocol else None,
        weight_kg=values.get("weight_kg"),
        dose_mg_per_kg=values.get("dose_mg_per_kg"),
        infusion_minutes=values.get("infusion_minutes"),
        product=product_choice(form.chosen_product),
        bag_volume_ml=values.get("bag_volume_ml") if diluent == "bag" else None,
        undiluted=True if diluent == "undiluted" else None,
        confirmed_strength_mg_per_ml=values.get("confirmed_strength_mg_per_ml"),
    )


def product_choice(product: Product | None) -> ProductChoice | None:
    if product is None or product.strength_mg_per_ml is None:
        return None
    return ProductChoice(
        name=product.name,
        molecule=product.molecule,
        salt_or_base=product.salt_or_base,
        strength_mg_per_ml=Decimal(number(product.strength_mg_per_ml)),
        vial_volume_ml=product.vial_volume_ml,
        routes=tuple(product.routes),
    )


def compute(actor: Actor, course: Course, form: PlanForm, *, on: date) -> Computed:
    """`form` has been cleaned. Reads the last weight and the sessions so far; judges with the same rule as the command."""
    plan = plan_input(form)
    values: dict[str, Any] = form.cleaned_data
    measured_at: datetime | None = values.get("weight_measured_at")
    measured_on = measured_at.astimezone(clinic_zone(actor)).date() if measured_at else None
    earlier = last_weight(actor, course.patient_id) or second_weighing(values.get("second_weight_kg"), measured_on)
    tolerated = tolerated_mg_per_kg(sessions_of(actor, course.patient_id))
    findings = check_plan(
        plan,
        knowledge=dose_knowledge_with(site_values(actor.clinic_id, on)),
        earlier_weight=earlier,
        weight_measured_on=measured_on,
        tolerated_mg_per_kg=tolerated,
        on=on,
    )
    protocol, product = protocol_of(form), form.chosen_product
    if protocol is not None and product is not None:
        eligible = eligibility_for_plan(
            actor,
            patient_id=course.patient_id,
            product=product,
            route=protocol.route,
            indication=course.indication,
            first_version=not course.plans.exists(),
            at=clock.now(),
        )
        findings = (eligible, *findings)
    infusion = compute_infusion(plan, dose_knowledge())
    patient = patient_for(actor, course.patient_id)
    return Computed(
        plan=plan,
        infusion=infusion,
        working=working(plan, infusion),
        open_lines=tuple(
            FindingLine(
                finding=finding,
                asks_reason=asks_reason(finding),
                reason=form.reasons.get(finding.rule_id, ""),
                field=field_of(finding),
            )
            for finding in findings
            if finding.verdict != "met"
        ),
        met=tuple(finding for finding in findings if finding.verdict == "met"),
        exposure=predict(plan, infusion, age_years=age_years(patient.birth_date, on), sex=patient.sex_at_birth),
        earlier_weight=earlier,
        tolerated_mg_per_kg=tolerated,
        measured_on=measured_on,
    )


def second_weighing(weight_kg: Decimal | None, measured_on: date | None) -> EarlierWeight | None:
    if weight_kg is None or measured_on is None:
        return None
    return EarlierWeight(weight_kg=weight_kg, measured_on=measured_on, second_weighing=True)


def working(plan: PlanInput, infusion: Infusion) -> tuple[str, ...]:
    """The calculation as one would write it on paper, so that it can be checked by hand."""
    lines = []
    if plan.weight_kg is not None and plan.dose_mg_per_kg is not None and infusion.ordered_dose_mg is not None:
        lines.append(
            f"{number(plan.weight_kg)} kg × {number(plan.dose_mg_per_kg)} mg/kg = {number(infusion.ordered_dose_mg)} mg"
        )
    if plan.product is not None and infusion.drug_volume_ml is not None and infusion.dose_mg is not None:
        strength = number(plan.product.strength_mg_per_ml)
        assert infusion.ordered_dose_mg is not None
        exact = infusion.ordered_dose_mg == infusion.dose_mg
        lines.append(
            f"{number(infusion.ordered_dose_mg)} mg ÷ {strength} mg/mL = {number(infusion.drug_volume_ml)} mL"
            f"{'' if exact else ', rounded down'}"
        )
        lines.append(
            f"{number(infusion.drug_volume_ml)} mL × {strength} mg/mL = {number(infusion.dose_mg)} mg drawn up"
        )
    if (
        infusion.total_volume_ml is not None
        and infusion.rate_ml_per_h is not None
        and plan.infusion_minutes is not None
    ):
        lines.append(
            f"{number(infusion.total_volume_ml)} mL ÷ {number(plan.infusion_minutes)} min × 60 min/h ="
            f" {number(infusion.rate_ml_per_h)} mL/h"
        )
    return tuple(lines)


def protocol_of(form: PlanForm) -> Protocol | None:
    return dose_knowledge().protocol(form.cleaned_data.get("protocol") or "")
