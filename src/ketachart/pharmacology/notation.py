"""The command line's short notation for doses and times: "10mg/30min", "28mg*3/5min", "0.5mg/kg/40min@1h"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ketachart.pharmacology.errors import BadInput

_NUMBER = r"(\d+(?:\.\d*)?|\.\d+)"
_DOSE = re.compile(
    rf"^\s*{_NUMBER}\s*(mg/kg|mg|mcg/kg|ug/kg|µg/kg|mcg|ug|µg|g)\s*(?:\*\s*(\d+))?\s*"
    rf"(?:/\s*{_NUMBER}\s*(h|min|s))?\s*(?:@\s*{_NUMBER}\s*(h|min|s))?\s*$"
)
_HOURS = {"h": 1.0, "min": 1.0 / 60.0, "s": 1.0 / 3600.0}
_MG = {"mg": 1.0, "mcg": 1e-3, "ug": 1e-3, "µg": 1e-3, "g": 1e3}


@dataclass(frozen=True)
class Written:
    """A dose as written: mg, how many, over (or every) how many hours, starting when."""

    dose_mg: float
    times: int
    over_h: float | None
    at_h: float


def read_dose(option: str, text: str, weight_kg: float | None, *, needs_duration: bool = False) -> Written:
    """Read a dose in the short notation.

    Parameters
    ----------
    option : str
        For the message, e.g. "--infusion".
    text : str
    weight_kg : float, optional
        Needed for doses per kg.
    needs_duration : bool
        Whether "/30min" must be there.

    Raises
    ------
    BadInput
        For a missing or unknown unit, a missing duration, a dose per kg without a weight.
    """
    example = f"{option} 10mg/30min" if needs_duration else f"{option} 25mg"
    match = _DOSE.match(text)
    if match is None:
        raise BadInput(
            f"{option} {text!r} cannot be read", field=option, fix=f"write the amount with its unit, e.g. {example}"
        )
    amount, unit, times, over, over_unit, start, start_unit = match.groups()
    if needs_duration and over is None:
        raise BadInput(f"{option} {text!r} has no duration", field=option, fix=f"add it with its unit, e.g. {example}")
    dose_mg = float(amount) * _MG[unit.removesuffix("/kg")]
    if unit.endswith("/kg"):
        if weight_kg is None:
            raise BadInput(f"{option} {text!r} is per kg", field=option, fix="give --weight-kg")
        dose_mg *= weight_kg
    return Written(
        dose_mg=dose_mg,
        times=int(times or 1),
        over_h=None if over is None else float(over) * _HOURS[over_unit],
        at_h=0.0 if start is None else float(start) * _HOURS[start_unit],
    )


def read_duration(option: str, text: str) -> float:
    """Hours from "40min", "2h" or "90s". Raises BadInput without a unit."""
    match = re.match(rf"^\s*{_NUMBER}\s*(h|min|s)\s*$", text)
    if match is None:
        raise BadInput(
            f"{option} {text!r} cannot be read",
            field=option,
            fix=f"write a number with h, min or s, e.g. {option} 40min",
        )
    return float(match.group(1)) * _HOURS[match.group(2)]


def read_times(option: str, text: str) -> list[float]:
    """Hours from "0.5,1,2,5h" or "10,20,40min": numbers with one unit at the end. Raises BadInput."""
    match = re.match(r"^(.*?)\s*(h|min)\s*$", text)
    numbers = re.split(r"\s*,\s*", match.group(1)) if match else []
    if match is None or not all(re.fullmatch(_NUMBER, number.strip()) for number in numbers):
        raise BadInput(
            f"{option} {text!r} cannot be read",
            field=option,
            fix=f"write numbers and one unit, e.g. {option} 0.5,1,2,5h",
        )
    return [float(number) * _HOURS[match.group(2)] for number in numbers]


def read_pump(option: str, text: str) -> tuple[list[tuple[float, float]], float]:
    """Rate changes from "0min:52mg/h,15min:0mg/h,20min:52mg/h,45min:end": (h, mg/h) and the end. Raises BadInput."""
    changes: list[tuple[float, float]] = []
    end: float | None = None
    for part in text.split(","):
        time, _, rate = part.strip().partition(":")
        at_h = read_duration(option, time)
        if rate.strip() == "end":
            end = at_h
            continue
        match = re.match(rf"^\s*{_NUMBER}\s*mg/h\s*$", rate)
        if match is None:
            raise BadInput(
                f"{option} {part!r} cannot be read", field=option, fix=f"write e.g. {option} 0min:52mg/h,40min:end"
            )
        changes.append((at_h, float(match.group(1))))
    if end is None:
        raise BadInput(f"{option} {text!r} has no end", field=option, fix="add e.g. 40min:end")
    return changes, end
