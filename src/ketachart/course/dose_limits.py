"""The dose guardrails of knowledge/data/doses.toml, typed. Read once; rules get them handed in."""

from datetime import date
from decimal import Decimal
from functools import cache

import msgspec

from ketachart.knowledge.findings import Rule, Source
from ketachart.knowledge.loader import read, typed
from ketachart.policy.rules import SiteValues


class DoseRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limits: dict[str, Decimal] = {}

    def limit(self, name: str) -> Decimal:
        return self.limits[name]


class Rounding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: str
    volume_step_ml: Decimal
    rate_step_ml_per_h: Decimal
    source: Source


class Salt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    base_mg: Decimal
    hydrochloride_mg: Decimal
    source: Source


class Vial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    strength_mg_per_ml: Decimal
    volume_ml: Decimal
    source: Source


class Protocol(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


class SiteLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """None: this clinic has not set one, and nothing stands in for it."""

    maximum_dose_mg: Decimal | None = None
    maximum_rate_mg_per_min: Decimal | None = None


class DoseKnowledge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rounding: Rounding
    salt: Salt
    vials: tuple[Vial, ...]
    rules: tuple[DoseRule, ...]
    protocols: tuple[Protocol, ...]
    site: SiteLimits = SiteLimits()

    def rule(self, rule_id: str) -> DoseRule:
        return next(rule for rule in self.rules if rule.id == rule_id)

    def protocol(self, protocol_id: str) -> Protocol | None:
        return next((protocol for protocol in self.protocols if protocol.id == protocol_id), None)


@cache
def dose_knowledge() -> DoseKnowledge:
    content = read("doses.toml")
    return typed(
        {
            "rounding": content["rounding"],
            "salt": content["salt"],
            "vials": content["vial"],
            "rules": content["rule"],
            "protocols": content["protocol"],
        },
        DoseKnowledge,
        "doses.toml",
    )


def dose_knowledge_with(values: SiteValues) -> DoseKnowledge:
    """The same, with the limits that this clinic has set for itself."""
    return msgspec.structs.replace(
        dose_knowledge(),
        site=SiteLimits(
            maximum_dose_mg=_decimal(values.number("course.iv.maximum_dose_mg")),
            maximum_rate_mg_per_min=_decimal(values.number("course.iv.maximum_rate_mg_per_min")),
        ),
    )


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
