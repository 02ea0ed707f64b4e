"""What keeps a gate shut, said as a refusal; and which findings of it a person may set aside."""

from datetime import datetime

from ketachart.knowledge.findings import Finding
from ketachart.record.errors import Refused
from ketachart.treatment.entries import EventMeta
from ketachart.treatment.kinds import Gate, GateOverridden
from ketachart.treatment.rules import gate_findings, gate_is_open, what_holds_the_gate
from ketachart.treatment.state import SessionState


def gate_problem(state: SessionState, gate: Gate, at: datetime, what: str) -> Refused | None:
    """What holds the gate. Where no rule is in force nothing was judged, and the gate stays shut too."""
    held = what_holds_the_gate(state, gate, at)
    if held or gate_is_open(state, gate, at):
        return held_problem(held, what)
    return Refused(
        f"{what}: no rule in force judges it on that day.", field="effective_at", fix="Check the time; renew the rules."
    )


def held_problem(findings: tuple[Finding, ...], what: str) -> Refused | None:
    if not findings:
        return None
    first = findings[0]
    titles = "; ".join(f"{finding.title} ({finding.verdict})" for finding in findings)
    return Refused(f"{what}: {titles}.", field=first.rule_id, fix=first.action)


def override_problem(state: SessionState, content: GateOverridden, meta: EventMeta) -> Refused | None:
    if not content.findings or {aside.rule_id for aside in content.verdicts} != set(content.findings):
        return Refused("It is not said which findings are set aside.", field="findings", fix="Choose at least one.")
    standing = {finding.rule_id: finding for finding in gate_findings(state, content.gate, meta.effective_at)}
    for aside in content.verdicts:
        finding = standing.get(aside.rule_id)
        if finding is None or (finding.rule_version, finding.verdict) != (aside.rule_version, aside.verdict):
            return Refused(
                f"{aside.rule_id} has changed since it was shown.", field="findings", fix="Look at it again."
            )
        problem = _may_set_aside(finding, content, meta)
        if problem is not None:
            return problem
    return None


def _may_set_aside(finding: Finding, content: GateOverridden, meta: EventMeta) -> Refused | None:
    allowed = finding.overridable
    if allowed is None or (finding.verdict == "missing" and not allowed.covers_missing):
        return Refused(f"“{finding.title}” cannot be set aside.", field="findings", fix=finding.action)
    if content.by_role not in allowed.roles:
        who = " or ".join(allowed.roles)
        return Refused(f"“{finding.title}” can be set aside by a {who} only.", field="findings", fix=f"Ask a {who}.")
    if allowed.second_signature:
        second = content.second_signer_id
        if not second or not content.second_signer_name:
            return Refused(
                f"“{finding.title}” needs a second signature.", field="second_signer", fix="A second clinician signs."
            )
        if meta.author_id is not None and second == str(meta.author_id):
            return Refused("The second signature is your own.", field="second_signer", fix="Another clinician signs.")
    return None
