"""What a person is treated with, or is going to be: which texts are theirs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ketachart.course.queries import plan_in_force
from ketachart.intake.models import EligibilityDecision
from ketachart.knowledge.loader import product_given_as
from ketachart.record.actor import Actor


@dataclass(frozen=True)
class Planned:
    """A product of the catalogue and a route."""

    product: str
    route: str


def planned_treatment(actor: Actor, patient_id: UUID, course_id: UUID | None = None) -> Planned | None:
    """The plan in force decides; before there is one, the newest decision that lets treatment go on."""
    plan = plan_in_force(actor, patient_id, course_id)
    if plan is not None:
        product = product_given_as(plan.content.molecule, plan.content.route)
        return Planned(product, plan.content.route) if product else None
    newest: EligibilityDecision | None = (
        EligibilityDecision.objects.visible_to(actor).filter(patient_id=patient_id).order_by("-charted_at").first()
    )
    if newest is None or newest.outcome == "not eligible":
        return None
    return Planned(newest.product, newest.route)
