"""Every read of education."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from ketachart.course.planned import planned_treatment
from ketachart.education.models import HandOut, Reading
from ketachart.education.rules import Group, Marked, shelf
from ketachart.knowledge.patient_texts import PatientText, text_in_force, text_version, texts_in_force
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.record.models import load_contents


def shelf_of(actor: Actor, patient_id: UUID, on: date) -> list[Group]:
    """What this person has to read, by the plan in force or the newest decision."""
    _require_reader(actor, patient_id)
    planned = planned_treatment(actor, patient_id)
    return shelf(
        texts_in_force(on),
        product=planned.product if planned else None,
        route=planned.route if planned else None,
        read=[_marked(row) for row in Reading.objects.visible_to(actor).filter(patient_id=patient_id)],
        handed_out=[_marked(row) for row in HandOut.objects.visible_to(actor).filter(patient_id=patient_id)],
    )


def home_texts(actor: Actor, patient_id: UUID, on: date) -> list[PatientText]:
    """Texts for taking it at home, where the planned product has any. Staff hand them out; nobody is sent home by a list."""
    _require_reader(actor, patient_id)
    planned = planned_treatment(actor, patient_id)
    if planned is None:
        return []
    return [
        text for text in texts_in_force(on) if text.suits(product=planned.product, route=planned.route, place="home")
    ]


def hand_outs(actor: Actor, patient_id: UUID) -> list[HandOut]:
    """Newest first, with what was charted."""
    _require_reader(actor, patient_id)
    return load_contents(HandOut.objects.visible_to(actor).filter(patient_id=patient_id))


def text(text_id: str, on: date) -> PatientText:
    found = text_in_force(text_id, on)
    if found is None:
        raise Refused("There is no such text.", status=404)
    return found


def topic(text_id: str, on: date) -> PatientText:
    """A text that everybody may read without signing in."""
    found = text(text_id, on)
    if found.kind != "education":
        raise Refused("There is no such text.", status=404)
    return found


def released(text_id: str, version: str) -> PatientText:
    found = text_version(text_id, version)
    if found is None:
        raise Refused("There is no such version of this text.", status=404)
    return found


def _marked(row: HandOut | Reading) -> Marked:
    return Marked(text_id=row.text_id, version=row.text_version, at=row.charted_at)


def _require_reader(actor: Actor, patient_id: UUID) -> None:
    if actor.patient_id is None:
        actor.require("education.read")
        return
    actor.require("education.read_own")
    if actor.patient_id != patient_id:
        raise Refused("There is no such record.", status=404)
