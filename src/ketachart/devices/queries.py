"""Every read about devices: what stands where, what waits, and what a session's devices say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from ketachart.devices.models import Arrival, ArtefactMark, Device, KeptMessage, Match, Packet, Placement, Waiting
from ketachart.devices.packing import samples_in
from ketachart.devices.rules import (
    PRESSURE_OFFERED_S,
    Difference,
    Limits,
    Mark,
    Offer,
    Placed,
    clock_offset_ms,
    offers,
    place,
    pump_differences,
)
from ketachart.devices.telemetry import Sample, unpack_samples
from ketachart.people.queries import patient_for
from ketachart.policy.queries import site_values_at
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.treatment.models import IN_THE_ROOM, TreatmentSession
from ketachart.treatment.protocol import session_protocol
from ketachart.treatment.queries import session_for, state_of
from ketachart.treatment.state import SessionState

CONFIRMATION = "devices.monitor.confirmation"
CLOCK_WARNING = "devices.clock.warn_seconds"
PUMP_SETTLE = "devices.pump.settle_seconds"

LIVE = timedelta(minutes=12)
"""What is looked at for the present: a cuff pressure may be ten minutes old."""


@dataclass(frozen=True)
class DeviceLine:
    device: Device
    placement: Placement | None
    last_received_at: datetime | None
    clock_offset_s: float | None
    clock_warning: bool | None
    """None: the clinic has not set from when on a clock is called wrong."""


@dataclass(frozen=True)
class Period:
    """When a device's data belongs to a session. ``by_person``: somebody matched it, whatever name the device holds."""

    device: Device
    from_at: datetime
    until_at: datetime
    by_person: bool = False


@dataclass(frozen=True)
class Present:
    """What the devices of a session say now."""

    session: TreatmentSession
    state: SessionState
    devices: list[DeviceLine]
    offers: list[tuple[Device, Offer]]
    values: dict[str, float]
    differences: list[Difference]
    names_another: list[Device]
    asks_confirmation: bool


def devices(actor: Actor, at: datetime) -> list[DeviceLine]:
    actor.require("devices.read")
    found = list(Device.objects.visible_to(actor).filter(retired_at=None))
    placements = {
        one.device_id: one for one in Placement.objects.visible_to(actor).filter(until_at=None).select_related("room")
    }
    warn_s = clock_warning_s(actor, at)
    return [_line(device, placements.get(device.id), warn_s) for device in found]


def device_line(actor: Actor, device_id: UUID, at: datetime) -> DeviceLine:
    actor.require("devices.read")
    device = Device.objects.visible_to(actor).filter(id=device_id).first()
    if device is None:
        raise Refused("There is no such device in this clinic.", status=404)
    standing = Placement.objects.visible_to(actor).filter(device=device, until_at=None).select_related("room").first()
    return _line(device, standing, clock_warning_s(actor, at))


def _line(device: Device, placement: Placement | None, warn_s: float | None) -> DeviceLine:
    recent = list(
        Arrival.objects.filter(device=device).order_by("-received_at").values_list("sent_at", "received_at")[:60]
    )
    offset = clock_offset_ms((_ms(sent), _ms(received)) for sent, received in recent if sent)
    last = recent[0][1] if recent else None
    if last is None:
        packet = Packet.objects.filter(device=device).order_by("-last_at").first()
        if packet is not None:
            last, offset = packet.last_received_at, packet.clock_offset_ms
    seconds = None if offset is None else offset / 1000
    warning = None if warn_s is None or seconds is None else abs(seconds) > warn_s
    return DeviceLine(device, placement, last, seconds, warning)


def placements_of(actor: Actor, device_id: UUID) -> list[Placement]:
    return list(Placement.objects.visible_to(actor).filter(device_id=device_id).select_related("room")[:50])


def waiting(actor: Actor, *, state: str = "waiting") -> list[Waiting]:
    actor.require("devices.read")
    return list(Waiting.objects.visible_to(actor).filter(state=state).select_related("device", "room")[:200])


def waiting_one(actor: Actor, waiting_id: UUID) -> Waiting:
    actor.require("devices.read")
    found: Waiting | None = (
        Waiting.objects.visible_to(actor).filter(id=waiting_id).select_related("device", "room").first()
    )
    if found is None:
        raise Refused("There is no such data waiting in this clinic.", status=404)
    return found


def kept_messages(actor: Actor, waiting_id: UUID) -> list[KeptMessage]:
    actor.require("devices.read")
    return list(KeptMessage.objects.visible_to(actor).filter(waiting_id=waiting_id).order_by("-received_at")[:20])


def waiting_count(actor: Actor) -> int:
    return Waiting.objects.visible_to(actor).filter(state="waiting").count()


def sessions_near(actor: Actor, line: Waiting) -> list[TreatmentSession]:
    """Sessions whose time touches the waiting data's: the choices for a match."""
    around = timedelta(hours=12)
    return list(
        TreatmentSession.objects.visible_to(actor)
        .filter(opened_at__gte=line.first_at - around, opened_at__lte=line.last_at + around)
        .order_by("opened_at")
    )


def clock_warning_s(actor: Actor, at: datetime) -> float | None:
    value = site_values_at(actor.clinic_id, at).get(CLOCK_WARNING)
    return None if value is None else float(value.value)


def asks_confirmation(clinic_id: UUID, at: datetime) -> bool:
    """Unless the clinic has said otherwise, a person looks at every value before it is charted."""
    value = site_values_at(clinic_id, at).get(CONFIRMATION)
    return value is None or value.value != "not asked"


# -- a session's data -------------------------------------------------------------------------------------------------


def periods_of(actor: Actor, session: TreatmentSession, at: datetime) -> list[Period]:
    """Whose data it is: the devices that stood in the room while the session was there, and what people matched."""
    until = session.discharged_at or at
    found: list[Period] = []
    if session.room_id is not None:
        standing = (
            Placement.objects.visible_to(actor)
            .filter(room_id=session.room_id, from_at__lt=until)
            .exclude(until_at__lte=session.opened_at)
            .select_related("device")
        )
        for one in standing:
            begin, end = max(one.from_at, session.opened_at), min(one.until_at or until, until)
            if begin < end:
                found.append(Period(one.device, begin, end))
    for match in Match.objects.visible_to(actor).filter(session_id=session.id).select_related("device"):
        found.append(Period(match.device, match.first_at, match.last_at + timedelta(seconds=1), by_person=True))
    return sorted(found, key=lambda period: period.from_at)


def placed_samples(
    actor: Actor, period: Period, *, mrn: str | None, marks: Sequence[Mark], since: datetime | None = None
) -> list[Placed]:
    """The period's samples on the record's axis, each counted once."""
    begin, end = max(period.from_at, since or period.from_at), period.until_at
    held_to = None if period.by_person else mrn
    found: dict[tuple[int, str, float], Placed] = {}
    for samples, offset in sample_groups(period.device.id, begin, end):
        for one in place(samples, offset, held_to, limits(), marks):
            if _ms(begin) <= one.at_ms < _ms(end):
                found.setdefault((one.sample.device_ms, one.sample.measure, one.sample.value), one)
    return sorted(found.values(), key=lambda one: one.at_ms)


def sample_groups(device_id: UUID, begin: datetime, end: datetime) -> Iterable[tuple[Sequence[Sample], int]]:
    """Samples as received together, with how far the clock was off then: what is not sealed yet, and packets.

    The loose ones are read first: what is sealed in between is then seen twice, which is harmless, and never not at all.
    """
    loose = list(
        Arrival.objects.filter(device_id=device_id, received_at__gte=begin - timedelta(minutes=1)).order_by(
            "received_at"
        )
    )
    packets = Packet.objects.filter(device_id=device_id, last_at__gte=begin, first_at__lt=end).order_by("first_at")
    for packet_id, offset in list(packets.values_list("id", "clock_offset_ms")):
        yield unpacked(packet_id), offset or 0
    if loose:
        offset = clock_offset_ms((_ms(one.sent_at), _ms(one.received_at)) for one in loose if one.sent_at)
        yield [sample for one in loose for sample in samples_in(one)], offset or 0


@lru_cache(maxsize=48)
def unpacked(packet_id: UUID) -> tuple[Sample, ...]:
    """A packet never changes, so its samples may be kept."""
    return tuple(unpack_samples(bytes(Packet.objects.values_list("samples", flat=True).get(id=packet_id))))


def marks_of(actor: Actor, session_id: UUID, device_id: UUID) -> list[Mark]:
    rows = ArtefactMark.objects.visible_to(actor).filter(session_id=session_id, device_id=device_id)
    return [Mark(tuple(row.measures), _ms(row.first_at), _ms(row.last_at), f"artefact: {row.reason}") for row in rows]


def present(actor: Actor, session_id: UUID, at: datetime) -> Present:
    """The latest from every device of a session, what could be charted from it, and where it disagrees with the chart."""
    session = session_for(actor, session_id)
    periods = [one for one in periods_of(actor, session, at) if not one.by_person and one.until_at >= at]
    state = state_of(actor, session)
    if not periods:
        return Present(session, state, [], [], {}, [], [], asks_confirmation(actor.clinic_id, at))
    patient = patient_for(actor, session.patient_id)
    warn_s = clock_warning_s(actor, at)
    pressure = state.latest("systolic_mmhg", at)
    offered: list[tuple[Device, Offer]] = []
    values: dict[str, float] = {}
    differences: list[Difference] = []
    another: list[Device] = []
    lines = []
    for period in periods:
        device = period.device
        lines.append(_line(device, None, warn_s))
        placed = placed_samples(
            actor,
            Period(device, period.from_at, at + timedelta(seconds=5)),
            mrn=patient.mrn,
            marks=marks_of(actor, session.id, device.id),
            since=at - LIVE,
        )
        if placed and placed[-1].left_out == "the device names another person":
            another.append(device)
        if device.kind == "pump":
            differences += _differences(actor, placed, state, at)
        else:
            offered += [(device, one) for one in offers(placed, at, limits(), pressure.at if pressure else None)]
        values |= latest_values(placed, at)
    return Present(session, state, lines, offered, values, differences, another, asks_confirmation(actor.clinic_id, at))


def latest_values(placed: Sequence[Placed], at: datetime) -> dict[str, float]:
    """The newest value of each measure that counts; a cuff pressure while it may be offered, all else while it is fresh."""
    found: dict[str, float] = {}
    for one in placed:
        held_s = PRESSURE_OFFERED_S if one.sample.measure.endswith("_mmhg") else 15
        if not one.left_out and _ms(at) - one.at_ms <= held_s * 1000:
            found[one.sample.measure] = one.sample.value
    return found


def _differences(actor: Actor, placed: Sequence[Placed], state: SessionState, at: datetime) -> Sequence[Difference]:
    settle = site_values_at(actor.clinic_id, at).get(PUMP_SETTLE)
    return pump_differences(
        placed,
        [(step.start, step.end, step.rate_ml_per_h) for step in state.dose.steps],
        state.dose.pump_volume_given_ml,
        at,
        session_protocol().entry.rate_agrees_within_percent,
        0.0 if settle is None else float(settle.value),
    )


@lru_cache(maxsize=1)
def limits() -> Mapping[str, Limits]:
    """The typing limits of the chart hold for monitors too; a pulse has those of the heart rate."""
    found = {
        name: Limits(
            bounds.absolute_minimum, bounds.recommended_minimum, bounds.recommended_maximum, bounds.absolute_maximum
        )
        for name, bounds in session_protocol().vital_limits.items()
    }
    if "heart_rate_per_min" in found:
        found["pulse_rate_per_min"] = found["cuff_pulse_rate_per_min"] = found["heart_rate_per_min"]
    return found


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def samples_of_session(actor: Actor, session: TreatmentSession, at: datetime) -> Iterable[list[Placed]]:
    """Everything that belongs to a session, device by device."""
    mrn = patient_for(actor, session.patient_id).mrn
    for period in periods_of(actor, session, at):
        yield placed_samples(actor, period, mrn=mrn, marks=marks_of(actor, session.id, period.device.id))


@dataclass(frozen=True)
class LastReading:
    """What a device said last, and how much it has said."""

    values: list[Placed]
    loose: int
    packets: int
    messages: int
    patient_id: UUID | None


def last_reading(actor: Actor, line: DeviceLine, at: datetime) -> LastReading:
    """The newest value of each measure of the last ten minutes, also those that do not count."""
    device = line.device
    loose = Arrival.objects.visible_to(actor).filter(device=device)
    recent = list(loose.filter(received_at__gte=at - timedelta(minutes=10)).order_by("received_at"))
    samples = [sample for one in recent for sample in samples_in(one)]
    offset = clock_offset_ms((_ms(one.sent_at), _ms(one.received_at)) for one in recent if one.sent_at) or 0
    newest = {one.sample.measure: one for one in place(samples, offset, None, limits())}
    packets = Packet.objects.visible_to(actor).filter(device=device)
    session = None
    if line.placement is not None and newest:
        session = (
            TreatmentSession.objects.visible_to(actor)
            .filter(room_id=line.placement.room_id, phase__in=IN_THE_ROOM)
            .first()
        )
    return LastReading(
        values=list(newest.values()),
        loose=loose.count(),
        packets=packets.count(),
        messages=sum(packets.values_list("messages", flat=True)),
        patient_id=session.patient_id if session else None,
    )
