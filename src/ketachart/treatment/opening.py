"""What a session is opened with: the plan in force, the weight it rests on, the consent that fits, room and appointment."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ketachart.course import queries as course
from ketachart.intake import queries as intake
from ketachart.knowledge.findings import Finding
from ketachart.knowledge.loader import consent_text_version, product_given_as
from ketachart.people.queries import patient_for, rooms_of
from ketachart.people.rules import age_years
from ketachart.record.actor import Actor
from ketachart.schedule import queries as schedule
from ketachart.treatment import kinds
from ketachart.treatment.site_policy import site_policy
from ketachart.treatment.state import SessionState


@dataclass
class Opening:
    """`why_not` says what keeps the session shut; empty when `values` can be handed to `open_session`."""

    why_not: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    rooms: list[tuple[str, str]] = field(default_factory=list)
    room_id: UUID | None = None


def opening_for(actor: Actor, patient_id: UUID, at: datetime) -> Opening:
    patient = patient_for(actor, patient_id)
    plan = course.plan_in_force(actor, patient_id)
    if plan is None:
        return Opening(why_not="No plan is in force.")
    snapshot = course.plan_snapshot(plan)
    product = intake.catalogue_product(actor, plan.content.product_id, plan.content.route)
    planned = {**snapshot, "product_id": product or plan.content.product_id}
    today = _appointment(actor, patient_id, at)
    return Opening(
        rooms=[(str(room.id), room.name) for room in rooms_of(actor)],
        room_id=today.room_id if today else None,
        values={
            "plan": planned,
            "plan_id": plan.id,
            "course_id": plan.course_id,
            "appointment_id": today.id if today else None,
            "session_number": today.series_number if today else None,
            "patient": {
                "age_years": age_years(patient.birth_date, at.date()),
                "sex": patient.sex_at_birth,
                **_weight(actor, patient_id, plan),
            },
            "consent": consent_standing(actor, patient_id, planned, at),
            "policy": site_policy(actor, route=planned["route"], molecule=planned["molecule"], at=at),
        },
    )


def _weight(actor: Actor, patient_id: UUID, plan: Any) -> dict[str, Any]:
    """The weight that the plan rests on; a plan that needs none takes the last weighing, with its day."""
    found = course.weight_in_plan(plan)
    if found["weight_kg"] is not None:
        return found
    measured = intake.latest_weight(actor, patient_id)
    return {
        "weight_kg": measured.weight_kg if measured else None,
        "weight_measured_at": measured.measured_at if measured else None,
    }


def consent_standing(actor: Actor, patient_id: UUID, plan: dict[str, Any], at: datetime) -> kinds.ConsentBound | None:
    """The consent for exactly this product, route and indication. None: the session opens and its gate holds it."""
    row = intake.standing_consent(
        actor,
        patient_id=patient_id,
        product=plan["product_id"],
        route=plan["route"],
        indication=plan["indication"],
        at=at,
    )
    if row is None:
        return None
    text = consent_text_version(row.text_id, row.text_version)
    days = text.valid_days if text else None
    return kinds.ConsentBound(
        consent_id=str(row.id),
        version=f"{row.text_id} {row.text_version}",
        product=row.product,
        route=row.route,
        indication=row.indication,
        signed_at=row.signed_at,
        valid_until=row.signed_at + timedelta(days=days) if days else None,
    )


def screening_today(actor: Actor, patient_id: UUID, state: SessionState, at: datetime) -> Finding | None:
    """Whether the decision that this person may be treated is still borne out by what is known now: asked before each
    session. None: there is nothing to ask of (no order, or a product that the catalogue does not know)."""
    plan = state.opened.plan if state.opened else None
    product = product_given_as(plan.molecule, plan.route) if plan else None
    if plan is None or product is None or not plan.indication:
        return None
    return intake.eligibility(
        actor, patient_id=patient_id, product=product, route=plan.route, indication=plan.indication, at=at
    )


def allergies_of(actor: Actor, patient_id: UUID) -> list[str] | None:
    """None: nobody has asked. Empty: asked, none known."""
    line = intake.allergy_line(actor, patient_id)
    if line.reaction_to_ketamine == "yes":
        return ["ketamine", *line.substances]
    if line.stated == "listed":
        return list(line.substances)
    return [] if line.stated == "none" else None


def _appointment(actor: Actor, patient_id: UUID, at: datetime) -> Any:
    """Today's treatment appointment, if there is one: room and number are logistics and may be carried over."""
    zone = schedule.clinic_zone(actor)
    today = schedule.appointments_on(actor, at.astimezone(zone).date(), zone)
    return next((one for one in today if one.patient_id == patient_id and one.kind == "treatment"), None)
