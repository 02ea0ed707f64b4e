"""Reads across the parts. Each page stays under ten statements, whatever the number of patients."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from ketachart.aftercare.models import CheckIn
from ketachart.course.models import Plan
from ketachart.desk.timeline import TOLD_IN_THE_ROOM
from ketachart.intake.models import Inquiry
from ketachart.record.actor import Actor
from ketachart.record.models import Event
from ketachart.treatment.models import IN_THE_ROOM, TreatmentSession

RECENT = 200


def events_of_patient(actor: Actor, patient_id: UUID, *, limit: int = RECENT) -> list[Event]:
    """The person's own stream and all their sessions, newest first: one statement."""
    rows = Event.objects.visible_to(actor).filter(stream__clinic_id=actor.clinic_id, stream__patient_id=patient_id)
    return list(rows.exclude(kind__in=TOLD_IN_THE_ROOM).order_by("-position")[:limit])


def sessions_at_work(actor: Actor) -> list[TreatmentSession]:
    """Those in a room, and those that are over and not signed: oldest first."""
    actor.require("treatment.read")
    rows = TreatmentSession.objects.visible_to(actor).filter(phase__in=[*IN_THE_ROOM, "discharged"])
    return sorted(rows, key=lambda one: (one.phase == "discharged", one.opened_at))


def plans_to_countersign(actor: Actor) -> list[Plan]:
    """Plans of other people that wait for a second signature and were neither withdrawn nor replaced."""
    actor.require("course.second_sign")
    newer = Plan.objects.filter(course=OuterRef("course"), version__gt=OuterRef("version"))
    rows = Plan.objects.visible_to(actor).filter(needs_second_signature=True, countersignature=None, withdrawal=None)
    return list(rows.exclude(written_by=actor.user_id).exclude(Exists(newer)).order_by("charted_at"))


def open_inquiries(actor: Actor) -> list[Inquiry]:
    """Visitors who wrote and whom nobody has registered or answered for good: oldest first."""
    actor.require("intake.inquiries")
    rows = Inquiry.objects.visible_to(actor).filter(status__in=[Inquiry.NEW, Inquiry.CONTACTED])
    return list(rows.order_by("received_at"))


def check_ins_to_read(actor: Actor, at: datetime) -> list[CheckIn]:
    """Answered and not reviewed, or late and not answered: what somebody has to look at."""
    actor.require("aftercare.read")
    rows = CheckIn.objects.visible_to(actor).filter(reviewed_at=None)
    return list(rows.filter(Q(answered_at__isnull=False) | Q(late_at__lte=at)).order_by("late_at"))
