"""Doses by route. Amounts are mg of base unless `basis` says hydrochloride; times are hours from a common zero."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, TypeVar

from ketachart.pharmacology.errors import BadInput
from ketachart.pharmacology.salts import DoseBasis, base_mg


def _check(kind: str, name: str, value: float, *, above: float | None = None, at_least: float | None = None) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadInput(f"{name} of the {kind} is {value!r}", field=name, fix="give a finite number")
    if above is not None and not value > above:
        raise BadInput(f"{name} of the {kind} is {value:g}", field=name, fix=f"it must be above {above:g}")
    if at_least is not None and value < at_least:
        raise BadInput(f"{name} of the {kind} is {value:g}", field=name, fix=f"it must be at least {at_least:g}")


@dataclass(frozen=True, kw_only=True)
class Dose:
    """What every dose has.

    Parameters
    ----------
    dose_mg : float
        mg of what `basis` names (of one device, for `NasalDevices`).
    at_h : float
        When it is given, h.
    basis : {"base", "hydrochloride"}
    """

    route: ClassVar[str] = ""
    kind: ClassVar[str] = "dose"
    dose_mg: float
    at_h: float = 0.0
    basis: DoseBasis = "base"

    def __post_init__(self) -> None:
        _check(self.kind, "dose_mg", self.dose_mg, above=0.0)
        _check(self.kind, "at_h", self.at_h, at_least=0.0)
        base_mg(self.dose_mg, self.basis)

    @property
    def base_dose_mg(self) -> float:
        """mg of base."""
        return base_mg(self.dose_mg, self.basis)

    @property
    def total_base_mg(self) -> float:
        """mg of base of the whole dose."""
        return self.base_dose_mg

    @property
    def end_h(self) -> float:
        """When the last of it has been given, h."""
        return self.at_h

    @property
    def model_route(self) -> str:
        """The route as model files name it."""
        return self.route


@dataclass(frozen=True, kw_only=True)
class Bolus(Dose):
    """An intravenous push, given at once."""

    route: ClassVar[str] = "intravenous"
    kind: ClassVar[str] = "bolus"


@dataclass(frozen=True, kw_only=True)
class Infusion(Dose):
    """An intravenous infusion at a constant rate over `duration_h` hours."""

    route: ClassVar[str] = "intravenous"
    kind: ClassVar[str] = "infusion"
    duration_h: float

    def __post_init__(self) -> None:
        super().__post_init__()
        _check(self.kind, "duration_h", self.duration_h, above=0.0)

    @property
    def end_h(self) -> float:
        return self.at_h + self.duration_h


@dataclass(frozen=True)
class RateChange:
    """From `at_h` on the pump runs at `rate_mg_per_h`; 0 is a pause."""

    at_h: float
    rate_mg_per_h: float


@dataclass(frozen=True)
class PumpLog:
    """An intravenous infusion whose rate was changed.

    Parameters
    ----------
    changes : sequence of RateChange
        In order of time.
    end_h : float
        When the last rate ends (or is planned to end), h.
    basis : {"base", "hydrochloride"}
    """

    changes: tuple[RateChange, ...]
    end_h: float
    basis: DoseBasis = "base"
    route: ClassVar[str] = "intravenous"
    kind: ClassVar[str] = "pump log"

    def __post_init__(self) -> None:
        object.__setattr__(self, "changes", tuple(self.changes))
        if not self.changes:
            raise BadInput("the pump log is empty", field="changes", fix="give at least one rate with its time")
        base_mg(1.0, self.basis)
        _check(self.kind, "end_h", self.end_h, at_least=0.0)
        last = -math.inf
        for change in self.changes:
            _check(self.kind, "at_h", change.at_h, at_least=0.0)
            _check(self.kind, "rate_mg_per_h", change.rate_mg_per_h, at_least=0.0)
            if change.at_h < last:
                raise BadInput(
                    f"the pump log is not in order of time: {change.at_h:g} h comes after {last:g} h",
                    field="changes",
                    fix="sort the rate changes by time",
                )
            last = change.at_h
        if self.end_h < last:
            raise BadInput(
                f"the pump log ends at {self.end_h:g} h, before its last change at {last:g} h",
                field="end_h",
                fix="let it end after the last change",
            )

    @property
    def steps(self) -> list[tuple[float, float, float]]:
        """(start_h, duration_h, mg of base) of every stretch with a rate above 0."""
        found = []
        for number, change in enumerate(self.changes):
            stop = self.changes[number + 1].at_h if number + 1 < len(self.changes) else self.end_h
            if stop > change.at_h and change.rate_mg_per_h > 0.0:
                amount = base_mg(change.rate_mg_per_h * (stop - change.at_h), self.basis)
                found.append((change.at_h, stop - change.at_h, amount))
        return found

    @property
    def at_h(self) -> float:
        """When it starts, h."""
        return self.changes[0].at_h

    @property
    def total_base_mg(self) -> float:
        """mg of base given until `end_h`."""
        return sum(amount for _, _, amount in self.steps)

    @property
    def model_route(self) -> str:
        """The route as model files name it."""
        return self.route


@dataclass(frozen=True, kw_only=True)
class IntramuscularInjection(Dose):
    """An injection into a muscle."""

    route: ClassVar[str] = "intramuscular"
    kind: ClassVar[str] = "intramuscular injection"


@dataclass(frozen=True, kw_only=True)
class SubcutaneousInjection(Dose):
    """An injection under the skin."""

    route: ClassVar[str] = "subcutaneous"
    kind: ClassVar[str] = "subcutaneous injection"


@dataclass(frozen=True, kw_only=True)
class NasalDevices(Dose):
    """One or more nasal devices of `dose_mg` each.

    Parameters
    ----------
    devices : int
    every_h : float
        Time between devices, h (the product's rest time).
    bioavailability : float, optional
        Fraction of the dose that reaches plasma as ketamine. A required attribute of every compounded racemic spray: it
        depends on formulation and volume, so there is no default. Not used for the esketamine product.
    """

    route: ClassVar[str] = "nasal"
    kind: ClassVar[str] = "nasal dose"
    devices: int = 1
    every_h: float = 0.0
    bioavailability: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.devices, bool) or not isinstance(self.devices, int) or not 1 <= self.devices <= 20:
            raise BadInput(f"devices is {self.devices!r}", field="devices", fix="give a whole number from 1 to 20")
        _check(self.kind, "every_h", self.every_h, at_least=0.0)
        if self.devices > 1 and self.every_h == 0.0:
            raise BadInput(
                "several nasal devices need the time between them", field="every_h", fix="give every_h, e.g. 5/60"
            )
        if self.bioavailability is not None:
            _check(self.kind, "bioavailability", self.bioavailability, above=0.0)
            if self.bioavailability > 1.0:
                raise BadInput(
                    f"bioavailability is {self.bioavailability:g}",
                    field="bioavailability",
                    fix="give a fraction up to 1",
                )

    @property
    def total_base_mg(self) -> float:
        return self.devices * self.base_dose_mg

    @property
    def end_h(self) -> float:
        return self.at_h + (self.devices - 1) * self.every_h


@dataclass(frozen=True, kw_only=True)
class Sublingual(Dose):
    """A troche, lozenge, wafer or film in the mouth.

    Parameters
    ----------
    hold_h : float
        How long it is held, h.
    swallowed : float
        Share of what is left in the mouth that is swallowed at the end: 1 swallow, 0 spit out.
    """

    route: ClassVar[str] = "sublingual"
    kind: ClassVar[str] = "sublingual dose"
    hold_h: float
    swallowed: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check(self.kind, "hold_h", self.hold_h, above=0.0)
        _check(self.kind, "swallowed", self.swallowed, at_least=0.0)
        if self.hold_h > 2.0:
            raise BadInput(
                f"hold_h is {self.hold_h:g}", field="hold_h", fix="a troche is not held for more than 2 hours"
            )
        if self.swallowed > 1.0:
            raise BadInput(
                f"swallowed is {self.swallowed:g}", field="swallowed", fix="give a share from 0 (spit) to 1 (swallow)"
            )

    @property
    def end_h(self) -> float:
        return self.at_h + self.hold_h


@dataclass(frozen=True, kw_only=True)
class Oral(Dose):
    """A swallowed solution, syrup or tablet.

    Parameters
    ----------
    release : {"immediate", "prolonged"}
    """

    route: ClassVar[str] = "oral"
    kind: ClassVar[str] = "oral dose"
    release: Literal["immediate", "prolonged"] = "immediate"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.release not in ("immediate", "prolonged"):
            raise BadInput(f"release is {self.release!r}", field="release", fix="say 'immediate' or 'prolonged'")

    @property
    def model_route(self) -> str:
        return "oral prolonged release" if self.release == "prolonged" else "oral"


@dataclass(frozen=True, kw_only=True)
class Rectal(Dose):
    """A suppository or rectal solution."""

    route: ClassVar[str] = "rectal"
    kind: ClassVar[str] = "rectal dose"


AnyDose = (
    Bolus
    | Infusion
    | PumpLog
    | IntramuscularInjection
    | SubcutaneousInjection
    | NasalDevices
    | Sublingual
    | Oral
    | Rectal
)

OneDose = TypeVar("OneDose", bound=Dose)


def repeated(dose: OneDose, *, every_h: float, times: int) -> list[OneDose]:
    """The same dose `times` times, `every_h` hours apart (a course).

    Raises
    ------
    BadInput
        When `every_h` is not positive or `times` is not between 1 and 1000.
    """
    _check("series", "every_h", every_h, above=0.0)
    if not 1 <= times <= 1000:
        raise BadInput(f"times is {times}", field="times", fix="give a whole number from 1 to 1000")
    return [replace(dose, at_h=dose.at_h + number * every_h) for number in range(times)]


LONGEST_SCHEDULE_H = 10 * 365 * 24.0
"""A later dose or end is a slip of the unit."""


def check_schedule(doses: Sequence[AnyDose], weight_kg: float | None) -> None:
    """Refuse what no clinic gives: no dose, more than ten years, overlapping pumps, more than ten times the label's range.

    Raises
    ------
    BadInput
        With the reason and the limit. Ketalar label: anaesthesia with 1-4.5 mg/kg intravenously, 6.5-13 mg/kg
        intramuscularly; other routes are held to the intramuscular limit. Without a weight 100 kg stands in.
    """
    if not doses:
        raise BadInput("no dose is given", field="doses", fix="give at least one dose")
    last_h = max(dose.end_h for dose in doses)
    if last_h > LONGEST_SCHEDULE_H:
        raise BadInput(
            f"the schedule ends at {last_h:g} h, more than ten years on",
            field="doses",
            fix="check the unit of starts and durations",
        )
    weight = 100.0 if weight_kg is None else weight_kg
    by_kind: dict[str, list[tuple[float, float]]] = {"intravenous": [], "other": []}
    for dose in doses:
        if isinstance(dose, PumpLog):
            by_kind["intravenous"] += [
                (start + duration, amount / max(1.0, duration)) for start, duration, amount in dose.steps
            ]
        elif isinstance(dose, Infusion):
            by_kind["intravenous"].append((dose.at_h, dose.base_dose_mg / max(1.0, dose.duration_h)))
        elif dose.route == "intravenous":
            by_kind["intravenous"].append((dose.at_h, dose.total_base_mg))
        else:
            by_kind["other"].append((dose.at_h, dose.total_base_mg))
    for kind, per_kg, words in (
        ("intravenous", 45.0, "intravenous label range for anaesthesia (4.5 mg/kg)"),
        ("other", 130.0, "intramuscular label range for anaesthesia (13 mg/kg)"),
    ):
        given = sorted(by_kind[kind])
        for at_h, _ in given:
            within = sum(amount for other, amount in given if at_h <= other < at_h + 1.0)
            if within > per_kg * weight:
                raise BadInput(
                    f"{within:g} mg within an hour is more than ten times the {words} at {weight:g} kg",
                    field="doses",
                    fix="check the unit and the decimal point",
                )
    logs = sorted((dose for dose in doses if isinstance(dose, PumpLog)), key=lambda log: log.at_h)
    for first, second in itertools.pairwise(logs):
        if second.at_h < first.end_h:
            raise BadInput(
                f"two pump logs overlap: one runs until {first.end_h:g} h, the next starts at {second.at_h:g} h",
                field="doses",
                fix="end the first before the second starts",
            )
