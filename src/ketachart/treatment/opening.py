"""What a session is opened with: the plan in force, the weight it rests on, and the consent that fits it."""

from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any
from uuid import UUID

from django.apps import apps

from ketachart.people.queries import patient_for
from ketachart.people.rules import age_years
from ketachart.record.actor import Actor


@dataclass
class Opening:
    """`why_not` says what keeps the session shut; empty when `values` can be handed to `open_session`."""

    why_not: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    plan: Any = None


def opening_for(actor: Actor, patient_id: UUID, at: datetime) -> Opening:
    patient = patient_for(actor, patient_id)
    course = _queries("course")
    plan = course.plan_in_force(actor, patient_id) if course else None
    if course is None or plan is None:
        return Opening(why_not="No plan is in force.")
    snapshot = {**course.plan_snapshot(plan), "product_id": plan.content.product_id}
    return Opening(
        plan=plan,
        values={
            "plan": snapshot,
            "plan_id": plan.id,
            "course_id": plan.course_id,
            "patient": {
                "age_years": age_years(patient.birth_date, at.date()),
                "sex": patient.sex_at_birth,
                **course.weight_in_plan(plan),
            },
            "consent": _consent(actor, patient_id, snapshot, at),
        },
    )


def _consent(actor: Actor, patient_id: UUID, plan: dict[str, Any], at: datetime) -> dict[str, Any] | None:
    """The consent for exactly this product, route and indication. None opens the session without: the gate then holds."""
    intake = _queries("intake")
    if intake is None:
        return None
    found: dict[str, Any] | None = intake.consent_for_session(
        actor,
        patient_id,
        product=plan["product_id"] or plan["product"],
        route=plan["route"],
        indication=plan["indication"],
        at=at,
    )
    return found


def _queries(part: str) -> Any:
    """The reads of a part below, if this installation has it."""
    return import_module(f"ketachart.{part}.queries") if apps.is_installed(f"ketachart.{part}") else None
