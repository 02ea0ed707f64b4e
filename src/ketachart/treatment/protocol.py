"""The rules of a session as data: knowledge/data/session.toml, typed. Read once; rules get it handed in."""

from datetime import date
from functools import cache
from typing import Literal

import msgspec

from ketachart.knowledge.findings import Guardrail, Rule, Source
from ketachart.knowledge.loader import ArrivalQuestion, TimeOutItem, entry_ranges, read, session_lists, typed

RuleGate = Literal["start", "discharge"]


class SessionRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    gate: RuleGate
    limits: dict[str, float] = {}
    molecules: tuple[str, ...] = ()


class MonitoringLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    item: str
    phase: str
    source: Source
    every_minutes: float | None = None
    at_minutes: tuple[float, ...] | None = None
    every_setting: str | None = None
    """The clinic's own interval: the line stands only where the clinic has set one."""
    anchor: str = "phase_started"
    grace_minutes: float | None = None


class MonitoringProtocol(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    title: str
    routes: tuple[str, ...]
    molecules: tuple[str, ...]
    lines: tuple[MonitoringLine, ...]


class EntryLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Outside minimum..maximum (inclusive) is refused."""

    label: str
    unit: str
    minimum: float
    maximum: float
    source: Source


class EntryChecks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rate_agrees_within_percent: float
    rate_at_most_times_ordered: float
    ahead_minutes: float
    before_opening_hours: float
    source: Source


class PreAlert(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long before the due time the first sign comes, as a share of the interval."""

    share: float
    source: Source


class Alerts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    grace_minutes: float
    prescriber_after_share: float
    source: Source
    pre_alert: PreAlert


class SessionProtocol(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: str
    effective_from: date
    alerts: Alerts
    entry: EntryChecks
    monitoring: tuple[MonitoringProtocol, ...]
    limits: dict[str, EntryLimit]
    rules: tuple[SessionRule, ...]
    vital_limits: dict[str, Guardrail]
    arrival: tuple[ArrivalQuestion, ...]
    time_out: tuple[TimeOutItem, ...]

    def rule(self, rule_id: str) -> SessionRule:
        return next(rule for rule in self.rules if rule.id == rule_id)

    def gate(
        self, gate: RuleGate, *, molecule: str | None, on: date, route: str | None = None
    ) -> tuple[SessionRule, ...]:
        """The rules of a gate. A molecule or route that nobody knows falls under all of them, never under none."""
        known = {one for rule in self.rules for one in rule.molecules}
        routes = {one for protocol in self.monitoring for one in protocol.routes}
        return tuple(
            rule
            for rule in self.rules
            if rule.gate == gate
            and rule.in_force(on)
            and (not rule.molecules or molecule in rule.molecules or molecule not in known)
            and (not rule.routes or route in rule.routes or route not in routes)
        )

    def time_out_for(self, *, route: str | None, molecule: str | None) -> tuple[TimeOutItem, ...]:
        """What is asked before this dose; for a route or molecule that nobody knows, everything."""
        routes = {one for item in self.time_out for one in item.routes}
        molecules = {one for item in self.time_out for one in item.molecules}
        return tuple(
            item
            for item in self.time_out
            if (not item.routes or route in item.routes or route not in routes)
            and (not item.molecules or molecule in item.molecules or molecule not in molecules)
        )

    def monitoring_for(self, *, route: str, molecule: str) -> MonitoringProtocol | None:
        """None when no schedule is known for this route and molecule: nobody's schedule stands in for it."""
        return next(
            (one for one in self.monitoring if route in one.routes and molecule in one.molecules),
            None,
        )


@cache
def session_protocol() -> SessionProtocol:
    content = read("session.toml")
    return typed(
        {
            **{
                name: content[name] for name in ("version", "effective_from", "alerts", "entry", "monitoring", "limits")
            },
            "rules": content["rule"],
            "vital_limits": entry_ranges(),
            "arrival": session_lists().arrival,
            "time_out": session_lists().time_out,
        },
        SessionProtocol,
        "session.toml",
    )
