"""Who is who, as the listener needs it: devices by what they call themselves, and whose session is in which room when."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

from ketachart.devices.messages import Message
from ketachart.devices.models import Device, Placement
from ketachart.devices.rules import clock_offset_ms, names_another
from ketachart.people.models import Patient
from ketachart.record.models import Clinic
from ketachart.treatment.models import IN_THE_ROOM, TreatmentSession

LOOK_BACK = timedelta(hours=24)
CLOCK_WINDOW_MS = 600_000


@dataclass(frozen=True, slots=True)
class Stay:
    """A session in a room, from its opening until the person left it."""

    session_id: UUID
    room_id: UUID
    from_at: datetime
    until_at: datetime | None
    mrn: str


@dataclass(frozen=True, slots=True)
class Whose:
    """Where an observation belongs, or why it waits."""

    why: str = ""
    room_id: UUID | None = None
    session_id: UUID | None = None


@dataclass
class ClockWatch:
    """How far one device's clock is off, from the messages of the last ten minutes."""

    seen: deque[tuple[int, int]] = field(default_factory=deque)

    def offset_ms(self, sent_ms: int | None, received_ms: int) -> int:
        if sent_ms is not None:
            self.seen.append((sent_ms, received_ms))
        while self.seen and self.seen[0][1] < received_ms - CLOCK_WINDOW_MS:
            self.seen.popleft()
        return clock_offset_ms(self.seen) or 0


class Directory:
    """One clinic's devices, places and stays as of one moment."""

    def __init__(self, clinic_id: UUID, at: datetime) -> None:
        clinic = Clinic.objects.get(id=clinic_id)
        self.zone: tzinfo = ZoneInfo(clinic.timezone)
        devices = list(Device.objects.filter(clinic_id=clinic_id, retired_at=None))
        self._devices: dict[tuple[str, str, str], list[Device]] = {}
        for device in sorted(devices, key=lambda one: not one.equipment):  # the most particular first
            self._devices.setdefault((device.address, device.application, device.facility), []).append(device)
        self._placements: dict[UUID, list[Placement]] = {}
        since = at - LOOK_BACK
        for placement in Placement.objects.filter(clinic_id=clinic_id).exclude(until_at__lt=since):
            self._placements.setdefault(placement.device_id, []).append(placement)
        self._stays: dict[UUID, list[Stay]] = {}
        sessions = TreatmentSession.objects.filter(clinic_id=clinic_id, room_id__isnull=False)
        recent = [one for one in sessions.filter(opened_at__gte=since) if one.is_in_the_room or one.discharged_at]
        recent += list(sessions.filter(opened_at__lt=since, phase__in=IN_THE_ROOM))
        mrns = dict(Patient.objects.filter(id__in=[one.patient_id for one in recent]).values_list("id", "mrn"))
        for one in recent:
            assert one.room_id is not None
            stay = Stay(one.id, one.room_id, one.opened_at, one.discharged_at, mrns.get(one.patient_id, ""))
            self._stays.setdefault(stay.room_id, []).append(stay)

    def device(self, address: str, message: Message) -> Device | None:
        for device in self._devices.get((address, message.application, message.facility), []):
            if not device.equipment or device.equipment == message.equipment:
                return device
        return None

    def knows_address(self, address: str) -> bool:
        return any(key[0] == address for key in self._devices)

    def zone_of(self, device: Device | None) -> tzinfo:
        return ZoneInfo(device.timezone) if device is not None and device.timezone else self.zone

    def whose(self, device: Device, at: datetime, person: str | None) -> Whose:
        """The session in the room where the device stood at that time."""
        room_id = next(
            (
                one.room_id
                for one in self._placements.get(device.id, [])
                if one.from_at <= at and (one.until_at is None or at < one.until_at)
            ),
            None,
        )
        if room_id is None:
            return Whose("no room")
        stay = next(
            (
                one
                for one in self._stays.get(room_id, [])
                if one.from_at <= at and (one.until_at is None or at < one.until_at)
            ),
            None,
        )
        if stay is None:
            return Whose("no session", room_id)
        if person and names_another(person, stay.mrn):
            return Whose("another person", room_id)
        return Whose("", room_id, stay.session_id)
