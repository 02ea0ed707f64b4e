"""From a half-filled form to what the page shows: the computed infusion, the working, the findings."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ketachart.course.commands import field_of
from ketachart.course.dose_limits import Protocol, dose_knowledge, dose_knowledge_with
from ketachart.course.doses import Dose, compute_dose
from ketachart.course.eligibility import eligibility_for_plan
from ketachart.course.forms import PlanForm, asks_reason
from ketachart.course.models import Course
from ketachart.course.plan_check import PlanSetting, Tolerated, check, working_of_dose
from ketachart.course.prediction import ExposureBand, predict
from ketachart.course.queries import clinic_zone, last_weight, sessions_of, tolerated_by
from ketachart.course.rules import EarlierWeight, Infusion, PlanInput, ProductChoice, compute_infusion, number
from ketachart.formulary.models import Product
from ketachart.knowledge.findings import Finding
from ketachart.knowledge.loader import catalogue
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
    protocol: Protocol | None
    kind: str
    infusion: Infusion
    dose: Dose
    working: tuple[str, ...]
    open_lines: tuple[FindingLine, ...]
    met: tuple[Finding, ...]
    exposure: ExposureBand | None
    earlier_weight: EarlierWeight | None
    tolerated: Tolerated | None
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
    diluent = values.get("diluent")
    return PlanInput(
        route=form.way.route,
        weight_kg=values.get("weight_kg"),
        dose_mg_per_kg=values.get("dose_mg_per_kg"),
        infusion_minutes=values.get("infusion_minutes"),
        product=product_choice(form.chosen_product),
        bag_volume_ml=values.get("bag_volume_ml") if diluent == "bag" else None,
        undiluted=True if diluent == "undiluted" else None,
        confirmed_strength_mg_per_ml=values.get("confirmed_strength_mg_per_ml"),
        second_part_mg_per_kg=values.get("second_part_mg_per_kg"),
        second_after_minutes=values.get("second_after_minutes"),
        units=values.get("devices") or values.get("units"),
        confirmed_unit_mg=values.get("confirmed_unit_mg"),
        hold_minutes=values.get("hold_minutes"),
        then=values.get("then") or None,
    )


def product_choice(product: Product | None) -> ProductChoice | None:
    if product is None:
        return None
    strength, unit_mg = product.strength_mg_per_ml, product.unit_dose_mg
    return ProductChoice(
        name=product.name,
        molecule=product.molecule,
        salt_or_base=product.salt_or_base,
        strength_mg_per_ml=None if strength is None else Decimal(number(strength)),
        vial_volume_ml=product.vial_volume_ml,
        routes=tuple(product.routes),
        form=product.form,
        unit_mg=None if unit_mg is None else Decimal(number(unit_mg)),
    )


def compute(actor: Actor, course: Course, form: PlanForm, *, on: date) -> Computed:
    """`form` has been cleaned. Reads the last weight and the sessions so far; judges with the same rule as the command."""
    values: dict[str, Any] = form.cleaned_data
    plan = replace(plan_input(form), indication=course.indication)
    knowledge = dose_knowledge_with(site_values(actor.clinic_id, on))
    patient = patient_for(actor, course.patient_id)
    measured_at: datetime | None = values.get("weight_measured_at")
    measured_on = measured_at.astimezone(clinic_zone(actor)).date() if measured_at else None
    charted = last_weight(actor, course.patient_id)
    earlier = charted or second_weighing(values.get("second_weight_kg"), measured_on)
    product = form.chosen_product
    tolerated = (
        tolerated_by(sessions_of(actor, course.patient_id), product.molecule, form.way.route) if product else None
    )
    setting = PlanSetting(
        protocol=protocol_of(form),
        indication=catalogue().indication_by_id(course.indication),
        sessions=values.get("sessions"),
        age_years=age_years(patient.birth_date, on),
        earlier_weight=earlier,
        weight_measured_on=measured_on,
        tolerated=tolerated,
    )
    findings = check(plan, setting, knowledge=knowledge, on=on)
    if product is not None:
        eligible = eligibility_for_plan(
            actor,
            patient_id=course.patient_id,
            product=product,
            route=form.way.route,
            indication=course.indication,
            first_version=not course.plans.exists(),
            at=clock.now(),
        )
        findings = (eligible, *findings)
    infusion, dose = compute_infusion(plan, knowledge), compute_dose(plan, knowledge)
    is_infusion = form.kind == "infusion"
    return Computed(
        plan=plan,
        protocol=setting.protocol,
        kind=form.kind,
        infusion=infusion if is_infusion else Infusion(),
        dose=Dose() if is_infusion else dose,
        working=working(plan, infusion) if is_infusion else working_of_dose(plan, knowledge),
        open_lines=tuple(
            FindingLine(
                finding=finding,
                asks_reason=asks_reason(finding),
                reason=form.reasons.get(finding.rule_id, ""),
                field=field_of(finding, counted=plan.units is not None),
            )
            for finding in findings
            if finding.verdict != "met"
        ),
        met=tuple(finding for finding in findings if finding.verdict == "met"),
        exposure=predict(
            plan,
            knowledge,
            weight_kg=plan.weight_kg or (charted.weight_kg if charted else None),
            age_years=setting.age_years,
            sex=patient.sex_at_birth,
        ),
        earlier_weight=earlier,
        tolerated=tolerated,
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
        strength = number(plan.product.strength_mg_per_ml or Decimal(0))
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
