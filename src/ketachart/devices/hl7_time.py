"""HL7 v2 time stamps: YYYYMMDDHHMM[SS[.S[S[S[S]]]]][+/-ZZZZ]. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_STAMP = re.compile(
    r"^(?P<date>[0-9]{8})(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})"
    r"(?:(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,6}))?)?(?P<zone>[+-][0-9]{4})?$"
)


def time_from(text: str, zone: tzinfo) -> datetime | None:
    """The moment in UTC; a stamp without a zone is in ``zone``. None when the text is no moment (a day alone is none)."""
    found = _STAMP.match(text.strip())
    if found is None:
        return None
    micro = int((found["fraction"] or "0").ljust(6, "0"))
    day = found["date"]
    try:
        local = datetime(
            int(day[:4]), int(day[4:6]), int(day[6:]),
            int(found["hour"]), int(found["minute"]), int(found["second"] or 0), micro,
            tzinfo=_offset(found["zone"]) if found["zone"] else zone,
        )  # fmt: skip
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def time_text(at: datetime) -> str:
    """As devices send it: milliseconds and the zone."""
    utc = at.astimezone(UTC)
    return f"{utc:%Y%m%d%H%M%S}.{utc.microsecond // 1000:03d}+0000"


def _offset(text: str) -> timezone:
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[3:5])))
