"""Absorption on a named disposition: depots in front of its "iv" and "norketamine" channels.

What does not reach plasma as ketamine in the gut forms norketamine on its first pass (mass flux, as the Otto metabolite was
fitted). Where the disposition has no norketamine that part is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ketachart.pharmacology.engine.errors import FloatArray
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.model_file import Dimension

Values = Mapping[str, FloatArray]

PARAMETERS: dict[str, Mapping[str, Dimension]] = {
    "first_order": {"F": "fraction", "ka": "rate"},
    "gut": {"F_oral": "fraction", "D_oral": "time", "ka_oral": "rate", "first_pass": "fraction"},
    "rectum": {"F": "fraction", "ka": "rate", "first_pass": "fraction"},
    "nose": {"ka_nose": "rate", "D_swallowed": "time", "ka_swallowed": "rate", "first_pass": "fraction"},
    "mouth": {
        "k_mucosa": "rate",
        "k_drip": "rate",
        "ka_mucosa": "rate",
        "F_oral": "fraction",
        "D_oral": "time",
        "ka_oral": "rate",
        "first_pass": "fraction",
    },
}


def _into(bank: ModeBank, plasma: FloatArray | float, norketamine: FloatArray | float) -> dict[str, FloatArray | float]:
    into = {"iv": plasma}
    if "norketamine" in bank.channels:
        into["norketamine"] = norketamine
    return into


def _first_order(bank: ModeBank, values: Values, label: str) -> ModeBank:
    return bank.with_depot(f"{label} depot", values["ka"], {"iv": values["F"]})


def _gut(bank: ModeBank, values: Values, label: str) -> ModeBank:
    lost = (1.0 - values["F_oral"]) * values["first_pass"]
    return bank.with_depot(f"{label} gut", values["ka_oral"], _into(bank, values["F_oral"], lost))


def _rectum(bank: ModeBank, values: Values, label: str) -> ModeBank:
    lost = (1.0 - values["F"]) * values["first_pass"]
    return bank.with_depot(f"{label} depot", values["ka"], _into(bank, values["F"], lost))


def _nose(bank: ModeBank, values: Values, label: str) -> ModeBank:
    bank = bank.with_depot(f"{label} nose", values["ka_nose"], {"iv": 1.0})
    return bank.with_depot(f"{label} gut", values["ka_swallowed"], _into(bank, 0.0, values["first_pass"]))


def _mouth(bank: ModeBank, values: Values, label: str) -> ModeBank:
    return _gut(bank, values, label).with_depot(f"{label} mucosa", values["ka_mucosa"], {"iv": 1.0})


EXTEND: dict[str, Callable[[ModeBank, Values, str], ModeBank]] = {
    "first_order": _first_order,
    "gut": _gut,
    "rectum": _rectum,
    "nose": _nose,
    "mouth": _mouth,
}
"""Structure name -> function(bank, values, label): the bank with channels "<label> depot", "<label> gut" and so on."""
