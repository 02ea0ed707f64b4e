"""What people did with devices and their data, as events. Streams: kind "device", its id is the device's."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from ketachart.record.kinds import Content, kind

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


@kind("devices.device_registered")
class DeviceRegistered(Content, frozen=True, kw_only=True):
    device_id: str
    name: str
    device_kind: str
    application: str
    facility: str
    address: str
    equipment: str
    timezone: str


@kind("devices.device_retired")
class DeviceRetired(Content, frozen=True, kw_only=True):
    device_id: str
    reason: str


@kind("devices.device_placed")
class DevicePlaced(Content, frozen=True, kw_only=True):
    """From this event on, what the device sends belongs to whoever is in this room."""

    placement_id: str
    device_id: str
    room_id: str
    room: str


@kind("devices.device_taken_away")
class DeviceTakenAway(Content, frozen=True, kw_only=True):
    placement_id: str
    device_id: str
    room_id: str


@kind("devices.packet_sealed")
class PacketSealed(Content, frozen=True, kw_only=True):
    """Telemetry of some minutes, sealed: its hash stands in the device's chain, so altering or losing it is seen."""

    packet_id: str
    device_id: str
    sha256: str
    messages: int
    first_received_at: Moment
    last_received_at: Moment


@kind("devices.data_matched")
class DataMatched(Content, frozen=True, kw_only=True):
    """Waiting data of a device between two times belongs to this session: a person says so."""

    waiting_id: str
    device_id: str
    session_id: str
    first_at: Moment
    last_at: Moment


@kind("devices.data_dismissed")
class DataDismissed(Content, frozen=True, kw_only=True):
    """Waiting data belongs to nobody's record. It is kept all the same."""

    waiting_id: str
    reason: str


@kind("devices.artefact_marked")
class ArtefactMarked(Content, frozen=True, kw_only=True):
    """Values that a device offered are not what they seem; the raw data stays."""

    device_id: str
    session_id: str
    measures: tuple[str, ...]
    first_at: Moment
    last_at: Moment
    reason: str
