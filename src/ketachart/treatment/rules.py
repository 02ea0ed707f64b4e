"""The gates of a session as findings. Pure: a state and a time in, findings out. Missing is never met."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ketachart.knowledge.findings import Finding, OverrideGiven, override_holds
from ketachart.treatment.discharge_rules import DISCHARGE_TESTS
from ketachart.treatment.finding_shapes import Test
from ketachart.treatment.kinds import Gate, GateOverridden
from ketachart.treatment.protocol import RuleGate, SessionProtocol, session_protocol
from ketachart.treatment.start_rules import START_TESTS
from ketachart.treatment.state import SessionState


def start_findings(state: SessionState, at: datetime, protocol: SessionProtocol | None = None) -> tuple[Finding, ...]:
    """Everything that must hold before the first dose."""
    return _gate_findings("start", START_TESTS, state, at, protocol)


def discharge_findings(
    state: SessionState, at: datetime, protocol: SessionProtocol | None = None
) -> tuple[Finding, ...]:
    """Everything that must hold before the patient leaves."""
    return _gate_findings("discharge", DISCHARGE_TESTS, state, at, protocol)


def gate_findings(state: SessionState, gate: Gate, at: datetime) -> tuple[Finding, ...]:
    return start_findings(state, at) if gate == "start" else discharge_findings(state, at)


@dataclass(frozen=True)
class GivenAt:
    """An override and when it was given: it covers what could be seen then, and no later reading."""

    override: OverrideGiven
    at: datetime


def overrides_given(state: SessionState, gate: Gate, at: datetime) -> tuple[GivenAt, ...]:
    found = []
    for entry in state.overrides:
        content = entry.content
        assert isinstance(content, GateOverridden)
        if content.gate != gate or entry.effective_at > at:
            continue
        for aside in content.verdicts:
            given = OverrideGiven(
                rule_id=aside.rule_id,
                rule_version=aside.rule_version,
                verdict=aside.verdict,
                reason=content.reason,
                by_name=entry.author_name or "",
                by_role=content.by_role or "",
                by_id=entry.author or "",
                second_id=content.second_signer_id,
                second_name=content.second_signer_name,
            )
            found.append(GivenAt(given, entry.effective_at))
    return tuple(found)


def override_that_holds(finding: Finding, given: Iterable[GivenAt]) -> OverrideGiven | None:
    """The override of this very finding, if nothing that it rests on was measured or answered since."""
    newest = max((seen.at for seen in finding.seen if seen.at is not None), default=None)
    return next(
        (
            one.override
            for one in given
            if override_holds(finding, one.override) and (newest is None or newest <= one.at)
        ),
        None,
    )


def what_holds_the_gate(state: SessionState, gate: Gate, at: datetime) -> tuple[Finding, ...]:
    """The findings in the way: blocking, not met, and not set aside."""
    given = overrides_given(state, gate, at)
    return tuple(
        finding
        for finding in gate_findings(state, gate, at)
        if finding.blocks and finding.verdict != "met" and override_that_holds(finding, given) is None
    )


def gate_is_open(state: SessionState, gate: Gate, at: datetime) -> bool:
    """Nothing in the way, and something was judged at all."""
    judged = any(finding.blocks for finding in gate_findings(state, gate, at))
    return judged and not what_holds_the_gate(state, gate, at)


def _gate_findings(
    gate: RuleGate,
    tests: dict[str, Test],
    state: SessionState,
    at: datetime,
    protocol: SessionProtocol | None,
) -> tuple[Finding, ...]:
    protocol = protocol or session_protocol()
    plan = state.opened.plan if state.opened else None
    rules = protocol.gate(
        gate, molecule=plan.molecule if plan else None, route=plan.route if plan else None, on=at.date()
    )
    return tuple(tests[rule.id](state, at, rule, protocol) for rule in rules)
