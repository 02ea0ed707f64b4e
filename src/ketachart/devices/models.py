"""Devices, where they stand, and what they sent.

A message of a registered device is an ``Arrival`` until it is sealed with its neighbours into a ``Packet`` (in one
transaction, byte for byte). Everything else that came (unknown sender, unreadable) is a ``KeptMessage`` for good.
``Waiting`` is the queue that people work on.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ketachart.people.models import Room
from ketachart.record.models import ChartedModel, ClinicModel

DEVICE_KINDS = {"monitor": "Monitor", "pump": "Pump"}

WAITING_WHY = {
    "unregistered": "Sender is not registered",
    "unreadable": "Message cannot be read",
    "no room": "Device stands in no room",
    "no session": "Nobody’s session was in the room",
    "another person": "Device names another person",
}
WAITING_STATES = {"waiting": "Waiting", "matched": "Matched", "dismissed": "Dismissed"}


class Device(ClinicModel):
    """The allow-list: what names itself so, from this address, is this device."""

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=list(DEVICE_KINDS.items()))
    application = models.CharField(max_length=200)
    facility = models.CharField(max_length=200, blank=True)
    address = models.GenericIPAddressField()
    equipment = models.CharField(max_length=200, blank=True)
    timezone = models.CharField(max_length=64, blank=True)
    registered_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "address", "application", "facility", "equipment"],
                condition=Q(retired_at__isnull=True),
                name="devices_device_identity_once",
            ),
            models.UniqueConstraint(
                fields=["clinic", "name"], condition=Q(retired_at__isnull=True), name="devices_device_name_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Placement(ClinicModel):
    """In which room a device stands, from when until when."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="placements")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-from_at"]
        indexes = [models.Index(fields=["clinic", "room", "from_at"], name="devices_placement_room")]
        constraints = [
            models.UniqueConstraint(
                fields=["device"], condition=Q(until_at__isnull=True), name="devices_placement_one_room"
            )
        ]

    def __str__(self) -> str:
        return f"placement {self.id}"


class Arrival(ClinicModel):
    """A message as it came, committed before it is acknowledged. Moved, not lost, when it is sealed into a packet."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+", db_index=False)
    received_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    digest = models.BinaryField()
    raw = models.BinaryField()
    samples = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["device", "received_at"], name="devices_arrival_device")]

    def __str__(self) -> str:
        return f"arrival {self.id}"


class Packet(ClinicModel):
    """Messages of one device over some minutes: as they came, and their samples. Its hash is in the device's chain."""

    append_only = True

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+", db_index=False)
    first_received_at = models.DateTimeField()
    last_received_at = models.DateTimeField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    messages = models.PositiveIntegerField()
    clock_offset_ms = models.BigIntegerField(null=True)
    last_sent_at = models.DateTimeField(null=True)
    raw = models.BinaryField()
    samples = models.BinaryField()
    digests = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["device", "last_at"], name="devices_packet_device")]

    def __str__(self) -> str:
        return f"packet {self.id}"


class KeptMessage(ClinicModel):
    """A message that belongs to no registered device or could not be read, with the reason. Kept for good."""

    append_only = True

    received_at = models.DateTimeField()
    address = models.GenericIPAddressField()
    application = models.CharField(max_length=200)
    facility = models.CharField(max_length=200)
    control_id = models.CharField(max_length=200)
    why = models.CharField(max_length=20, choices=list(WAITING_WHY.items()))
    problem = models.CharField(max_length=200)
    whole = models.BooleanField(default=True)
    digest = models.BinaryField()
    raw = models.BinaryField()
    waiting = models.ForeignKey("Waiting", on_delete=models.PROTECT, related_name="messages")

    class Meta:
        indexes = [models.Index(fields=["clinic", "received_at"], name="devices_kept_received")]

    def __str__(self) -> str:
        return f"kept message {self.id}"


class Waiting(ClinicModel):
    """One stretch of data that belongs to nobody's record yet. People match it or dismiss it with a reason."""

    why = models.CharField(max_length=20, choices=list(WAITING_WHY.items()))
    device = models.ForeignKey(Device, null=True, on_delete=models.PROTECT, related_name="+")
    room = models.ForeignKey(Room, null=True, on_delete=models.PROTECT, related_name="+")
    address = models.GenericIPAddressField(null=True)
    sender = models.CharField(max_length=420, blank=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=list(WAITING_STATES.items()), default="waiting")
    session_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-last_at"]
        indexes = [models.Index(fields=["clinic", "state", "last_at"], name="devices_waiting_state")]

    def __str__(self) -> str:
        return f"waiting {self.id}"


class Match(ClinicModel):
    """Data of a device between two times, given to a session by a person."""

    append_only = True

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    session_id = models.UUIDField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    event_id = models.UUIDField()

    class Meta:
        indexes = [models.Index(fields=["clinic", "session_id"], name="devices_match_session")]

    def __str__(self) -> str:
        return f"match {self.id}"


class ArtefactMark(ChartedModel):
    """Values of a device that a person has called an artefact: drawn, never offered."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    session_id = models.UUIDField()
    measures = models.JSONField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    reason = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["clinic", "session_id"], name="devices_artefact_session")]
