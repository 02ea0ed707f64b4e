"""The session's readings and dose as coordinates of a small drawing for print. Pure: numbers in, numbers out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ketachart.treatment.state import SessionState

WIDTH, LEFT, RIGHT = 1000.0, 124.0, 18.0
TICKS_MINUTES = (10, 15, 30, 60, 120)
MOST_TICKS = 14


@dataclass(frozen=True)
class Mark:
    x: float
    y: float
    y2: float
    label: str


@dataclass(frozen=True)
class Lane:
    title: str
    unit: str
    css: str
    top: float
    bottom: float
    low: float
    high: float
    marks: tuple[Mark, ...]
    line: str = ""

    @property
    def label_y(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def low_y(self) -> float:
        return self.bottom - 2

    @property
    def high_y(self) -> float:
        return self.top + 10


@dataclass(frozen=True)
class Tick:
    x: float
    at: datetime


@dataclass(frozen=True)
class Picture:
    width: float
    height: float
    left: float
    right: float
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    dose_from: float | None
    dose_to: float | None

    @property
    def dose_width(self) -> float:
        return 0.0 if self.dose_from is None or self.dose_to is None else max(self.dose_to - self.dose_from, 1.0)

    @property
    def axis_y(self) -> float:
        return self.height - 16


LANES = (
    ("Blood pressure", "mmHg", "pressure", 120.0, ("systolic_mmhg", "diastolic_mmhg"), 40.0, 200.0),
    ("Heart rate", "/min", "heart", 70.0, ("heart_rate_per_min",), 40.0, 140.0),
    ("SpO₂", "%", "spo2", 56.0, ("spo2_percent",), 85.0, 100.0),
    ("Breathing", "/min", "breathing", 56.0, ("respiratory_rate_per_min",), 0.0, 40.0),
    ("MOAA/S", "0-5", "sedation", 48.0, ("sedation",), 0.0, 5.0),
    ("Dissociation", "0-10", "dissociation", 48.0, ("dissociation",), 0.0, 10.0),
)


def picture(state: SessionState, start: datetime, end: datetime) -> Picture:
    """All lanes over one time axis. A lane grows with what was measured: no value is cut off."""
    moments = [reading.at for readings in state.readings.values() for reading in readings]
    start = min([start, *moments])
    end = max([end, *moments, start + timedelta(minutes=30)])
    seconds = (end - start).total_seconds()

    def x(at: datetime) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (at - start).total_seconds() / seconds, 1)

    lanes: list[Lane] = []
    top = 8.0
    for title, unit, css, height, measures, low, high in LANES:
        readings = [reading for measure in measures for reading in state.readings.get(measure, ())]
        low = min([low, *(reading.value for reading in readings)])
        high = max([high, *(reading.value for reading in readings)])
        y = _scale(low, high, top, top + height)
        lanes.append(Lane(title, unit, css, top, top + height, low, high, _marks(state, measures, x, y)))
        top += height + 10
    lanes.append(_dose_lane(state, top, start, end, x))
    top += 80.0
    steps = state.dose.steps
    return Picture(
        width=WIDTH,
        height=top + 24,
        left=LEFT,
        right=WIDTH - RIGHT,
        lanes=tuple(lanes),
        ticks=tuple(Tick(x(at), at) for at in _ticks(start, end)),
        dose_from=x(steps[0].start) if steps else None,
        dose_to=x(steps[-1].end or end) if steps else None,
    )


def _scale(low: float, high: float, top: float, bottom: float) -> Callable[[float], float]:
    span = (high - low) or 1.0
    return lambda value: round(bottom - 3 - (bottom - top - 6) * (value - low) / span, 1)


def _marks(
    state: SessionState, measures: tuple[str, ...], x: Callable[[datetime], float], y: Callable[[float], float]
) -> tuple[Mark, ...]:
    first = state.readings.get(measures[0], ())
    if len(measures) == 1:
        return tuple(Mark(x(one.at), y(one.value), y(one.value), f"{one.value:g}") for one in first)
    lower = {one.entry_id: one for one in state.readings.get(measures[1], ())}
    return tuple(
        Mark(x(one.at), y(one.value), y(lower[one.entry_id].value), f"{one.value:g}/{lower[one.entry_id].value:g}")
        for one in first
        if one.entry_id in lower
    )


def _dose_lane(state: SessionState, top: float, start: datetime, end: datetime, x: Callable[[datetime], float]) -> Lane:
    """Running total in mg: straight between the moments at which the rate changed."""
    dose = state.dose
    planned = state.opened.plan.dose_mg if state.opened else 0.0
    high = max(planned, dose.delivered_mg(end), 1.0)
    y = _scale(0.0, high, top, top + 70)
    moments = {start, end}
    for step in dose.steps:
        moments |= {step.start, *([step.end] if step.end else [])}
    moments |= {bolus.at for bolus in dose.boluses}
    moments |= {bolus.at - timedelta(seconds=1) for bolus in dose.boluses}
    empty_at = dose.pump_empty_at()
    if empty_at is not None and empty_at < end:
        moments.add(empty_at)
    inside = sorted(at for at in moments if start <= at <= end)
    line = " ".join(f"{x(at)},{y(dose.delivered_mg(at))}" for at in inside)
    return Lane("Delivered", "mg", "dose", top, top + 70, 0.0, round(high, 1), (), line)


def _ticks(start: datetime, end: datetime) -> list[datetime]:
    minutes = (end - start).total_seconds() / 60
    step = next((step for step in TICKS_MINUTES if minutes / step <= MOST_TICKS), TICKS_MINUTES[-1])
    first = start.replace(minute=0, second=0, microsecond=0)
    found = []
    at = first
    while at <= end:
        if at >= start:
            found.append(at)
        at += timedelta(minutes=step)
    return found
