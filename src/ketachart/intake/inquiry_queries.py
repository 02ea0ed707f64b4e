"""What came in from visitors: services, inquiries, waiting lists."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, Q

from ketachart.intake.models import Inquiry, Service, WaitingListEntry
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused


def services(clinic_id: UUID) -> list[Service]:
    """What visitors see: everything but what is no longer offered."""
    return list(Service.objects.filter(clinic_id=clinic_id).exclude(state="retired"))


def all_services(actor: Actor) -> list[Service]:
    actor.require("intake.inquiries", "intake.services")
    waiting = Count("entries", filter=Q(entries__status="waiting"))
    return list(Service.objects.visible_to(actor).annotate(waiting=waiting).order_by("place", "title"))


def inquiries(actor: Actor, *, handled: bool = False, limit: int = 100) -> list[Inquiry]:
    actor.require("intake.inquiries")
    rows = Inquiry.objects.visible_to(actor).prefetch_related("entries__service")
    open_statuses = [Inquiry.NEW, Inquiry.CONTACTED]
    if handled:
        return list(rows.exclude(status__in=open_statuses).order_by("-handled_at")[:limit])
    return list(rows.filter(status__in=open_statuses).order_by("received_at")[:limit])


def inquiry(actor: Actor, inquiry_id: UUID) -> Inquiry:
    actor.require("intake.inquiries")
    row = Inquiry.objects.visible_to(actor).filter(id=inquiry_id).prefetch_related("entries__service").first()
    if row is None:
        raise Refused("There is no such inquiry.", status=404)
    return row


def similar_inquiries(actor: Actor, one: Inquiry) -> list[Inquiry]:
    """Others that may come from the same person: same telephone, e-mail or name."""
    same = Q(given_name__iexact=one.given_name, family_name__iexact=one.family_name)
    if one.phone:
        same |= Q(phone=one.phone)
    if one.email:
        same |= Q(email__iexact=one.email)
    return list(Inquiry.objects.visible_to(actor).filter(same).exclude(id=one.id).order_by("-received_at")[:10])


def waiting_list(actor: Actor, service_code: str) -> list[WaitingListEntry]:
    actor.require("intake.inquiries")
    rows = WaitingListEntry.objects.visible_to(actor).filter(service__code=service_code)
    return list(rows.select_related("inquiry", "service").order_by("status", "joined_at"))
