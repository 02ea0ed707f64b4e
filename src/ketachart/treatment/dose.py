"""What went in: dose events in the order of their effective times, and the amount delivered up to any moment."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from math import fsum
from typing import Literal

import msgspec

from ketachart.treatment.entries import Entry
from ketachart.treatment.kinds import (
    DoseGiven,
    HoldEnded,
    InfusionPaused,
    InfusionRateChanged,
    InfusionResumed,
    InfusionStarted,
    InfusionStopped,
    PlannedDose,
    PumpRead,
)
from ketachart.treatment.single_dose import (
    NEARLY,
    Bolus,
    bolus_from,
    looks_charted_twice,
    most_at_once_mg,
    too_soon,
)

PumpStatus = Literal["not started", "running", "paused", "stopped"]

MICROSECONDS_PER_HOUR = 3_600_000_000

PUMP_DIFFERS_BY_SHARE = 0.1
"""Of what the pump was filled with. A check for slipped digits and rates nobody charted, not for a pump's accuracy."""


class RateStep(msgspec.Struct, frozen=True, kw_only=True):
    """The pump at one rate, from `start` until `end` (None: until further notice)."""

    start: datetime
    end: datetime | None
    rate_mg_per_h: float
    rate_ml_per_h: float
    entry_id: str


class Irregularity(msgspec.Struct, frozen=True, kw_only=True):
    """Two statements about the dose that do not fit each other: shown to a person, never settled silently."""

    entry_id: str
    at: datetime
    meaning: str


class PumpMoment(msgspec.Struct, frozen=True):
    at: datetime
    status: PumpStatus


class DoseTimeline(msgspec.Struct, frozen=True, kw_only=True):
    steps: tuple[RateStep, ...] = ()
    boluses: tuple[Bolus, ...] = ()
    pump: tuple[PumpMoment, ...] = ()
    irregular: tuple[Irregularity, ...] = ()
    pump_holds_mg: float | None = None
    pump_volume_given_ml: float | None = None
    first_dose_at: datetime | None = None
    last_dose_at: datetime | None = None
    """The last dose given at once."""
    infusion_started_at: datetime | None = None
    infusion_stopped_at: datetime | None = None

    def pump_status(self, at: datetime | None = None) -> PumpStatus:
        status: PumpStatus = "not started"
        for moment in self.pump:
            if at is not None and moment.at > at:
                break
            status = moment.status
        return status

    def rate_at(self, at: datetime) -> RateStep | None:
        for step in reversed(self.steps):
            if step.start <= at and (step.end is None or at < step.end):
                return step
        return None

    def infused_mg(self, at: datetime) -> float:
        """What the pump has delivered: rate times time, never more than it was filled with."""
        parts = []
        for step in self.steps:
            if step.start >= at:
                break
            end = at if step.end is None or step.end > at else step.end
            parts.append(step.rate_mg_per_h * _microseconds(end - step.start) / MICROSECONDS_PER_HOUR)
        infused = fsum(parts)
        return infused if self.pump_holds_mg is None else min(infused, self.pump_holds_mg)

    def delivered_mg(self, at: datetime) -> float:
        return fsum([self.infused_mg(at), *(bolus.given_mg(at) for bolus in self.boluses)])

    def pump_empty_at(self) -> datetime | None:
        """When the charted rates say the pump has run dry, if they do."""
        if self.pump_holds_mg is None:
            return None
        infused = 0.0
        for step in self.steps:
            left = self.pump_holds_mg - infused
            if step.rate_mg_per_h > 0:
                empty = step.start + timedelta(hours=left / step.rate_mg_per_h)
                if step.end is None or empty <= step.end:
                    return empty
            if step.end is not None:
                infused += step.rate_mg_per_h * _microseconds(step.end - step.start) / MICROSECONDS_PER_HOUR
        return None


def dose_timeline(entries: Iterable[Entry], plan: PlannedDose | None) -> DoseTimeline:
    """Reads dose entries in the order of their effective times. What cannot be is kept as an irregularity."""
    steps: list[RateStep] = []
    boluses: list[Bolus] = []
    pump: list[PumpMoment] = []
    irregular: list[Irregularity] = []
    status: PumpStatus = "not started"
    volume_given_ml: float | None = None
    displays: list[tuple[Entry, float]] = []
    twins: set[str] = set()

    def note(entry: Entry, meaning: str) -> None:
        irregular.append(Irregularity(entry_id=entry.id, at=entry.effective_at, meaning=meaning))

    def end_step(at: datetime) -> None:
        if steps and steps[-1].end is None:
            steps[-1] = msgspec.structs.replace(steps[-1], end=at)

    def run(entry: Entry, content: InfusionStarted | InfusionRateChanged | InfusionResumed) -> None:
        nonlocal status
        end_step(entry.effective_at)
        steps.append(
            RateStep(
                start=entry.effective_at,
                end=None,
                rate_mg_per_h=content.rate_mg_per_h,
                rate_ml_per_h=content.rate_ml_per_h,
                entry_id=entry.id,
            )
        )
        status = "running"
        pump.append(PumpMoment(entry.effective_at, status))

    def take(bolus: Bolus, entry: Entry) -> None:
        """Counted in every case; what does not fit the order, or looks charted twice, is said."""
        if any(looks_charted_twice(bolus, earlier) for earlier in boluses):
            note(entry, "this dose was charted twice: was it given twice?")
            twins.add(bolus.entry_id)
        elif bolus.beyond_order_reason is None and plan is not None:
            others = [one for one in boluses if one.entry_id not in twins]
            most_mg = most_at_once_mg(plan)
            if too_soon(bolus, others, plan):
                note(entry, "sooner after another dose than the order allows")
            elif most_mg is not None and sum(one.dose_mg for one in [*others, bolus]) > most_mg * (1 + NEARLY):
                note(entry, "more was given than the order allows")
        boluses.append(bolus)

    def end_hold(entry: Entry, content: HoldEnded) -> None:
        if not boluses:
            note(entry, "the end of a hold without its dose")
        elif boluses[-1].held_until is not None:
            note(entry, "the end of this hold was charted twice; the first one counts")
        else:
            boluses[-1] = msgspec.structs.replace(boluses[-1], held_until=entry.effective_at, then=content.then)

    for entry in entries:
        content = entry.content
        if isinstance(content, DoseGiven):
            take(bolus_from(content, entry.effective_at, entry.id), entry)
        elif isinstance(content, HoldEnded):
            end_hold(entry, content)
        elif isinstance(content, PumpRead):
            if content.volume_given_ml is not None:
                displays.append((entry, content.volume_given_ml))
        elif isinstance(content, InfusionStarted):
            if status == "stopped":
                note(entry, "a start after the infusion was stopped is not counted")
                continue
            if status != "not started":
                note(entry, "the infusion was started twice")
            run(entry, content)
        elif isinstance(content, InfusionRateChanged):
            if status == "running":
                run(entry, content)
            else:
                note(entry, f"a rate change while the infusion was {status} is not counted")
        elif isinstance(content, InfusionPaused):
            if status != "running":
                note(entry, f"a pause while the infusion was {status}")
                continue
            end_step(entry.effective_at)
            status = "paused"
            pump.append(PumpMoment(entry.effective_at, status))
        elif isinstance(content, InfusionResumed):
            if status == "paused":
                run(entry, content)
            elif status == "running":
                note(entry, "a resume while the infusion was running counts as a rate change")
                run(entry, content)
            else:
                note(entry, f"a resume while the infusion was {status} is not counted")
        elif isinstance(content, InfusionStopped):
            if status in {"not started", "stopped"}:
                note(entry, f"a stop while the infusion was {status}")
                continue
            end_step(entry.effective_at)
            status = "stopped"
            volume_given_ml = content.volume_given_ml
            if volume_given_ml is not None:
                displays.append((entry, volume_given_ml))
            pump.append(PumpMoment(entry.effective_at, status))

    moments = [steps[0].start] if steps else []
    if boluses:
        moments.append(boluses[0].at)
    found = DoseTimeline(
        steps=tuple(steps),
        boluses=tuple(boluses),
        pump=tuple(pump),
        irregular=tuple(irregular),
        pump_holds_mg=pump_holds_mg(plan),
        pump_volume_given_ml=volume_given_ml,
        first_dose_at=min(moments) if moments else None,
        last_dose_at=boluses[-1].at if boluses else None,
        infusion_started_at=steps[0].start if steps else None,
        infusion_stopped_at=pump[-1].at if status == "stopped" else None,
    )
    return msgspec.structs.replace(found, irregular=(*irregular, *_pump_differs(found, displays, plan)))


def _pump_differs(
    dose: DoseTimeline, displays: Iterable[tuple[Entry, float]], plan: PlannedDose | None
) -> Iterator[Irregularity]:
    """What the pump says it gave, where that is far from what the charted rates say."""
    if plan is None or plan.concentration_mg_per_ml is None or not dose.pump_holds_mg:
        return
    for entry, volume_ml in displays:
        apart_mg = abs(volume_ml * plan.concentration_mg_per_ml - dose.infused_mg(entry.effective_at))
        if apart_mg > dose.pump_holds_mg * PUMP_DIFFERS_BY_SHARE:
            yield Irregularity(
                entry_id=entry.id,
                at=entry.effective_at,
                meaning="the pump's volume and the charted rates do not agree: correct whichever is wrong",
            )


def pump_holds_mg(plan: PlannedDose | None) -> float | None:
    if plan is None:
        return None
    if plan.volume_ml is not None and plan.concentration_mg_per_ml is not None:
        return plan.volume_ml * plan.concentration_mg_per_ml
    return plan.dose_mg - (plan.bolus_mg or 0.0)


def remaining_steps(timeline: DoseTimeline, plan: PlannedDose | None, at: datetime) -> Sequence[RateStep]:
    """The rest of the pump at the rate that runs now, or at the ordered rate if nothing has started."""
    holds = pump_holds_mg(plan)
    if plan is None or holds is None:
        return ()
    status = timeline.pump_status(at)
    if status == "stopped":
        return ()
    running = timeline.rate_at(at)
    rate_mg_per_h = running.rate_mg_per_h if running else plan.rate_mg_per_h
    rate_ml_per_h = running.rate_ml_per_h if running else plan.rate_ml_per_h
    left_mg = holds - timeline.infused_mg(at)
    if not rate_mg_per_h or left_mg <= 0:
        return ()
    return (
        RateStep(
            start=at,
            end=at + timedelta(hours=left_mg / rate_mg_per_h),
            rate_mg_per_h=rate_mg_per_h,
            rate_ml_per_h=rate_ml_per_h or 0.0,
            entry_id="planned",
        ),
    )


def _microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
