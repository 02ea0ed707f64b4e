"""The dose guardrails of knowledge/data/doses.toml and the protocols of protocols.toml, typed. Read once; rules get them handed in."""

from datetime import date
from decimal import Decimal
from functools import cache

import msgspec

from ketachart.knowledge.catalogue import Said
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


class Phase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of a protocol. Weeks count from the first dose; `to_week` None: from then on."""

    title: str
    from_week: int
    to_week: int | None = None
    sessions_per_week: str


class Protocol(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A studied or labelled way to treat one indication. What its source does not give is None or empty."""

    id: str
    version: str
    title: str
    indication: str
    product: str
    molecule: str
    route: str
    summary: str
    effective_from: date
    source: Source
    start_mg_per_kg: Decimal | None = None
    start_mg: Decimal | None = None
    step_mg: Decimal | None = None
    steps_mg_per_kg: tuple[Decimal, ...] = ()
    steps_mg: tuple[Decimal, ...] = ()
    range_mg_per_kg: tuple[Decimal, Decimal] | None = None
    range_mg: tuple[Decimal, Decimal] | None = None
    from_years: int | None = None
    infusion_minutes: Decimal | None = None
    sessions: int | None = None
    sessions_per_week: int | None = None
    weeks: int | None = None
    phase: tuple[Phase, ...] = ()
    titration: Said | None = None
    maintenance: Said | None = None


class RouteLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the clinic has set for one route but the vein. None: it has not, and nothing stands in for it."""

    ceiling_mg_per_kg: Decimal | None = None
    maximum_dose_mg: Decimal | None = None
    minimum_interval_minutes: Decimal | None = None


class SiteLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """None: this clinic has not set one, and nothing stands in for it."""

    maximum_dose_mg: Decimal | None = None
    maximum_rate_mg_per_min: Decimal | None = None
    routes: dict[str, RouteLimits] = {}

    def of(self, route: str | None) -> RouteLimits:
        return self.routes.get(route or "", RouteLimits())


class DoseKnowledge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rounding: Rounding
    salt: Salt
    vials: tuple[Vial, ...]
    rules: tuple[DoseRule, ...]
    protocols: tuple[Protocol, ...]
    site: SiteLimits = SiteLimits()

    def rule(self, rule_id: str) -> DoseRule:
        return next(rule for rule in self.rules if rule.id == rule_id)

    def protocols_for(self, indication: str, product: str | None = None, route: str | None = None) -> list[Protocol]:
        return [
            one
            for one in self.protocols
            if one.indication == indication and product in (None, one.product) and route in (None, one.route)
        ]

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
            "protocols": read("protocols.toml")["protocol"],
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
            routes={route: _limits_of(route, values) for route in OTHER_ROUTES},
        ),
    )


OTHER_ROUTES = ("IM", "SC", "nasal", "sublingual", "oral", "rectal")
DIVIDED_ROUTES = ("IM", "SC")


def _limits_of(route: str, values: SiteValues) -> RouteLimits:
    name = f"course.{route.lower()}"
    apart = values.number(f"{name}.minimum_interval_minutes") if route in DIVIDED_ROUTES else None
    return RouteLimits(
        ceiling_mg_per_kg=_decimal(values.number(f"{name}.ceiling_mg_per_kg")),
        maximum_dose_mg=_decimal(values.number(f"{name}.maximum_dose_mg")),
        minimum_interval_minutes=_decimal(apart),
    )


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
