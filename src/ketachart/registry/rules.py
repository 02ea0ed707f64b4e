"""The outcome chart's data: fixed range, no line across a gap, response and remission from a pinned baseline.

The same function draws the chart for the patient and for the clinician, so the two cannot differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import TypeVar

from ketachart.course.outcome_rules import is_remission, is_response, response_line
from ketachart.instruments.model import Instrument
from ketachart.instruments.scoring import band as band_of
from ketachart.instruments.scoring import change

WIDTH, HEIGHT = 960, 360
LEFT, RIGHT, TOP, BOTTOM = 44, 132, 34, 40


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """One form: answered (total), incomplete (total None) or asked for and never answered (missed)."""

    at: datetime
    total: float | None
    missed: bool = False
    sitting_id: str = ""


@dataclass(frozen=True, kw_only=True)
class DoseMark:
    at: datetime
    session_number: int | None
    dose_mg: float | None
    route: str | None


@dataclass(frozen=True, kw_only=True)
class PlacedPoint:
    """`reliable`: "better" or "worse" where the change from the baseline is more than the scale's own error."""

    sitting: Sitting
    x: float
    y: float
    is_baseline: bool
    reliable: str | None = None


@dataclass(frozen=True, kw_only=True)
class PlacedGap:
    sitting: Sitting
    x: float


@dataclass(frozen=True, kw_only=True)
class PlacedDose:
    dose: DoseMark
    x: float


@dataclass(frozen=True, kw_only=True)
class PlacedBand:
    label: str
    y: float
    height: float
    level: int
    first: float
    last: float

    @property
    def label_y(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, kw_only=True)
class PlacedLine:
    label: str
    y: float
    value: float


@dataclass(frozen=True, kw_only=True)
class Tick:
    label: str
    place: float


@dataclass(frozen=True, kw_only=True)
class ChartRow:
    """One line of the table beside the chart: everything the chart shows, in words."""

    at: datetime
    what: str
    total: float | None = None
    band: str | None = None
    drop_percent: float | None = None
    response: bool | None = None
    remission: bool | None = None
    is_baseline: bool = False
    reliable: str | None = None
    dose: DoseMark | None = None

    @property
    def rise_percent(self) -> float | None:
        return None if self.drop_percent is None else -self.drop_percent


@dataclass(frozen=True, kw_only=True)
class OutcomeChart:
    title: str
    lowest: float
    highest: float
    bands: tuple[PlacedBand, ...]
    points: tuple[PlacedPoint, ...]
    segments: tuple[tuple[PlacedPoint, PlacedPoint], ...]
    gaps: tuple[PlacedGap, ...]
    doses: tuple[PlacedDose, ...]
    response: PlacedLine | None
    remission: PlacedLine | None
    y_ticks: tuple[Tick, ...]
    x_ticks: tuple[Tick, ...]
    rows: tuple[ChartRow, ...]
    baseline_total: float | None
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right_edge: int = WIDTH - RIGHT
    top: int = TOP
    bottom_edge: int = HEIGHT - BOTTOM

    @property
    def plot_width(self) -> int:
        return self.right_edge - self.left

    @property
    def plot_height(self) -> int:
        return self.bottom_edge - self.top


def outcome_chart(
    instrument: Instrument,
    sittings: Sequence[Sitting],
    doses: Sequence[DoseMark],
    *,
    baseline_id: str | None,
) -> OutcomeChart:
    ordered = sorted(sittings, key=lambda sitting: sitting.at)
    marks = sorted(doses, key=lambda dose: dose.at)
    scale = _Scale.over([s.at for s in ordered] + [d.at for d in marks], instrument.minimum, instrument.maximum)
    baseline = next((s for s in ordered if baseline_id is not None and s.sitting_id == baseline_id), None)
    baseline_total = baseline.total if baseline is not None else None
    points = tuple(
        PlacedPoint(
            sitting=s,
            x=scale.x(s.at),
            y=scale.y(s.total),
            is_baseline=s is baseline,
            reliable=_reliable(instrument, baseline, s),
        )
        for s in ordered
        if s.total is not None and instrument.minimum <= s.total <= instrument.maximum
    )
    halved = response_line(instrument, baseline_total)
    return OutcomeChart(
        title=instrument.title,
        lowest=instrument.minimum,
        highest=instrument.maximum,
        bands=_bands(instrument, scale),
        points=points,
        segments=_segments(ordered, points),
        gaps=tuple(PlacedGap(sitting=s, x=scale.x(s.at)) for s in ordered if s.total is None),
        doses=tuple(PlacedDose(dose=d, x=scale.x(d.at)) for d in marks),
        response=None if halved is None else PlacedLine(label="Response", y=scale.y(halved), value=halved),
        remission=_remission(instrument, scale),
        y_ticks=tuple(
            Tick(label=str(value), place=scale.y(value))
            for value in sorted({instrument.minimum, *(band.minimum for band in instrument.band), instrument.maximum})
        ),
        x_ticks=scale.day_ticks(),
        rows=_rows(instrument, ordered, marks, baseline),
        baseline_total=baseline_total,
    )


def _segments(ordered: Sequence[Sitting], points: Sequence[PlacedPoint]) -> tuple[tuple[PlacedPoint, PlacedPoint], ...]:
    """Two neighbours are joined only if nothing between them was left incomplete or unanswered."""
    placed = {id(point.sitting): point for point in points}
    return tuple(
        (placed[id(one)], placed[id(other)])
        for one, other in pairwise(ordered)
        if id(one) in placed and id(other) in placed
    )


def _bands(instrument: Instrument, scale: "_Scale") -> tuple[PlacedBand, ...]:
    """A band reaches half a point beyond its scores, so that no score lies on a border; the range's ends stay fixed."""
    placed = []
    for level, band in enumerate(instrument.band):
        low = instrument.minimum if band.minimum == instrument.minimum else band.minimum - 0.5
        high = instrument.maximum if band.maximum == instrument.maximum else band.maximum + 0.5
        top = scale.y(high)
        placed.append(
            PlacedBand(
                label=band.label, y=top, height=scale.y(low) - top, level=level, first=band.minimum, last=band.maximum
            )
        )
    return tuple(placed)


def _remission(instrument: Instrument, scale: "_Scale") -> PlacedLine | None:
    """Drawn half a point below the cut: scores under the line are in remission."""
    cut = instrument.change.remission_below if instrument.change else None
    if cut is None:
        return None
    return PlacedLine(label="Remission", y=scale.y(cut - 0.5), value=float(cut))


def _rows(
    instrument: Instrument, ordered: Sequence[Sitting], marks: Sequence[DoseMark], baseline: Sitting | None
) -> tuple[ChartRow, ...]:
    baseline_total = baseline.total if baseline else None
    rows = [
        ChartRow(
            at=s.at,
            what="missed" if s.missed else ("incomplete" if s.total is None else "score"),
            total=s.total,
            band=band_of(instrument, s.total),
            drop_percent=_after(baseline, s, change(instrument, baseline=baseline_total, now=s.total).percent),
            response=_after(baseline, s, is_response(instrument, baseline_total, s.total)),
            remission=_after(baseline, s, is_remission(instrument, s.total)),
            is_baseline=s is baseline,
            reliable=_reliable(instrument, baseline, s),
        )
        for s in ordered
    ]
    rows += [ChartRow(at=d.at, what="dose", dose=d) for d in marks]
    return tuple(sorted(rows, key=lambda row: row.at))


def _reliable(instrument: Instrument, baseline: Sitting | None, sitting: Sitting) -> str | None:
    """Which way a score has reliably changed; None where it has not, or where no source says from when on it has."""
    found = change(instrument, baseline=baseline.total if baseline else None, now=sitting.total)
    way = "better" if found.reliable_improvement else "worse" if found.reliable_worsening else None
    return _after(baseline, sitting, way)


Measure = TypeVar("Measure")


def _after(baseline: Sitting | None, sitting: Sitting, value: Measure | None) -> Measure | None:
    """Change counts from the baseline on: a score before it is neither response nor remission."""
    if baseline is None or sitting is baseline or sitting.at < baseline.at:
        return None
    return value


@dataclass(frozen=True, kw_only=True)
class _Scale:
    first: datetime | None
    last: datetime | None
    lowest: float
    highest: float

    @classmethod
    def over(cls, times: Sequence[datetime], lowest: float, highest: float) -> "_Scale":
        return cls(first=min(times, default=None), last=max(times, default=None), lowest=lowest, highest=highest)

    def x(self, at: datetime) -> float:
        assert self.first is not None
        assert self.last is not None
        span = (self.last - self.first).total_seconds()
        inner_left, inner_right = LEFT + 16, WIDTH - RIGHT - 16
        if span <= 0:
            return round(inner_left + 0.8 * (inner_right - inner_left), 1)  # where a phone looks first
        return round(inner_left + (at - self.first).total_seconds() / span * (inner_right - inner_left), 1)

    def y(self, value: float) -> float:
        share = (value - self.lowest) / (self.highest - self.lowest)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP), 1)

    def day_ticks(self) -> tuple[Tick, ...]:
        """At most seven dates, evenly chosen among the days of the span."""
        if self.first is None or self.last is None:
            return ()
        days = (self.last.date() - self.first.date()).days
        if days == 0:
            return (Tick(label=_day(self.first.date()), place=self.x(self.first)),)
        step = max(1, -(-days // 6))
        midnights = [date.fromordinal(self.first.date().toordinal() + offset) for offset in range(0, days + 1, step)]
        span = (self.last - self.first) / days
        return tuple(
            Tick(label=_day(day), place=self.x(min(self.last, self.first + span * index * step)))
            for index, day in enumerate(midnights)
        )


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
