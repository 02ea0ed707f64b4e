"""Every write that a person makes about devices and their data."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from django.core import signing
from django.db.models import Q

from ketachart.devices import kinds
from ketachart.devices.messages import read_message
from ketachart.devices.models import Arrival, ArtefactMark, Device, KeptMessage, Match, Placement, Waiting
from ketachart.devices.storing import samples_of
from ketachart.people.models import Room
from ketachart.people.queries import rooms_of
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, clinic_stream, open_stream
from ketachart.record.errors import Refused
from ketachart.record.identity import new_id
from ketachart.record.models import Clinic, Event, Stream
from ketachart.record.unit_of_work import unit_of_work
from ketachart.treatment.kinds import VitalsCharted
from ketachart.treatment.queries import session_for

OFFER_HOLDS_S = 600
_SALT = "ketachart.devices.offer"


def register_device(
    actor: Actor,
    *,
    name: str,
    kind: str,
    application: str,
    address: str,
    at: datetime,
    facility: str = "",
    equipment: str = "",
    timezone: str = "",
) -> Device:
    """Put a device on the allow-list: only what a registered device sends can ever be charted."""
    actor.require("devices.register")
    if timezone and timezone not in available_timezones():
        raise Refused(
            f"“{timezone}” is not a time zone.",
            field="timezone",
            fix="An IANA name such as America/New_York, or empty.",
        )
    with unit_of_work():
        standing = Device.objects.visible_to(actor).filter(retired_at=None)
        if standing.filter(name=name).exists():
            raise Refused(f"There is a device “{name}” already.", field="name", fix="Give it another name.")
        same = standing.filter(address=address, application=application, facility=facility, equipment=equipment).first()
        if same is not None:
            raise Refused(
                f"“{same.name}” is registered with the same sender and address.",
                field="application",
                fix="Tell two monitors behind one gateway apart by their unit.",
            )
        device = Device.objects.create(
            id=new_id(),
            clinic_id=actor.clinic_id,
            name=name,
            kind=kind,
            application=application,
            facility=facility,
            address=address,
            equipment=equipment,
            timezone=timezone,
            registered_at=at,
        )
        stream = open_stream(actor, kind="device", stream_id=device.id)
        append_event(
            actor=actor,
            stream=stream,
            content=kinds.DeviceRegistered(
                device_id=str(device.id),
                name=name,
                device_kind=kind,
                application=application,
                facility=facility,
                address=address,
                equipment=equipment,
                timezone=timezone,
            ),
            effective_at=at,
        )
    return device


def retire_device(actor: Actor, device_id: UUID, *, reason: str, at: datetime) -> None:
    actor.require("devices.register")
    if not reason.strip():
        raise Refused("There is no reason.", field="reason", fix="Say why in a few words.")
    with unit_of_work():
        device = _device(actor, device_id)
        _end_placement(actor, device, at)
        Device.objects.filter(id=device.id).update(retired_at=at)
        content = kinds.DeviceRetired(device_id=str(device.id), reason=reason.strip())
        append_event(actor=actor, stream=_stream(device), content=content, effective_at=at)


def place_device(actor: Actor, device_id: UUID, *, room_id: UUID | None, at: datetime) -> Placement | None:
    """From now on the device stands in this room, or in none. What it sent before keeps the place where it stood then."""
    actor.require("devices.place")
    with unit_of_work():
        device = _device(actor, device_id)
        _end_placement(actor, device, at)
        if room_id is None:
            return None
        room: Room | None = next((one for one in rooms_of(actor) if one.id == room_id), None)
        if room is None:
            raise Refused("There is no such room.", field="room", fix="Choose one of the clinic’s rooms.")
        placement = Placement.objects.create(
            id=new_id(), clinic_id=actor.clinic_id, device=device, room=room, from_at=at
        )
        append_event(
            actor=actor,
            stream=_stream(device),
            content=kinds.DevicePlaced(
                placement_id=str(placement.id), device_id=str(device.id), room_id=str(room.id), room=room.name
            ),
            effective_at=at,
        )
        return placement


def _end_placement(actor: Actor, device: Device, at: datetime) -> None:
    for standing in Placement.objects.filter(device=device, until_at=None):
        Placement.objects.filter(id=standing.id).update(until_at=max(at, standing.from_at))
        content = kinds.DeviceTakenAway(
            placement_id=str(standing.id), device_id=str(device.id), room_id=str(standing.room_id)
        )
        append_event(actor=actor, stream=_stream(device), content=content, effective_at=at)


# -- the queue --------------------------------------------------------------------------------------------------------


def match_waiting(actor: Actor, waiting_id: UUID, *, session_id: UUID, at: datetime) -> Match:
    """Say whose data this is. Charted values stay what they are; the trace and the export follow."""
    actor.require("devices.match")
    with unit_of_work():
        waiting = _waiting(actor, waiting_id)
        if waiting.device_id is None or waiting.why == "unreadable":
            raise Refused(
                "These messages belong to no registered device.",
                field="session",
                fix="Register the device, then take the messages in.",
            )
        session = session_for(actor, session_id)
        event = append_event(
            actor=actor,
            stream=Stream.objects.visible_to(actor).get(id=waiting.device_id),
            content=kinds.DataMatched(
                waiting_id=str(waiting.id),
                device_id=str(waiting.device_id),
                session_id=str(session.id),
                first_at=waiting.first_at,
                last_at=waiting.last_at,
            ),
            effective_at=at,
        )
        _settle(waiting, "matched", actor, at, session_id=session.id)
        return Match.objects.create(
            id=new_id(),
            clinic_id=actor.clinic_id,
            device_id=waiting.device_id,
            session_id=session.id,
            first_at=waiting.first_at,
            last_at=waiting.last_at,
            event_id=event.id,
        )


def dismiss_waiting(actor: Actor, waiting_id: UUID, *, reason: str, at: datetime) -> None:
    """It belongs to nobody’s record. The messages are kept."""
    actor.require("devices.match")
    if not reason.strip():
        raise Refused("There is no reason.", field="reason", fix="Say in a few words whose data it is not.")
    with unit_of_work():
        waiting = _waiting(actor, waiting_id)
        content = kinds.DataDismissed(waiting_id=str(waiting.id), reason=reason.strip()[:300])
        append_event(actor=actor, stream=clinic_stream(actor), content=content, effective_at=at)
        _settle(waiting, "dismissed", actor, at, reason=reason.strip()[:300])


def take_in(actor: Actor, waiting_id: UUID, *, at: datetime) -> int:
    """Messages that waited for their device to be registered become its telemetry. Their originals stay."""
    actor.require("devices.match")
    with unit_of_work():
        waiting = _waiting(actor, waiting_id)
        kept = list(KeptMessage.objects.visible_to(actor).filter(waiting=waiting, why="unregistered"))
        arrivals = []
        clinic_zone = Clinic.objects.get(id=actor.clinic_id).timezone
        for one in kept:
            device = _device_of(actor, one, clinic_zone)
            if device is None:
                continue
            message = read_message(bytes(one.raw), ZoneInfo(device.timezone or clinic_zone))
            arrivals.append(
                Arrival(
                    id=new_id(),
                    clinic_id=actor.clinic_id,
                    device=device,
                    received_at=one.received_at,
                    sent_at=message.sent_at,
                    digest=bytes(one.digest),
                    raw=bytes(one.raw),
                    samples=msgspec.msgpack.encode(samples_of(message, one.received_at)),
                )
            )
        if not arrivals:
            raise Refused(
                "No registered device sends so from this address.",
                fix="Register the device with exactly this sender and address first.",
            )
        Arrival.objects.bulk_create(arrivals)
        device = arrivals[0].device
        _settle(waiting, "matched", actor, at, reason=f"taken in for {device.name}")
        for device_id in {one.device_id for one in arrivals}:
            own = [one.received_at for one in arrivals if one.device_id == device_id]
            Waiting.objects.create(
                id=new_id(),
                clinic_id=actor.clinic_id,
                why="no room",
                device_id=device_id,
                first_at=min(own),
                last_at=max(own),
                count=len(own),
            )
        return len(arrivals)


def _device_of(actor: Actor, kept: KeptMessage, zone: str) -> Device | None:
    message = read_message(bytes(kept.raw), ZoneInfo(zone))
    found: Device | None = (
        Device.objects.visible_to(actor)
        .filter(
            Q(equipment="") | Q(equipment=message.equipment),
            retired_at=None,
            address=kept.address,
            application=message.application,
            facility=message.facility,
        )
        .order_by("-equipment")
        .first()
    )
    return found


def _settle(
    waiting: Waiting, state: str, actor: Actor, at: datetime, *, session_id: UUID | None = None, reason: str = ""
) -> None:
    Waiting.objects.filter(id=waiting.id).update(
        state=state, settled_at=at, settled_by_name=actor.name, session_id=session_id, reason=reason
    )


# -- what the monitor offers ------------------------------------------------------------------------------------------


class OfferTaken(msgspec.Struct, frozen=True, kw_only=True):
    """An offer as it was shown: signed by the server, so that what is charted is what was seen."""

    session_id: str
    device_id: str
    device: str
    about: str
    at: datetime
    content: dict[str, float]
    sources: tuple[str, ...]


def signed_offer(offer: OfferTaken) -> str:
    return signing.dumps(msgspec.to_builtins(offer), salt=_SALT, compress=True)


def read_offer(token: str, session_id: UUID) -> OfferTaken:
    try:
        offer = msgspec.convert(signing.loads(token, salt=_SALT, max_age=OFFER_HOLDS_S), OfferTaken)
    except signing.SignatureExpired:
        raise Refused(
            "These values are too old to be confirmed.", field="offer", fix="Confirm the present ones."
        ) from None
    except (signing.BadSignature, msgspec.ValidationError):
        raise Refused("These values were not offered by this server.", field="offer", status=400) from None
    if offer.session_id != str(session_id):
        raise Refused("These values were offered for another session.", field="offer", status=400)
    return offer


def confirm_offer(actor: Actor, session_id: UUID, *, token: str, confirmed_unusual: tuple[str, ...] = ()) -> Event:
    """Chart what a monitor measured and a person has looked at. Twice, on two tablets, is one entry."""
    actor.require("treatment.chart")
    offer = read_offer(token, session_id)
    return chart_offer(replace(actor, device=offer.device), offer, confirmed_unusual)


def chart_offer(actor: Actor, offer: OfferTaken, confirmed_unusual: tuple[str, ...] = ()) -> Event:
    session = session_for(actor, UUID(offer.session_id))
    content = VitalsCharted(
        **offer.content,  # type: ignore[arg-type]  # names of measures, numbers
        confirmed_unusual=tuple(name for name in confirmed_unusual if name in offer.content),
    )
    return append_event(
        actor=actor,
        stream=Stream.objects.visible_to(actor).get(id=session.id),
        content=content,
        effective_at=offer.at,
        event_id=entry_id(offer),
        source="monitor",
    )


def entry_id(offer: OfferTaken) -> UUID:
    """A UUIDv7 that follows from the offer: whoever confirms it, on whatever device, makes the same entry."""
    about = f"{offer.session_id} {offer.device_id} {offer.about} {clock.iso(offer.at)}"
    noise = int.from_bytes(hashlib.sha256(about.encode()).digest()[:10], "big")
    stamp = round(offer.at.timestamp() * 1000) & (2**48 - 1)
    number = (stamp << 80) | (0x7 << 76) | ((noise >> 66 & 0xFFF) << 64) | (0b10 << 62) | (noise & (2**62 - 1))
    return UUID(int=number)


def mark_artefact(actor: Actor, session_id: UUID, *, token: str, reason: str, at: datetime) -> ArtefactMark:
    """What the monitor offers is not what it seems. It stays in the telemetry and is not offered again."""
    actor.require("treatment.chart")
    offer = read_offer(token, session_id)
    reason = reason.strip()[:200]
    if not reason:
        raise Refused("There is no reason.", field="reason", fix="Say what disturbed the measurement.")
    session = session_for(actor, session_id)
    first_at = offer.at if offer.about == "pressure" else datetime.fromtimestamp(offer.at.timestamp() - 60, UTC)
    with unit_of_work():
        device = _device(actor, UUID(offer.device_id), retired=True)
        event = append_event(
            actor=actor,
            stream=_stream(device),
            content=kinds.ArtefactMarked(
                device_id=str(device.id),
                session_id=str(session.id),
                measures=offer.sources,
                first_at=first_at,
                last_at=offer.at,
                reason=reason,
            ),
            effective_at=at,
        )
        return ArtefactMark.objects.create(
            id=new_id(),
            clinic_id=actor.clinic_id,
            event_id=event.id,
            charted_at=at,
            charted_by_name=actor.name,
            device=device,
            session_id=session.id,
            measures=list(offer.sources),
            first_at=first_at,
            last_at=offer.at,
            reason=reason,
        )


def _device(actor: Actor, device_id: UUID, *, retired: bool = False) -> Device:
    found: Device | None = Device.objects.visible_to(actor).filter(id=device_id).first()
    if found is None or (found.retired_at is not None and not retired):
        raise Refused("There is no such device in this clinic.", status=404)
    return found


def _waiting(actor: Actor, waiting_id: UUID) -> Waiting:
    found: Waiting | None = Waiting.objects.visible_to(actor).filter(id=waiting_id).first()
    if found is None:
        raise Refused("There is no such data waiting in this clinic.", status=404)
    if found.state != "waiting":
        raise Refused("Somebody has settled this already.", fix="Look at the queue again.", status=409)
    return found


def _stream(device: Device) -> Stream:
    stream: Stream = Stream.objects.get(clinic_id=device.clinic_id, id=device.id)
    return stream
