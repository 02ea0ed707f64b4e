"""Sealing: the messages of a device over some minutes become one packet, in one transaction, byte for byte."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from ketachart.devices.kinds import PacketSealed
from ketachart.devices.models import Arrival, Device, Packet
from ketachart.devices.rules import clock_offset_ms
from ketachart.devices.telemetry import Sample, pack_raw, pack_samples, unpack_raw
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event
from ketachart.record.identity import new_id
from ketachart.record.models import Stream
from ketachart.record.unit_of_work import unit_of_work

SEALED_AFTER: Final = timedelta(minutes=10)
MOST_IN_A_PACKET: Final = 2000

_SAMPLES = msgspec.msgpack.Decoder(list[Sample])


def samples_in(arrival: Arrival) -> list[Sample]:
    return _SAMPLES.decode(bytes(arrival.samples))


def seal_due(at: datetime) -> int:
    """Seal every device whose oldest loose message is old enough. Returns how many packets were made."""
    made = 0
    oldest = Arrival.objects.filter(received_at__lte=at - SEALED_AFTER)
    for device_id, clinic_id in set(oldest.values_list("device_id", "clinic_id")):
        while seal(clinic_id, device_id, until=at):
            made += 1
    return made


def seal(clinic_id: UUID, device_id: UUID, *, until: datetime) -> Packet | None:
    """One packet of what the device sent until then, oldest first. None when there is nothing."""
    with unit_of_work():
        # Locked on PostgreSQL: two servers sealing at once must not put one message into two packets.
        rows = list(
            Arrival.objects.select_for_update()
            .filter(clinic_id=clinic_id, device_id=device_id, received_at__lte=until)
            .order_by("received_at", "id")[:MOST_IN_A_PACKET]
        )
        if not rows:
            return None
        samples = [sample for row in rows for sample in samples_in(row)]
        offset = clock_offset_ms((_ms(row.sent_at), _ms(row.received_at)) for row in rows if row.sent_at)
        placed = [sample.device_ms - (offset or 0) for sample in samples] or [_ms(rows[0].received_at)]
        packet = Packet(
            id=new_id(),
            clinic_id=clinic_id,
            device_id=device_id,
            first_received_at=rows[0].received_at,
            last_received_at=rows[-1].received_at,
            first_at=_moment(min(placed)),
            last_at=_moment(max(placed)),
            messages=len(rows),
            clock_offset_ms=offset,
            last_sent_at=rows[-1].sent_at,
            raw=pack_raw([bytes(row.raw) for row in rows]),
            samples=pack_samples(samples),
            digests=b"".join(bytes(row.digest) for row in rows),
        )
        packet.sha256 = hash_of(packet)
        packet.save(force_insert=True)
        append_event(
            actor=Actor.system(clinic_id),
            stream=Stream.objects.get(clinic_id=clinic_id, id=device_id),
            content=PacketSealed(
                packet_id=str(packet.id),
                device_id=str(device_id),
                sha256=packet.sha256,
                messages=packet.messages,
                first_received_at=packet.first_received_at,
                last_received_at=packet.last_received_at,
            ),
            source="pump" if Device.objects.values_list("kind", flat=True).get(id=device_id) == "pump" else "monitor",
        )
        Arrival.objects.filter(id__in=[row.id for row in rows]).delete()
    return packet


def hash_of(packet: Packet) -> str:
    """Over the bytes as stored: what the device's chain holds."""
    digest = hashlib.sha256()
    for part in (packet.raw, packet.samples, packet.digests):
        body = bytes(part)
        digest.update(len(body).to_bytes(8, "big") + body)
    return digest.hexdigest()


def messages_in(packet: Packet) -> list[bytes]:
    """The messages as they came."""
    return unpack_raw(bytes(packet.raw))


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(min(max(at_ms, 0), 253_402_300_799_000) / 1000, UTC)
