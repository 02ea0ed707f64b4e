"""Signing a consent and taking it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from ketachart.intake import rules
from ketachart.intake.kinds import ConsentSigned, ConsentWithdrawn, Intended
from ketachart.intake.models import Consent, ConsentWithdrawal
from ketachart.knowledge import loader
from ketachart.people.queries import patient_for
from ketachart.people.rules import plain
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, patient_stream
from ketachart.record.errors import Refused
from ketachart.record.unit_of_work import unit_of_work

LONGEST_DRAWING = 40_000


def sign_consent(
    actor: Actor,
    *,
    patient_id: UUID,
    intended: Intended,
    text_id: str,
    text_version: str,
    text_sha256: str,
    typed_name: str,
    agreed: bool,
    at: datetime,
    teach_back: Mapping[str, int | None] | None = None,
    drawn: str | None = None,
    place: str = "clinic",
) -> Consent:
    """The person's own act: they agreed to exactly these words, for exactly this.

    On their own phone the patient is the actor. On a clinic tablet a member of staff is, and is named as the witness.
    """
    actor.require("intake.consent_own", "intake.consent_witness")
    with unit_of_work():
        patient = patient_for(actor, patient_id)
        text = loader.consent_text(
            product=intended.product,
            route=intended.route,
            indication=intended.indication,
            on=at.date(),
            place=place,
        )
        if text is None:
            raise Refused("There is no consent text for this product, route and indication.", status=404)
        if (text.id, text.version, text.sha256) != (text_id, text_version, text_sha256):
            raise Refused(
                "The text has changed since it was opened.",
                fix="Read the text that is shown now, then sign.",
                status=409,
            )
        if not agreed:
            raise Refused("The agreement is not ticked.", field="agreed", fix="Tick it if you agree; leave it if not.")
        full_name = f"{patient.given_name} {patient.family_name}"
        if plain(typed_name) != plain(full_name):
            raise Refused(
                "This is not the name in the record.", field="typed_name", fix=f"Type your full name: {full_name}."
            )
        _refuse_wrong_drawing(drawn)
        where: Literal["own phone", "clinic tablet"] = "own phone" if actor.patient_id else "clinic tablet"
        answers = teach_back or {}
        content = ConsentSigned(
            intended=intended,
            text_id=text.id,
            text_version=text.version,
            language=text.language,
            text_sha256=text.sha256,
            typed_name=" ".join(typed_name.split()),
            where=where,
            witness_name=None if actor.patient_id else actor.name,
            teach_back={
                one.id: answers[one.id] == one.right for one in text.teach_back if answers.get(one.id) is not None
            },
            drawn=drawn or None,
        )
        event = append_event(actor=actor, stream=patient_stream(actor, patient_id), content=content, effective_at=at)
        return Consent.objects.create(
            clinic_id=actor.clinic_id,
            event_id=event.id,
            charted_at=event.recorded_at,
            charted_by_name=actor.name,
            patient_id=patient_id,
            product=intended.product,
            route=intended.route,
            indication=intended.indication,
            text_id=text.id,
            text_version=text.version,
            text_sha256=text.sha256,
            signed_at=at,
        )


def withdraw_consent(actor: Actor, *, consent_id: UUID, reason: str | None, at: datetime) -> ConsentWithdrawal:
    """At any time, without giving a reason. Withdrawing twice is harmless."""
    actor.require("intake.consent_own", "intake.consent_witness")
    with unit_of_work():
        consent = Consent.objects.visible_to(actor).filter(id=consent_id).first()
        if consent is None or (actor.patient_id is not None and actor.patient_id != consent.patient_id):
            raise Refused("There is no such consent.", status=404)
        already: ConsentWithdrawal | None = ConsentWithdrawal.objects.filter(consent=consent).first()
        if already is not None:
            return already
        content = ConsentWithdrawn(
            consent_id=consent.id,
            reason=(reason or "").strip() or None,
            by_patient=actor.patient_id is not None,
        )
        event = append_event(
            actor=actor, stream=patient_stream(actor, consent.patient_id), content=content, effective_at=at
        )
        return ConsentWithdrawal.objects.create(
            clinic_id=actor.clinic_id,
            event_id=event.id,
            charted_at=event.recorded_at,
            charted_by_name=actor.name,
            consent=consent,
            withdrawn_at=at,
        )


def _refuse_wrong_drawing(drawn: str | None) -> None:
    if not drawn:
        return
    problem = Refused("The drawn signature cannot be read.", field="drawn", fix="Clear it and sign again, or leave it.")
    if len(drawn) > LONGEST_DRAWING:
        raise problem
    try:
        rules.drawn_strokes(drawn)
    except (ValueError, msgspec.DecodeError):
        raise problem from None
