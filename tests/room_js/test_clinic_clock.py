"""The room shows and takes the clinic's time, whatever zone the tablet is set to."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

ZONES = ("Europe/London", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland", "UTC")
MOMENTS = (
    datetime(2026, 1, 15, 23, 59, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 1, tzinfo=UTC),
    datetime(2026, 7, 1, 0, 0, 5, tzinfo=UTC),
    datetime(2026, 10, 25, 3, 0, tzinfo=UTC),
    datetime(2026, 11, 22, 17, 30, tzinfo=UTC),
)
MINUTES_AGO = (0, 5, 90, 23 * 60)


def in_ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


@pytest.mark.parametrize("zone", ZONES)
def test_a_time_is_said_as_the_clinics_clock_shows_it(zone: str, run_module: Callable[[str], Any]) -> None:
    said = run_module(f"""
        globalThis.document = {{ documentElement: {{ dataset: {{ timezone: "{zone}" }} }} }};
        const {{ clockTimeWithSeconds }} = await import("ROOM/time_words.js");
        console.log(JSON.stringify({json.dumps([in_ms(at) for at in MOMENTS])}.map(clockTimeWithSeconds)));
    """)
    assert said == [f"{at.astimezone(ZoneInfo(zone)):%H:%M:%S}" for at in MOMENTS]


@pytest.mark.parametrize("zone", ZONES)
def test_a_typed_clock_time_is_the_last_time_the_clinics_clock_showed_it(
    zone: str, run_module: Callable[[str], Any]
) -> None:
    quiet = [at for at in MOMENTS if at.month in (1, 7, 11)]  # away from the nights on which the clocks change
    now = [at for at in quiet for _ in MINUTES_AGO]
    meant = [(at - timedelta(minutes=ago)).replace(second=0) for at in quiet for ago in MINUTES_AGO]
    typed = [at.astimezone(ZoneInfo(zone)) for at in meant]
    asked = [[one.hour, one.minute, in_ms(at)] for one, at in zip(typed, now, strict=True)]
    understood = run_module(f"""
        globalThis.document = {{ documentElement: {{ dataset: {{ timezone: "{zone}" }} }} }};
        const {{ lastTimeTheClockShowed }} = await import("ROOM/clinic_clock.js");
        console.log(JSON.stringify({json.dumps(asked)}.map((one) => lastTimeTheClockShowed(...one))));
    """)
    assert understood == [in_ms(at) for at in meant]
