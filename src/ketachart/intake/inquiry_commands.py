"""Inquiries from the public page, what the front desk does with them, services and waiting lists."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from ketachart.intake.kinds import InquiryHandled, InquiryReceived, ServiceSet, WaitingListChanged
from ketachart.intake.models import Inquiry, Service, WaitingListEntry
from ketachart.people.commands import register_patient
from ketachart.people.models import Patient
from ketachart.people.queries import patient_for
from ketachart.people.rules import Details, checked_name, checked_phone
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, clinic_stream
from ketachart.record.errors import Refused
from ketachart.record.identity import new_id
from ketachart.record.models import Clinic
from ketachart.record.unit_of_work import unit_of_work

AGREED_TO = "The clinic may contact me about this inquiry."
LONGEST_MESSAGE = 2000


def visitor(clinic: Clinic) -> Actor:
    """Somebody on the public page, who may do nothing but send an inquiry."""
    return Actor.system(clinic.id, name="A visitor", permissions=frozenset({"intake.inquire"}))


def receive_inquiry(
    actor: Actor,
    *,
    given_name: str,
    family_name: str,
    email: str | None,
    phone: str | None,
    prefers: str | None,
    message: str | None,
    service_codes: Sequence[str],
    agreed: bool,
    at: datetime,
) -> Inquiry:
    """Write an inquiry down. A visitor and the front desk (on the telephone) both end here."""
    actor.require("intake.inquire", "intake.inquiries")
    given_name = checked_name(given_name, "given_name", "Given name")
    family_name = checked_name(family_name, "family_name", "Family name")
    phone, email = checked_phone(phone, "phone"), _checked_email(email)
    if phone is None and email is None:
        raise Refused(
            "We have no way to reach you.", field="phone", fix="Give a telephone number or an e-mail address."
        )
    if prefers in ("phone", "text") and phone is None:
        raise Refused("There is no telephone number to use.", field="phone", fix="Give one, or choose e-mail.")
    if prefers == "email" and email is None:
        raise Refused("There is no e-mail address to use.", field="email", fix="Give one, or choose telephone.")
    if not agreed:
        raise Refused("Without your agreement we may not contact you.", field="agreed", fix="Tick it to send.")
    message = (message or "").strip() or None
    if message and len(message) > LONGEST_MESSAGE:
        raise Refused(f"This has {len(message)} characters.", field="message", fix=f"At most {LONGEST_MESSAGE}.")
    with unit_of_work():
        wanted = list(Service.objects.visible_to(actor).filter(code__in=service_codes).exclude(state="retired"))
        if len(wanted) != len(set(service_codes)):
            raise Refused("One of these services is not offered.", field="services", fix="Choose from the list.")
        inquiry = Inquiry.objects.create(
            clinic_id=actor.clinic_id,
            received_at=at,
            given_name=given_name,
            family_name=family_name,
            email=email,
            phone=phone,
            prefers=prefers or None,
            message=message,
            agreed_at=at,
        )
        content = InquiryReceived(
            inquiry_id=inquiry.id,
            name=inquiry.name,
            email=email,
            phone=phone,
            prefers=inquiry.prefers,
            message=message,
            services=tuple(one.code for one in wanted),
            agreed_to=AGREED_TO,
        )
        append_event(actor=actor, stream=clinic_stream(actor), content=content, effective_at=at)
        for service in wanted:
            if service.takes_names:
                _join(actor, inquiry, service, at)
    return inquiry


def mark_contacted(actor: Actor, *, inquiry_id: UUID, note: str, at: datetime) -> Inquiry:
    actor.require("intake.inquiries")
    if not note.strip():
        raise Refused("The note is missing.", field="note", fix="Say how you reached them and what was agreed.")
    with unit_of_work():
        inquiry = _open_inquiry(actor, inquiry_id)
        return _handled(actor, inquiry, "contacted", Inquiry.CONTACTED, note, at)


def register_from_inquiry(
    actor: Actor,
    *,
    inquiry_id: UUID,
    details: Details,
    at: datetime,
    confirmed_different_from: Collection[UUID] = (),
) -> Patient:
    """Make the visitor a patient. Raises PossibleDuplicate as registering by hand does."""
    actor.require("intake.inquiries")
    with unit_of_work():
        inquiry = _open_inquiry(actor, inquiry_id)
        patient = register_patient(actor, details=details, at=at, confirmed_different_from=confirmed_different_from)
        _handled(actor, inquiry, "registered", Inquiry.REGISTERED, "", at, patient_id=patient.id)
    return patient


def link_inquiry(actor: Actor, *, inquiry_id: UUID, patient_id: UUID, at: datetime) -> Inquiry:
    """This visitor is somebody who is a patient already."""
    actor.require("intake.inquiries")
    with unit_of_work():
        inquiry = _open_inquiry(actor, inquiry_id)
        patient = patient_for(actor, patient_id)
        return _handled(actor, inquiry, "linked", Inquiry.LINKED, "", at, patient_id=patient.id)


def link_to_inquiry(actor: Actor, *, inquiry_id: UUID, same_as_id: UUID, at: datetime) -> Inquiry:
    """The same person wrote twice: this inquiry closes, the other one goes on."""
    actor.require("intake.inquiries")
    with unit_of_work():
        inquiry = _open_inquiry(actor, inquiry_id)
        other = Inquiry.objects.visible_to(actor).filter(id=same_as_id).exclude(id=inquiry_id).first()
        if other is None:
            raise Refused("There is no such inquiry.", field="same_as", status=404)
        inquiry.same_as = other
        inquiry.save(update_fields=["same_as"])
        return _handled(actor, inquiry, "linked", Inquiry.LINKED, f"Same as {other.name}", at)


def decline_inquiry(actor: Actor, *, inquiry_id: UUID, reason: str, at: datetime) -> Inquiry:
    actor.require("intake.inquiries")
    if not reason.strip():
        raise Refused("The reason is missing.", field="reason", fix="Say why, and what you recommended instead.")
    with unit_of_work():
        inquiry = _open_inquiry(actor, inquiry_id)
        return _handled(actor, inquiry, "declined", Inquiry.DECLINED, reason, at)


def change_waiting(
    actor: Actor, *, entry_id: UUID, what: Literal["offered", "left"], note: str, at: datetime
) -> WaitingListEntry:
    """Offer a place, or take somebody off the list."""
    actor.require("intake.inquiries")
    if what not in ("offered", "left"):
        raise Refused(f"“{what}” is not possible.", field="what", fix="Offered or left.")
    with unit_of_work():
        entry: WaitingListEntry | None = (
            WaitingListEntry.objects.visible_to(actor).select_related("service").filter(id=entry_id).first()
        )
        if entry is None:
            raise Refused("Nobody waits under this.", status=404)
        entry.status, entry.changed_at, entry.note = what, at, note.strip()[:300]
        entry.save(update_fields=["status", "changed_at", "note"])
        content = WaitingListChanged(entry_id=entry.id, service=entry.service.code, what=what, note=entry.note or None)
        append_event(actor=actor, stream=clinic_stream(actor), content=content, effective_at=at)
    return entry


def set_service(
    actor: Actor, *, code: str, title: str, summary: str, state: str, at: datetime, place: int | None = None
) -> Service:
    """Add a service or change what is said about it."""
    actor.require("intake.services")
    code = code.strip().lower()
    if not re.fullmatch(r"[a-z0-9-]{2,40}", code):
        raise Refused(
            "This is not a short name.", field="code", fix="Small letters, digits and dashes, as in “spravato”."
        )
    title = checked_name(title, "title", "Name of the service")
    if state not in Service.STATES:
        raise Refused(f"“{state}” is not a state.", field="state", fix=f"One of: {', '.join(Service.STATES)}.")
    with unit_of_work():
        said = {"title": title[:120], "summary": summary.strip()[:300], "state": state}
        said_place = {} if place is None else {"place": place}
        service, _ = Service.objects.update_or_create(
            clinic_id=actor.clinic_id,
            code=code,
            defaults={**said, **said_place},
            create_defaults={"id": new_id(), **said, "place": Service.objects.visible_to(actor).count(), **said_place},
        )
        content = ServiceSet(
            service_id=service.id, code=code, title=service.title, summary=service.summary, state=state
        )
        append_event(actor=actor, stream=clinic_stream(actor), content=content, effective_at=at)
    return service


def _join(actor: Actor, inquiry: Inquiry, service: Service, at: datetime) -> None:
    entry = WaitingListEntry.objects.create(clinic_id=actor.clinic_id, inquiry=inquiry, service=service, joined_at=at)
    content = WaitingListChanged(entry_id=entry.id, service=service.code, what="joined")
    append_event(actor=actor, stream=clinic_stream(actor), content=content, effective_at=at)


def _open_inquiry(actor: Actor, inquiry_id: UUID) -> Inquiry:
    inquiry: Inquiry | None = Inquiry.objects.visible_to(actor).select_for_update().filter(id=inquiry_id).first()
    if inquiry is None:
        raise Refused("There is no such inquiry.", status=404)
    if not inquiry.is_open:
        raise Refused(
            f"{inquiry.handled_by_name} has handled this already ({inquiry.get_status_display()}).", status=409
        )
    return inquiry


def _handled(
    actor: Actor,
    inquiry: Inquiry,
    what: str,
    status: str,
    note: str,
    at: datetime,
    *,
    patient_id: UUID | None = None,
) -> Inquiry:
    inquiry.status, inquiry.handled_at, inquiry.handled_by_name = status, at, actor.name
    inquiry.note, inquiry.patient_id = note.strip()[:500], patient_id
    inquiry.save(update_fields=["status", "handled_at", "handled_by_name", "note", "patient_id"])
    content = InquiryHandled(inquiry_id=inquiry.id, what=what, note=inquiry.note or None, patient_id=patient_id)  # type: ignore[arg-type]
    append_event(actor=actor, stream=clinic_stream(actor), content=content, effective_at=at)
    return inquiry


def _checked_email(email: str | None) -> str | None:
    tidy = (email or "").strip()
    if not tidy:
        return None
    if not re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", tidy) or len(tidy) > 254:
        raise Refused("This is not an e-mail address.", field="email", fix="Like name@example.org.")
    return tidy
