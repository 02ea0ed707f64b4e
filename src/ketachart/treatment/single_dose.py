"""Doses given at once: injections, pushes, devices, troches. What looks charted twice, what comes next, and when."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from ketachart.treatment.kinds import DoseGiven, PlannedDose

CHARTED_TWICE_WITHIN = timedelta(minutes=2)
NEARLY = 1e-9


class Bolus(msgspec.Struct, frozen=True, kw_only=True):
    """One dose as it was given. `held_until` and `then` say how it left the mouth, once somebody charted it."""

    at: datetime
    dose_mg: float
    route: str
    site: str | None
    lot: str | None
    entry_id: str
    part: int | None = None
    device: int | None = None
    units: int | None = None
    over_minutes: float | None = None
    self_administered: bool | None = None
    observed: bool | None = None
    beyond_order_reason: str | None = None
    held_until: datetime | None = None
    then: str | None = None

    @property
    def number(self) -> int | None:
        """Which of the ordered devices or parts it was."""
        return self.part if self.device is None else self.device

    def given_mg(self, at: datetime) -> float:
        """What of it is in by then: a push goes in evenly over its minutes, everything else at once."""
        if at < self.at:
            return 0.0
        if not self.over_minutes:
            return self.dose_mg
        return self.dose_mg * min(1.0, (at - self.at) / timedelta(minutes=self.over_minutes))


class NextDose(msgspec.Struct, frozen=True, kw_only=True):
    """What may be given next. `left_mg` is what is left of the most that may be given in all."""

    number: int
    of: int
    dose_mg: float | None
    not_before: datetime | None
    left_mg: float


def bolus_from(content: DoseGiven, at: datetime, entry_id: str) -> Bolus:
    return Bolus(
        at=at,
        dose_mg=content.dose_mg,
        route=content.route,
        site=content.site,
        lot=content.lot,
        entry_id=entry_id,
        part=content.part,
        device=content.device,
        units=content.units,
        over_minutes=content.over_minutes,
        self_administered=content.self_administered,
        observed=content.observed,
        beyond_order_reason=content.beyond_order_reason,
    )


def looks_charted_twice(one: Bolus, other: Bolus) -> bool:
    """The same number is the same dose, whenever it was charted; without numbers, the same amount close by."""
    if one.route != other.route:
        return False
    if one.number is not None and other.number is not None:
        return one.number == other.number
    return one.dose_mg == other.dose_mg and abs(one.at - other.at) <= CHARTED_TWICE_WITHIN


def by_vein(route: str) -> bool:
    return route.strip().casefold() in {"iv", "intravenous"}


def most_at_once_mg(plan: PlannedDose) -> float | None:
    """The most that may be given at once in this session, in all its parts. None: the order names none."""
    if by_vein(plan.route):
        return plan.bolus_mg
    return plan.dose_mg if plan.maximum_cumulative_mg is None else plan.maximum_cumulative_mg


def ordered_parts(plan: PlannedDose) -> tuple[float, ...]:
    """mg of each dose as ordered, in order."""
    if by_vein(plan.route):
        return () if plan.bolus_mg is None else (plan.bolus_mg,)
    if plan.devices is not None and plan.device_mg is not None:
        return (plan.device_mg,) * plan.devices
    return plan.parts or (plan.dose_mg,)


def too_soon(one: Bolus, others: Sequence[Bolus], plan: PlannedDose) -> bool:
    """Nearer to another dose than the order's interval."""
    minutes = plan.minimum_interval_minutes
    if minutes is None:
        return False
    return any(abs(one.at - other.at) < timedelta(minutes=minutes) for other in others)


def next_dose(boluses: Sequence[Bolus], plan: PlannedDose | None, weight_kg: float | None = None) -> NextDose | None:
    """What comes next under this order; None when nothing is left to give."""
    most_mg = None if plan is None else most_at_once_mg(plan)
    if plan is None or most_mg is None:
        return None
    if plan.ceiling_mg_per_kg is not None and weight_kg:
        most_mg = min(most_mg, plan.ceiling_mg_per_kg * weight_kg)
    left_mg = most_mg - sum(bolus.dose_mg for bolus in boluses)
    if left_mg <= NEARLY * most_mg:
        return None
    ordered = ordered_parts(plan)
    used = {bolus.number or place for place, bolus in enumerate(boluses, start=1)}
    number = next(place for place in range(1, len(used) + 2) if place not in used)
    if plan.devices is not None and number > len(ordered):
        return None
    last = max((bolus.at for bolus in boluses), default=None)
    minutes = plan.minimum_interval_minutes
    return NextDose(
        number=number,
        of=len(ordered),
        dose_mg=ordered[number - 1] if number <= len(ordered) else None,
        not_before=None if last is None or minutes is None else last + timedelta(minutes=minutes),
        left_mg=left_mg,
    )
