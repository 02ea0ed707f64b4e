"""The only place that reads the time. Rules take the time as an argument."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)


def iso(at: datetime) -> str:
    """ISO-8601 in UTC with milliseconds and Z: the form in every event."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def from_iso(text: str) -> datetime:
    """Read an ISO-8601 time; a time without zone is refused, because nobody could know when it was."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return at.astimezone(UTC)
