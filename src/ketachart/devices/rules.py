"""What follows from samples: when they were true, what may be charted from them, and where pump and chart disagree. Pure.

Nothing here charts and nothing here drives a device: the answers are shown to a person, or charted by a command where the
clinic has said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Final, Literal

import msgspec

from ketachart.devices.telemetry import Sample

WINDOW_S: Final = 60
WINDOW_SOURCE: Final = (
    "median per minute: Kool 2012, Can J Anesth 59:833 (9,534 minutes of anaesthesia; artefacts 0.0 % of heart rates, "
    "0.3 % of saturations, 2.3 % of cuff pressures so filtered)"
)

FRESH_S: Final = 15
"""A one-hertz feed that has been silent for so long is silent: its last value is not offered as the present one."""

PRESSURE_OFFERED_S: Final = 600
"""A cuff pressure is offered until it is so old; its own time is charted with it, never the time of the tap."""

CHARTED: Final = {
    # measure of the chart: what it may be taken from, best first
    "heart_rate_per_min": ("heart_rate_per_min", "pulse_rate_per_min"),
    "spo2_percent": ("spo2_percent",),
    "respiratory_rate_per_min": ("respiratory_rate_per_min",),
    "temperature_c": ("temperature_c",),
}

IMPLAUSIBLE: Final = "outside what can be"


class Limits(msgspec.Struct, frozen=True):
    """Typing limits of one measure: outside the first two it cannot be, outside the last two it is unusual."""

    minimum: float | None
    usual_minimum: float | None
    usual_maximum: float | None
    maximum: float | None

    def impossible(self, value: float) -> bool:
        return _outside(value, self.minimum, self.maximum)

    def unusual(self, value: float) -> bool:
        return _outside(value, self.usual_minimum, self.usual_maximum)


class Mark(msgspec.Struct, frozen=True):
    """What a person has called an artefact: these measures between these times."""

    measures: tuple[str, ...]
    first_ms: int
    last_ms: int
    reason: str

    def covers(self, measure: str, at_ms: int) -> bool:
        return measure in self.measures and self.first_ms <= at_ms <= self.last_ms


class Placed(msgspec.Struct, frozen=True):
    """A sample on the record's own axis."""

    at_ms: int
    sample: Sample
    left_out: str = ""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """Values of one moment that could be charted, and how they came about."""

    at: datetime
    content: dict[str, float]
    unusual: tuple[str, ...]
    taken_from: dict[str, str]
    samples: dict[str, int]
    left_out: dict[str, int]
    about: Literal["pressure", "median"]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Pump and chart do not say the same: for a person to settle."""

    what: Literal["rate", "running", "volume"]
    since: datetime
    pump: float
    charted: float
    meaning: str
    action: str


def clock_offset_ms(samples: Iterable[tuple[int, int]]) -> int | None:
    """How far the device's clock is ahead of ours, from pairs (device time of sending, time of receipt).

    A message that waited on the way looks like a slow clock, never like a fast one. So the greatest difference is the
    one with the least delay.
    """
    return max((sent_ms - received_ms for sent_ms, received_ms in samples), default=None)


def place(
    samples: Iterable[Sample],
    offset_ms: int,
    mrn: str | None,
    limits: Mapping[str, Limits],
    marks: Sequence[Mark] = (),
) -> list[Placed]:
    """Samples at the time when they were true, each with why it must not count; the same one twice is one."""
    seen: set[tuple[int, str, float]] = set()
    found: list[Placed] = []
    for sample in samples:
        key = (sample.device_ms, sample.measure, sample.value)
        if key in seen:
            continue
        seen.add(key)
        bounds = limits.get(sample.measure)
        why = sample.flag
        if not why and names_another(sample.person, mrn):
            why = "the device names another person"
        if not why and bounds is not None and bounds.impossible(sample.value):
            why = IMPLAUSIBLE
        at_ms = sample.device_ms - offset_ms
        if not why:
            why = next((one.reason for one in marks if one.covers(sample.measure, at_ms)), "")
        found.append(Placed(at_ms, sample, why))
    found.sort(key=lambda one: one.at_ms)
    return found


def names_another(person: str, mrn: str | None) -> bool:
    """Whether the device is admitted to somebody else. A device that names nobody names nobody else."""
    return bool(person) and mrn is not None and person.strip().casefold() != mrn.strip().casefold()


def offers(
    placed: Sequence[Placed],
    now: datetime,
    limits: Mapping[str, Limits],
    last_pressure_at: datetime | None = None,
    window_s: int = WINDOW_S,
) -> tuple[Offer, ...]:
    """What could be charted now: the newest cuff pressure with its own time, and medians of the last minute."""
    now_ms = _ms(now)
    found = []
    pressure = _pressure(placed, now_ms, limits, last_pressure_at)
    if pressure is not None:
        found.append(pressure)
    content: dict[str, float] = {}
    taken_from: dict[str, str] = {}
    counts: dict[str, int] = {}
    left_out: dict[str, int] = {}
    latest_ms = 0
    for measure, sources in CHARTED.items():
        for source in sources:
            window = [p for p in placed if p.sample.measure == source and now_ms - window_s * 1000 < p.at_ms <= now_ms]
            good = [one for one in window if not one.left_out]
            if not good or now_ms - good[-1].at_ms > FRESH_S * 1000:
                continue
            value = median(one.sample.value for one in good)
            content[measure] = round(value, 1) if measure == "temperature_c" else float(round(value))
            taken_from[measure], counts[measure], left_out[measure] = source, len(good), len(window) - len(good)
            latest_ms = max(latest_ms, good[-1].at_ms)
            break
    if content:
        found.append(
            Offer(
                at=_moment(latest_ms),
                content=content,
                unusual=_unusual(content, limits),
                taken_from=taken_from,
                samples=counts,
                left_out=left_out,
                about="median",
            )
        )
    return tuple(found)


def _pressure(
    placed: Sequence[Placed], now_ms: int, limits: Mapping[str, Limits], last_at: datetime | None
) -> Offer | None:
    """Systolic and diastolic of one inflation: the same device time. One without the other is no pressure."""
    by_time: dict[int, dict[str, float]] = {}
    for one in placed:
        if one.sample.measure in {"systolic_mmhg", "diastolic_mmhg"} and not one.left_out:
            by_time.setdefault(one.at_ms, {})[one.sample.measure] = one.sample.value
    whole = [at for at, pair in by_time.items() if len(pair) == 2 and pair["diastolic_mmhg"] < pair["systolic_mmhg"]]
    if not whole:
        return None
    at_ms = max(whole)
    if not 0 <= now_ms - at_ms <= PRESSURE_OFFERED_S * 1000:
        return None
    if last_at is not None and at_ms <= _ms(last_at):
        return None  # this inflation, or a later one, is charted already
    content = by_time[at_ms]
    return Offer(
        at=_moment(at_ms),
        content=content,
        unusual=_unusual(content, limits),
        taken_from={measure: measure for measure in content},
        samples=dict.fromkeys(content, 1),
        left_out=dict.fromkeys(content, 0),
        about="pressure",
    )


def pump_differences(
    placed: Sequence[Placed],
    charted: Sequence[tuple[datetime, datetime | None, float]],
    charted_volume_ml: float | None,
    now: datetime,
    agrees_within_percent: float,
    settle_s: float,
) -> tuple[Difference, ...]:
    """Where the pump's latest words and the chart disagree. ``charted``: steps (from, until, mL/h) of the chart.

    ``settle_s``: how long after a change on either side the two may differ, because one hand does both.
    """
    now_ms = _ms(now)
    rates = [one for one in placed if one.sample.measure == "pump_rate_ml_per_h" and not one.left_out]
    rates = [one for one in rates if one.at_ms <= now_ms]
    if not rates or now_ms - rates[-1].at_ms > WINDOW_S * 1000:
        return ()
    pump = rates[-1].sample.value
    since_ms = rates[-1].at_ms
    for one in reversed(rates):
        if one.sample.value != pump:
            break
        since_ms = one.at_ms
    step = next((one for one in reversed(charted) if _ms(one[0]) <= now_ms and (one[1] is None or now < one[1])), None)
    rate = step[2] if step else 0.0
    changed_ms = max((_ms(edge) for one in charted for edge in one[:2] if edge and _ms(edge) <= now_ms), default=0)
    if now_ms - max(since_ms, changed_ms) < settle_s * 1000 or _agree(pump, rate, agrees_within_percent):
        return _volume(placed, charted_volume_ml, now_ms, agrees_within_percent)
    running = pump > 0 and rate > 0
    return (
        Difference(
            what="rate" if running else "running",
            since=_moment(max(since_ms, changed_ms)),
            pump=pump,
            charted=rate,
            meaning=f"The pump reports {pump:g} mL/h; the chart says {f'{rate:g} mL/h' if rate else 'nothing is running'}.",
            action="Look at the pump. Chart what it does, or set the pump as charted: nothing is changed by itself.",
        ),
        *_volume(placed, charted_volume_ml, now_ms, agrees_within_percent),
    )


def _volume(
    placed: Sequence[Placed], charted_ml: float | None, now_ms: int, agrees_within_percent: float
) -> tuple[Difference, ...]:
    """Volumes are compared once the infusion is charted as stopped with its volume."""
    if charted_ml is None:
        return ()
    volumes = [one for one in placed if one.sample.measure == "pump_volume_ml" and not one.left_out]
    if not volumes or _agree(volumes[-1].sample.value, charted_ml, agrees_within_percent):
        return ()
    pump = volumes[-1].sample.value
    return (
        Difference(
            what="volume",
            since=_moment(volumes[-1].at_ms),
            pump=pump,
            charted=charted_ml,
            meaning=f"The pump counted {pump:g} mL; the chart says {charted_ml:g} mL were given.",
            action="Read the pump's total again. Correct the entry, or write a note: nothing is changed by itself.",
        ),
    )


def _agree(one: float, other: float, within_percent: float) -> bool:
    return abs(one - other) <= max(abs(one), abs(other)) * within_percent / 100 + 1e-9


def _unusual(content: Mapping[str, float], limits: Mapping[str, Limits]) -> tuple[str, ...]:
    return tuple(name for name, value in content.items() if (bounds := limits.get(name)) and bounds.unusual(value))


def _outside(value: float, low: float | None, high: float | None) -> bool:
    return value != value or (low is not None and value < low) or (high is not None and value > high)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
