"""A clinic with a room, a person in it, a registered monitor standing there, and what it sends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from ketachart.devices import commands
from ketachart.devices.models import Device
from ketachart.devices.simulator import oru
from ketachart.devices.storing import Arrived, Storage, Stored
from ketachart.people.commands import open_room, register_patient
from ketachart.people.models import Patient, Room
from ketachart.people.rules import Details
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.models import Clinic
from ketachart.treatment import commands as treatment
from ketachart.treatment.models import TreatmentSession
from tests.treatment import charting

from .sent import APPLICATION, FACILITY

ADDRESS = "127.0.0.1"


@pytest.fixture
def now() -> datetime:
    return clock.now().replace(microsecond=0)


@pytest.fixture
def room(actor: Callable[..., Actor], now: datetime) -> Room:
    return open_room(actor("clinic_lead"), name="Room 1", order=1, at=now)


@pytest.fixture
def patient(actor: Callable[..., Actor], now: datetime) -> Patient:
    details = Details(given_name="Ada", family_name="Example", birth_date=date(1986, 5, 4), sex_at_birth="female")
    return register_patient(actor("front_desk"), details=details, at=now, is_synthetic=True)


@pytest.fixture
def session(actor: Callable[..., Actor], patient: Patient, room: Room, now: datetime) -> TreatmentSession:
    """Opened half an hour ago in the room, nothing given yet."""
    first, opened_at = charting.opened(), now - timedelta(minutes=30)
    return treatment.open_session(
        actor("nurse"),
        patient_id=patient.id,
        plan=first.plan,
        patient=msgspec.structs.replace(first.patient, weight_measured_at=opened_at),
        plan_id=patient.id,
        room_id=room.id,
        room=room.name,
        at=opened_at,
    )


@pytest.fixture
def register(actor: Callable[..., Actor], now: datetime) -> Callable[..., Device]:
    def make(**changes: Any) -> Device:
        values: dict[str, Any] = {
            "name": "Monitor 1",
            "kind": "monitor",
            "application": APPLICATION,
            "facility": FACILITY,
            "address": ADDRESS,
            "at": now - timedelta(days=1),
            **changes,
        }
        return commands.register_device(actor("clinic_lead"), **values)

    return make


@pytest.fixture
def monitor(register: Callable[..., Device], actor: Callable[..., Actor], room: Room, now: datetime) -> Device:
    """Registered, and in the room for an hour."""
    device = register()
    commands.place_device(actor("nurse"), device.id, room_id=room.id, at=now - timedelta(hours=1))
    return device


@pytest.fixture
def storage(clinic: Clinic) -> Storage:
    return Storage(clinic.id)


Send = Callable[..., Stored]


@pytest.fixture
def send(storage: Storage, now: datetime) -> Send:
    """``send({"heart_rate_per_min": 72}, ago=5)``: one message, sent and received so many seconds ago."""
    numbers = iter(range(1, 100_000))

    def store(
        values: dict[str, float] | None = None, *, ago: float = 0, ahead: float = 0, address: str = ADDRESS, **more: Any
    ) -> Stored:
        received = now - timedelta(seconds=ago)
        raw = more.pop("raw", None) or oru(
            values or {"heart_rate_per_min": 72},
            at=received + timedelta(seconds=ahead),
            control_id=more.pop("control_id", str(next(numbers))),
            unit=more.pop("unit", "SIM-1"),
            **more,
        )
        (stored,) = storage.store([Arrived(raw, address, received)])
        return stored

    return store
