"""Every write of education: a text is handed out, a text is read."""

from __future__ import annotations

from datetime import datetime
from typing import get_args
from uuid import UUID

from ketachart.education.kinds import GivenTo, How, TextHandedOut, TextRead
from ketachart.education.models import HandOut, Reading
from ketachart.knowledge.patient_texts import PatientText, text_version
from ketachart.people.queries import patient_for
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, patient_stream
from ketachart.record.errors import Refused
from ketachart.record.unit_of_work import unit_of_work


def hand_out(
    actor: Actor,
    *,
    patient_id: UUID,
    text_id: str,
    version: str,
    sha256: str,
    given_to: str,
    given_to_name: str,
    how: str,
    note: str,
    at: datetime,
) -> HandOut:
    """Charted as what was really handed over: this version, these words, to this person, by the one who is signed in."""
    actor.require("education.hand_out")
    with unit_of_work():
        patient = patient_for(actor, patient_id)
        text = _unaltered(text_id, version, sha256)
        if not text.in_force(at.date()):
            raise Refused("This version is no longer in force.", fix="Hand out the newest version.", status=409)
        if given_to not in get_args(GivenTo):
            raise Refused("Nobody is chosen.", field="given_to", fix="Choose who received it.")
        if how not in get_args(How):
            raise Refused("It is not said how.", field="how", fix="Choose how it was handed over.")
        name = " ".join(given_to_name.split())
        if given_to == "patient":
            name = f"{patient.given_name} {patient.family_name}"
        elif not name:
            raise Refused("The name is missing.", field="given_to_name", fix="Type who received it.")
        event = append_event(
            actor=actor,
            stream=patient_stream(actor, patient_id),
            effective_at=at,
            content=TextHandedOut(
                text_id=text.id,
                text_kind=text.kind,
                text_version=text.version,
                text_sha256=text.sha256,
                title=text.title,
                given_to=given_to,  # type: ignore[arg-type]
                given_to_name=name,
                how=how,  # type: ignore[arg-type]
                note=note.strip() or None,
            ),
        )
        return HandOut.objects.create(
            clinic_id=actor.clinic_id,
            event_id=event.id,
            charted_at=event.recorded_at,
            charted_by_name=actor.name,
            patient_id=patient_id,
            text_id=text.id,
            text_version=text.version,
        )


def mark_read(actor: Actor, *, text_id: str, version: str, sha256: str, at: datetime) -> Reading:
    """The patient's own word. Saying it twice is harmless."""
    actor.require("education.read_own")
    if actor.patient_id is None:
        raise Refused("Only the patient can say this.", status=403)
    with unit_of_work():
        text = _unaltered(text_id, version, sha256)
        already: Reading | None = (
            Reading.objects.visible_to(actor)
            .filter(patient_id=actor.patient_id, text_id=text.id, text_version=text.version)
            .first()
        )
        if already is not None:
            return already
        content = TextRead(text_id=text.id, text_version=text.version, text_sha256=text.sha256, title=text.title)
        event = append_event(
            actor=actor, stream=patient_stream(actor, actor.patient_id), effective_at=at, content=content
        )
        return Reading.objects.create(
            clinic_id=actor.clinic_id,
            event_id=event.id,
            charted_at=event.recorded_at,
            charted_by_name=actor.name,
            patient_id=actor.patient_id,
            text_id=text.id,
            text_version=text.version,
        )


def _unaltered(text_id: str, version: str, sha256: str) -> PatientText:
    text = text_version(text_id, version)
    if text is None:
        raise Refused("There is no such version of this text.", status=404)
    if text.sha256 != sha256:
        raise Refused(
            "The text has changed since it was opened.", fix="Read the text that is shown now, then go on.", status=409
        )
    return text
