"""The code map: what devices call their values (codes.toml), typed. Pure."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec


class CodeSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    citation: str
    read: str


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    system: str
    code: str
    name: str
    measure: str
    source: str


class Unit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dimension: str
    codes: tuple[str, ...]
    source: str
    add: float = 0.0
    times: float = 1.0

    def converted(self, value: float) -> float:
        if self.add == 0.0 and self.times == 1.0:
            return value
        return round((value + self.add) * self.times, 2)


class CodeMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    sources: dict[str, CodeSource]
    code: tuple[Code, ...]
    unit: tuple[Unit, ...]
    dimensions: dict[str, str]


MEASURE_WORDS = {
    "systolic_mmhg": ("Systolic pressure", "mmHg"),
    "diastolic_mmhg": ("Diastolic pressure", "mmHg"),
    "mean_mmhg": ("Mean pressure", "mmHg"),
    "heart_rate_per_min": ("Heart rate", "/min"),
    "pulse_rate_per_min": ("Pulse (SpO₂ probe)", "/min"),
    "cuff_pulse_rate_per_min": ("Pulse (cuff)", "/min"),
    "spo2_percent": ("SpO₂", "%"),
    "respiratory_rate_per_min": ("Breathing rate", "/min"),
    "temperature_c": ("Temperature", "°C"),
    "pump_rate_ml_per_h": ("Pump rate", "mL/h"),
    "pump_volume_ml": ("Volume infused", "mL"),
}


@cache
def code_map() -> CodeMap:
    return msgspec.convert(tomllib.loads((Path(__file__).parent / "codes.toml").read_text()), CodeMap)


@cache
def _by_code() -> dict[tuple[str, str], Code]:
    return {(one.system, one.code): one for one in code_map().code}


@cache
def _by_unit() -> dict[str, Unit]:
    return {code: one for one in code_map().unit for code in one.codes}


def measure_of(coded: tuple[tuple[str, str], ...]) -> Code | None:
    """The first of several (system, code) pairs that the map knows."""
    known = _by_code()
    return next((known[pair] for pair in coded if pair in known), None)


def unit_of(given: tuple[str, ...], measure: str) -> Unit | None:
    """The unit among what stands in OBX-6, if it is one of this measure's dimension."""
    dimension = code_map().dimensions[measure]
    units = _by_unit()
    for text in given:
        unit = units.get(text)
        if unit is not None:
            return unit if unit.dimension == dimension else None
    return None
