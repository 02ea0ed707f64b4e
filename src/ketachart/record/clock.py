"""The only place that reads the time. Rules take the time as an argument."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)


def iso(at: datetime) -> str:
    """ISO-8601 in UTC with milliseconds and Z: the form in every event."""
    if at.tzinfo is None:
        raise ValueError("a time without zone: nobody could know when it was")
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def from_iso(text: str) -> datetime:
    """Read an ISO-8601 time; ValueError when it is none or has no zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text} is out of range") from None
