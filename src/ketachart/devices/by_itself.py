"""Charting from a monitor without a tap, only where the clinic lead has set that no confirmation is asked.

Never an unusual value, never from a device that names another person or whose clock is called wrong: those wait for a person.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ketachart.devices.commands import OfferTaken, chart_offer
from ketachart.devices.models import Device, Placement
from ketachart.devices.queries import Present, asks_confirmation, present
from ketachart.devices.rules import Offer
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.treatment.due import due_items
from ketachart.treatment.models import IN_THE_ROOM, TreatmentSession

PERMISSIONS = frozenset({"treatment.read", "treatment.chart", "people.read", "devices.read"})


def chart_what_is_due(at: datetime) -> int:
    """Chart the due readings of every session that a monitor can give. Returns how many entries were made."""
    charted = 0
    for clinic_id in set(Placement.objects.filter(until_at=None).values_list("clinic_id", flat=True)):
        if asks_confirmation(clinic_id, at):
            continue
        rooms = Placement.objects.filter(clinic_id=clinic_id, until_at=None, device__kind="monitor")
        sessions = TreatmentSession.objects.filter(
            clinic_id=clinic_id, phase__in=IN_THE_ROOM, room_id__in=rooms.values("room_id")
        )
        for session_id in sessions.values_list("id", flat=True):
            charted += _chart_session(clinic_id, session_id, at)
    return charted


def _chart_session(clinic_id: UUID, session_id: UUID, at: datetime) -> int:
    seen = present(Actor.system(clinic_id, permissions=PERMISSIONS), session_id, at)
    if seen.names_another or any(line.clock_warning for line in seen.devices):
        return 0
    wanted = missing_now(seen, at)
    charted = 0
    for device, offer in seen.offers:
        if offer.unusual or not wanted.intersection(offer.content):
            continue
        actor = Actor(None, clinic_id, device.name, "system", PERMISSIONS, device=device.name)
        try:
            chart_offer(actor, taken(session_id, device, offer))
            charted += 1
        except Refused:
            continue  # the chart's own guard says no: it waits for a person
    return charted


def missing_now(seen: Present, at: datetime) -> set[str]:
    """Measures that are due now and not there."""
    return {
        measure for item in due_items(seen.state, at) if item.status in {"due", "overdue"} for measure in item.missing
    }


def taken(session_id: UUID, device: Device, offer: Offer) -> OfferTaken:
    return OfferTaken(
        session_id=str(session_id),
        device_id=str(device.id),
        device=device.name,
        about=offer.about,
        at=offer.at,
        content=offer.content,
        sources=tuple(sorted(set(offer.taken_from.values()))),
    )
