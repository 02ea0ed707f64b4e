"""The dose guardrails of knowledge/data/doses.toml, typed. Read once; rules get them handed in."""

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

import msgspec

from ketachart.knowledge.findings import Rule, Source


class DoseRule(Rule, frozen=True, kw_only=True):
    limits: dict[str, Decimal] = {}

    def limit(self, name: str) -> Decimal:
        return self.limits[name]


class Rounding(msgspec.Struct, frozen=True, kw_only=True):
    version: str
    volume_step_ml: Decimal
    rate_step_ml_per_h: Decimal
    source: Source


class Salt(msgspec.Struct, frozen=True, kw_only=True):
    base_mg: Decimal
    hydrochloride_mg: Decimal
    source: Source


class Vial(msgspec.Struct, frozen=True, kw_only=True):
    strength_mg_per_ml: Decimal
    volume_ml: Decimal


class Protocol(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    version: str
    title: str
    indication: str
    molecule: str
    route: str
    start_mg_per_kg: Decimal
    infusion_minutes: Decimal
    sessions: int
    sessions_per_week: int
    weeks: int
    summary: str
    effective_from: date
    source: Source


class SiteLimits(msgspec.Struct, frozen=True, kw_only=True):
    """None: this clinic has not set one, and nothing stands in for it."""

    maximum_dose_mg: Decimal | None = None
    maximum_rate_mg_per_min: Decimal | None = None


class DoseKnowledge(msgspec.Struct, frozen=True, kw_only=True):
    rounding: Rounding
    salt: Salt
    vials: tuple[Vial, ...]
    rules: tuple[DoseRule, ...]
    protocols: tuple[Protocol, ...]
    site: SiteLimits

    def rule(self, rule_id: str) -> DoseRule:
        return next(rule for rule in self.rules if rule.id == rule_id)

    def protocol(self, protocol_id: str) -> Protocol | None:
        return next((protocol for protocol in self.protocols if protocol.id == protocol_id), None)


@cache
def dose_knowledge() -> DoseKnowledge:
    text = files("ketachart.knowledge").joinpath("data/doses.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    return msgspec.convert(
        {
            "rounding": raw["rounding"],
            "salt": raw["salt"],
            "vials": raw["vial"],
            "rules": raw["rule"],
            "protocols": raw["protocol"],
            "site": {name: value or None for name, value in raw["site_settings"].items()},
        },
        DoseKnowledge,
    )
