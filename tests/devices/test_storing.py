"""What arrives is kept: as telemetry, or with the reason why it is not; once, and before it is acknowledged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from ketachart.devices import commands, packing
from ketachart.devices.allowance import MESSAGES_PER_HOUR, Allowance
from ketachart.devices.listener import HALF
from ketachart.devices.models import Arrival, Device, KeptMessage, Packet, Waiting
from ketachart.devices.packing import messages_in, samples_in, seal
from ketachart.devices.sealed import check_sealed
from ketachart.devices.storing import Arrived, Storage
from ketachart.devices.telemetry import unpack_samples
from ketachart.people.models import Room
from ketachart.record.actor import Actor
from ketachart.record.models import Clinic
from ketachart.treatment.models import TreatmentSession

from .sent import message

pytestmark = pytest.mark.django_db


def queue() -> list[tuple[str, int]]:
    return [(line.why, line.count) for line in Waiting.objects.filter(state="waiting").order_by("first_at")]


def test_a_message_of_a_registered_monitor_in_a_session_is_kept_and_nothing_waits(
    send: Any, monitor: Device, session: TreatmentSession
):
    assert send({"heart_rate_per_min": 72}).problem is None
    (arrival,) = Arrival.objects.all()
    assert arrival.device_id == monitor.id
    assert bytes(arrival.raw).startswith(b"MSH|")
    assert [(one.measure, one.value) for one in samples_in(arrival)] == [("heart_rate_per_min", 72.0)]
    assert queue() == []


def test_the_same_message_again_is_accepted_and_stored_once_also_after_a_restart(
    send: Any, monitor: Device, session: TreatmentSession, clinic: Clinic, now: datetime
):
    raw = message(at=now)
    for _ in range(3):
        assert send(raw=raw).problem is None
    (stored,) = Storage(clinic.id).store([Arrived(raw, "127.0.0.1", now)])
    assert stored.problem is None
    assert Arrival.objects.count() == 1
    seal(clinic.id, monitor.id, until=now + timedelta(minutes=1))
    Storage(clinic.id).store([Arrived(raw, "127.0.0.1", now)])
    assert Arrival.objects.count() == 0, "it is known from the packet"


def test_the_same_number_with_other_content_is_another_message(send: Any, monitor: Device, session: TreatmentSession):
    send({"heart_rate_per_min": 72}, control_id="7")
    send({"heart_rate_per_min": 73}, control_id="7")
    assert Arrival.objects.count() == 2


def test_a_stranger_cannot_make_a_devices_message_a_repetition(
    send: Any, monitor: Device, session: TreatmentSession, now: datetime
):
    raw = message(at=now)
    assert send(raw=raw, address="10.0.0.66").problem is None
    assert send(raw=raw).problem is None
    assert Arrival.objects.count() == 1
    assert KeptMessage.objects.count() == 1


def test_an_unregistered_sender_waits_and_is_never_telemetry(send: Any, session: TreatmentSession):
    for ago in (3, 2, 1):
        assert send(ago=ago).problem is None
    assert Arrival.objects.count() == 0
    assert queue() == [("unregistered", 3)]
    assert KeptMessage.objects.filter(why="unregistered").count() == 3


@pytest.mark.parametrize(
    "change", [{"address": "10.0.0.9"}, {"application": "OTHER"}, {"facility": "OTHER"}, {"equipment": "SIM-2"}]
)
def test_only_the_whole_identity_is_the_device(
    register: Callable[..., Device], send: Any, clinic: Clinic, change: dict[str, str]
):
    register(**change)
    send()
    assert Arrival.objects.count() == 0
    assert queue() == [("unregistered", 1)]


def test_two_monitors_behind_one_gateway_are_told_apart_by_their_unit(register: Callable[..., Device], send: Any):
    register(name="Bed 1", equipment="SIM-1")
    register(name="Bed 2", equipment="SIM-2")
    send(unit="SIM-2")
    assert [one.device.name for one in Arrival.objects.all()] == ["Bed 2"]


def test_a_device_in_no_room_and_a_room_with_nobody_in_it_wait_by_stretches(
    register: Callable[..., Device], actor: Callable[..., Actor], send: Any, storage: Storage, room: Room, now: datetime
):
    device = register()
    for ago in (3000, 2999, 2998, 1000):
        send(ago=ago)
    assert queue() == [("no room", 3), ("no room", 1)]
    commands.place_device(actor("nurse"), device.id, room_id=room.id, at=now - timedelta(seconds=100))
    storage._directory = None
    send(ago=10)
    assert queue() == [("no room", 3), ("no room", 1), ("no session", 1)]
    assert Arrival.objects.count() == 5, "waiting or not, it is the device's telemetry"


def test_a_monitor_that_names_another_person_waits(send: Any, monitor: Device, session: TreatmentSession, patient: Any):
    send(person=patient.mrn)
    assert queue() == []
    send(person="OTHER-1")
    assert queue() == [("another person", 1)]


def test_data_that_was_sent_late_belongs_to_the_time_of_measurement(
    send: Any, monitor: Device, session: TreatmentSession, now: datetime
):
    send(ago=20)  # live: the clock is right
    before = now - timedelta(minutes=40)
    send(ago=10, raw=message({"heart_rate_per_min": 70}, at=before))
    assert queue() == [("no session", 1)], "forty minutes ago nobody's session was in the room"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"MSH",
        b"\xff" * 50,
        b"MSH|^~\\&|KETACHART^SIMULATOR|SYNTHETIC|||20261122||ORU^R01|1|P|2.6\rOBX",
        b"GET / HTTP/1.1\r\n",
    ],
)
def test_what_cannot_be_read_is_kept_byte_for_byte_with_the_reason(send: Any, monitor: Device, raw: bytes):
    stored = send(raw=raw or b"\x00")
    assert stored.problem is not None
    (kept,) = KeptMessage.objects.all()
    assert bytes(kept.raw) == (raw or b"\x00")
    assert kept.why == "unreadable"
    assert kept.problem
    assert Arrival.objects.count() == 0


def test_half_a_message_is_kept_as_half_a_message(storage: Storage, monitor: Device, now: datetime):
    (stored,) = storage.store([Arrived(message(at=now)[:80], "127.0.0.1", now, HALF)])
    assert stored.problem == HALF
    assert KeptMessage.objects.get().whole is False


def test_a_nul_in_a_name_is_stored_on_either_database(send: Any, now: datetime):
    send(raw=message(at=now).replace(b"SYNTHETIC", b"SYN\x00THETIC"))
    assert b"\x00" in bytes(KeptMessage.objects.get().raw)


def test_a_flood_of_strangers_is_refused_and_never_acknowledged(send: Any, storage: Storage):
    storage._allowance = Allowance()
    for _ in range(MESSAGES_PER_HOUR):
        storage._allowance.take("127.0.0.1", 10, 0.0 + __import__("time").monotonic())
    stored = send()
    assert stored.problem is not None
    assert KeptMessage.objects.count() == 0


def test_the_allowance_comes_back_and_is_shared_in_bytes():
    allowance = Allowance()
    assert all(allowance.take("a", 8_000_000, 0.0) for _ in range(4))
    assert not allowance.take("b", 1, 10.0), "bytes are counted over all strangers"
    assert allowance.take("b", 1, 3601.0)


def test_kept_messages_and_packets_cannot_be_changed_or_deleted(
    send: Any, monitor: Device, session: TreatmentSession, clinic: Clinic, now: datetime
):
    send(raw=b"MSH broken")
    send()
    seal(clinic.id, monitor.id, until=now + timedelta(minutes=1))
    for table in ("devices_keptmessage", "devices_packet"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET raw = NULL"):
            with pytest.raises(Exception) as refused, transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
            assert "append-only" in str(refused.value) or isinstance(refused.value, IntegrityError)


def test_sealing_moves_every_message_byte_for_byte_and_chains_its_hash(
    send: Any, monitor: Device, session: TreatmentSession, clinic: Clinic, now: datetime
):
    for ago in range(30, 0, -1):
        send({"heart_rate_per_min": 60 + ago, "temperature_c": 36.6}, ago=ago)
    before = [(bytes(one.raw), samples_in(one)) for one in Arrival.objects.order_by("received_at")]
    packet = seal(clinic.id, monitor.id, until=now)
    assert packet is not None
    assert Arrival.objects.count() == 0
    stored = Packet.objects.get()
    assert messages_in(stored) == [raw for raw, _ in before]
    assert unpack_samples(bytes(stored.samples)) == [one for _, samples in before for one in samples]
    assert check_sealed().problems == []
    assert len(bytes(stored.raw)) < sum(len(raw) for raw, _ in before) / 4
    assert seal(clinic.id, monitor.id, until=now) is None


def test_a_seal_that_fails_leaves_everything_where_it_was(
    send: Any,
    monitor: Device,
    session: TreatmentSession,
    clinic: Clinic,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
):
    send()

    def breaks(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(packing, "append_event", breaks)
    with pytest.raises(RuntimeError):
        seal(clinic.id, monitor.id, until=now + timedelta(minutes=1))
    assert (Arrival.objects.count(), Packet.objects.count()) == (1, 0)


def test_telemetry_that_was_tampered_with_is_seen(
    send: Any, monitor: Device, session: TreatmentSession, clinic: Clinic, now: datetime
):
    from ketachart.record.append_only import protect, unprotect

    send()
    seal(clinic.id, monitor.id, until=now + timedelta(minutes=1))
    unprotect(connection)
    try:
        Packet.objects.update(samples=b"x\x9c\x03\x00\x00\x00\x00\x01")
    finally:
        protect(connection)
    assert len(check_sealed().problems) == 1


def test_a_failing_store_keeps_nothing_and_a_second_try_keeps_all(
    storage: Storage, monitor: Device, session: TreatmentSession, now: datetime, monkeypatch: pytest.MonkeyPatch
):
    arrived = [Arrived(message(at=now, number=number), "127.0.0.1", now) for number in range(3)]
    with monkeypatch.context() as broken:
        broken.setattr(Storage, "_in_queue", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            storage.store([*arrived, Arrived(b"broken", "127.0.0.1", now)])
    assert Arrival.objects.count() == 0
    assert [one.problem for one in storage.store(arrived)] == [None] * 3
    assert Arrival.objects.count() == 3
