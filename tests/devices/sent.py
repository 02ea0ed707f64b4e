"""Messages as devices send them, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from ketachart.devices.simulator import oru

AT = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
APPLICATION, FACILITY = "KETACHART^SIMULATOR", "SYNTHETIC"


def message(
    values: Mapping[str, float] | None = None,
    *,
    at: datetime = AT,
    number: int = 1,
    unit: str = "SIM-1",
    **more: object,
) -> bytes:
    return oru(values or {"heart_rate_per_min": 72}, at=at, control_id=f"{unit}-{number}", unit=unit, **more)  # type: ignore[arg-type]


def second(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def obx(*segments: str, header: str | None = None, pid: str = "PID|||") -> bytes:
    """A message with these OBX segments."""
    first = header or "MSH|^~\\&|MON|FAC|||20261122170000+0000||ORU^R01^ORU_R01|42|P|2.6"
    return "\r".join([first, pid, "OBR|1|||182777000^x^SCT|||20261122165955+0000", *segments, ""]).encode()
