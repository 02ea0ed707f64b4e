"""Keeping what has arrived: many messages, one transaction, committed before any of them is acknowledged."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from django.db.models import F

from ketachart.devices.acknowledgement import TOO_MANY
from ketachart.devices.allowance import Allowance
from ketachart.devices.directory import ClockWatch, Directory
from ketachart.devices.messages import Message, Problem, read_message
from ketachart.devices.models import Arrival, Device, KeptMessage, Packet, Waiting
from ketachart.devices.telemetry import Sample
from ketachart.record import clock
from ketachart.record.identity import new_id
from ketachart.record.unit_of_work import unit_of_work

DIRECTORY_S: Final = 2.0
"""A registration or a device's new room reaches the listener within this time."""

REMEMBERED: Final = 200_000
REMEMBERED_FOR: Final = timedelta(hours=24)
DIGEST_BYTES: Final = 16
ONE_STRETCH = timedelta(minutes=10)
"""Waiting data with no longer silence between is one stretch, and one line of the queue."""

_SAMPLES = msgspec.msgpack.Encoder()


@dataclass(frozen=True, slots=True)
class Arrived:
    """Bytes from a connection. ``trouble`` is set when they were no whole frame."""

    raw: bytes
    address: str
    at: datetime
    trouble: Problem | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What is answered: the message as read, and what was wrong with it, if anything."""

    message: Message
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class _Line:
    """Which line of the queue a message belongs to."""

    why: str
    device_id: UUID | None
    room_id: UUID | None
    address: str
    sender: str


class Storage:
    """Keeps messages of one clinic. Used by one thread."""

    def __init__(self, clinic_id: UUID) -> None:
        self.clinic_id = clinic_id
        self._allowance = Allowance()
        self._clocks: dict[UUID, ClockWatch] = {}
        self._directory: Directory | None = None
        self._looked_at = 0.0
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self._recall()

    def store(self, arrived: Sequence[Arrived]) -> list[Stored]:
        """Keep all of it, or raise and keep none. What is over the allowance is answered so, and not kept."""
        directory = self._current_directory()
        results: list[Stored] = []
        arrivals: list[Arrival] = []
        kept: list[tuple[_Line, KeptMessage]] = []
        lines: dict[_Line, tuple[datetime, datetime, int]] = {}
        fresh: dict[bytes, None] = {}
        for one in arrived:
            message, device = self._read(directory, one)
            problem = one.trouble or message.problem
            digest = digest_of(one)
            known = digest in self._seen or digest in fresh
            if device is None or problem is not None:
                if not known and not self._allowance.take(one.address, len(one.raw), time.monotonic()):
                    results.append(Stored(message, problem or TOO_MANY))
                    continue
                if not known:
                    line = _line(one, message, device, problem)
                    _stretch(lines, line, one.at)
                    kept.append((line, self._kept_message(one, message, problem, digest)))
            elif not known:
                samples = samples_of(message, one.at)
                arrivals.append(self._arrival(one, message, device, digest, samples))
                self._watch(lines, directory, device, message, samples, one.at)
            fresh[digest] = None
            results.append(Stored(message, problem))
        if arrivals or kept:
            with unit_of_work():
                Arrival.objects.bulk_create(arrivals)
                waiting = {line: self._in_queue(line, *stretch) for line, stretch in lines.items()}
                for line, row in kept:
                    row.waiting_id = waiting[line]
                KeptMessage.objects.bulk_create([row for _, row in kept])
        self._remember(fresh)
        return results

    def _read(self, directory: Directory, one: Arrived) -> tuple[Message, Device | None]:
        message = read_message(one.raw, directory.zone)
        device = directory.device(one.address, message)
        if device is not None and device.timezone:
            message = read_message(one.raw, directory.zone_of(device))
        return message, device

    def _watch(
        self,
        lines: dict[_Line, tuple[datetime, datetime, int]],
        directory: Directory,
        device: Device,
        message: Message,
        samples: Sequence[Sample],
        at: datetime,
    ) -> None:
        """Data of a registered device that belongs to nobody's session gets its line in the queue."""
        received_ms = _ms(at)
        watch = self._clocks.setdefault(device.id, ClockWatch())
        offset = watch.offset_ms(_ms(message.sent_at) if message.sent_at else None, received_ms)
        observed_ms = max((sample.device_ms for sample in samples), default=received_ms + offset) - offset
        observed = datetime.fromtimestamp(min(observed_ms, received_ms) / 1000, UTC)
        whose = directory.whose(device, observed, message.person)
        if whose.why:
            _stretch(lines, _Line(whose.why, device.id, whose.room_id, "", ""), observed)

    def _arrival(self, one: Arrived, message: Message, device: Device, digest: bytes, samples: list[Sample]) -> Arrival:
        return Arrival(
            id=new_id(),
            clinic_id=self.clinic_id,
            device_id=device.id,
            received_at=one.at,
            sent_at=message.sent_at,
            digest=digest,
            raw=one.raw,
            samples=_SAMPLES.encode(samples),
        )

    def _kept_message(self, one: Arrived, message: Message, problem: Problem | None, digest: bytes) -> KeptMessage:
        return KeptMessage(
            id=new_id(),
            clinic_id=self.clinic_id,
            received_at=one.at,
            address=one.address,
            application=_storable(message.application),
            facility=_storable(message.facility),
            control_id=_storable(message.control_id),
            why="unregistered" if problem is None else "unreadable",
            problem=problem.text if problem else "",
            whole=one.trouble is None,
            digest=digest,
            raw=one.raw,
        )

    def _in_queue(self, line: _Line, first: datetime, last: datetime, count: int) -> UUID:
        """The open stretch this goes on from, or a new one."""
        same = {
            "clinic_id": self.clinic_id,
            "why": line.why,
            "device_id": line.device_id,
            "room_id": line.room_id,
            "address": line.address or None,
            "sender": line.sender,
        }
        found: Waiting | None = (
            Waiting.objects.filter(
                **same, state="waiting", last_at__gte=first - ONE_STRETCH, first_at__lte=last + ONE_STRETCH
            )
            .order_by("-last_at")
            .first()
        )
        if found is None:
            made: Waiting = Waiting.objects.create(**same, first_at=first, last_at=last, count=count)
            return made.id
        Waiting.objects.filter(id=found.id).update(
            first_at=min(found.first_at, first), last_at=max(found.last_at, last), count=F("count") + count
        )
        return found.id

    def _current_directory(self) -> Directory:
        if self._directory is None or time.monotonic() - self._looked_at > DIRECTORY_S:
            self._directory = Directory(self.clinic_id, clock.now())
            self._looked_at = time.monotonic()
        return self._directory

    def _remember(self, fresh: dict[bytes, None]) -> None:
        self._seen.update(fresh)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def _recall(self) -> None:
        """What was stored before a restart is known after it: a sender that missed our answer sends again."""
        since = clock.now() - REMEMBERED_FOR
        for packed in Packet.objects.filter(clinic_id=self.clinic_id, last_received_at__gte=since).values_list(
            "digests", flat=True
        ):
            joined = bytes(packed)
            for start in range(0, len(joined), DIGEST_BYTES):
                self._seen[joined[start : start + DIGEST_BYTES]] = None
        for model in (KeptMessage, Arrival):
            rows = model.objects.filter(clinic_id=self.clinic_id, received_at__gte=since)
            for digest in rows.values_list("digest", flat=True):
                self._seen[bytes(digest)] = None


def samples_of(message: Message, received_at: datetime) -> list[Sample]:
    """Its observations as samples. Without a time of its own, a value is as old as the message."""
    received_ms = _ms(received_at)
    sent_ms = _ms(message.sent_at) if message.sent_at else received_ms
    return [
        Sample(_ms(one.at) if one.at else sent_ms, received_ms, one.measure, one.value, one.flag, message.person or "")
        for one in message.observations
    ]


def digest_of(one: Arrived) -> bytes:
    """The same bytes from the same address. The address counts: nobody else can make a device's message a repetition."""
    return hashlib.sha256(one.address.encode() + b"\0" + one.raw).digest()[:DIGEST_BYTES]


def _line(one: Arrived, message: Message, device: Device | None, problem: Problem | None) -> _Line:
    sender = _storable(" / ".join(part for part in (message.application, message.facility) if part))
    why = "unregistered" if problem is None else "unreadable"
    return _Line(why, device.id if device else None, None, one.address, sender)


def _stretch(lines: dict[_Line, tuple[datetime, datetime, int]], line: _Line, at: datetime) -> None:
    first, last, count = lines.get(line, (at, at, 0))
    lines[line] = (min(first, at), max(last, at), count + 1)


def _storable(text: str) -> str:
    """PostgreSQL takes no NUL in text; the raw bytes keep it."""
    return text.replace("\x00", "�")[:200]


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
