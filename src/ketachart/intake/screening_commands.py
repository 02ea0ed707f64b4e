"""Overrides, their second signatures, and the eligibility decision."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ketachart.intake import queries, rules
from ketachart.intake.kinds import EligibilityDecided, Intended, OverrideRecorded, OverrideSecondSigned
from ketachart.intake.models import EligibilityDecision, FindingOverride, SecondSignature
from ketachart.intake.rules import DecisionOutcome
from ketachart.knowledge.findings import OverrideGiven
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, patient_stream
from ketachart.record.errors import Refused
from ketachart.record.identity import new_id
from ketachart.record.unit_of_work import unit_of_work

SHORTEST_REASON = 10


def give_override(
    actor: Actor, *, patient_id: UUID, intended: Intended, rule_id: str, reason: str, at: datetime
) -> FindingOverride:
    """Set one finding aside, with a reason and one's name. Where the rule asks, a second prescriber must still sign."""
    actor.require("intake.override")
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON:
        raise Refused(
            "The reason is missing or too short.",
            field="reason",
            fix="Say what you weighed, so that a colleague can follow it years later.",
        )
    with unit_of_work():
        screening = queries.screening(actor, patient_id, intended, at=at)
        finding = next((one for one in screening.findings if one.rule_id == rule_id), None)
        if finding is None:
            raise Refused("This rule does not apply here.", field="rule_id", status=404)
        if finding.verdict == "met":
            raise Refused("This rule is met: nothing is to be overridden.", field="rule_id")
        allowed = finding.overridable
        if allowed is None:
            raise Refused(
                "This rule cannot be overridden.", field="rule_id", fix="It stands in the label as a contraindication."
            )
        if actor.role not in allowed.roles:
            raise Refused(f"Only {', '.join(allowed.roles)} may override this rule.", field="rule_id", status=403)
        if finding.verdict == "missing" and not allowed.covers_missing:
            raise Refused(
                "What is missing cannot be overridden.", field="rule_id", fix="Find the answer first, then judge it."
            )
        given = OverrideGiven(
            rule_id=finding.rule_id,
            rule_version=finding.rule_version,
            verdict=finding.verdict,
            reason=reason,
            by_name=actor.name,
            by_role=actor.role,
            by_id=str(actor.user_id),
        )
        override_id = new_id()
        content = OverrideRecorded(
            override_id=override_id,
            intended=intended,
            finding=finding,
            given=given,
            needs_second_signature=allowed.second_signature,
        )
        event = append_event(actor=actor, stream=patient_stream(actor, patient_id), content=content, effective_at=at)
        return FindingOverride.objects.create(
            id=override_id,
            clinic_id=actor.clinic_id,
            event_id=event.id,
            charted_at=event.recorded_at,
            charted_by_name=actor.name,
            patient_id=patient_id,
            product=intended.product,
            route=intended.route,
            indication=intended.indication,
            rule_id=rule_id,
        )


def sign_second(actor: Actor, *, override_id: UUID, at: datetime) -> SecondSignature:
    """Another prescriber stands behind an override, signed in as themselves."""
    actor.require("intake.override")
    with unit_of_work():
        override = FindingOverride.objects.visible_to(actor).filter(id=override_id).first()
        if override is None:
            raise Refused("There is no such override.", status=404)
        recorded: OverrideRecorded = override.content
        if not recorded.needs_second_signature:
            raise Refused("This override needs no second signature.")
        if recorded.given.by_id == str(actor.user_id):
            raise Refused("You gave this override yourself.", fix="Another prescriber must sign it.", status=403)
        if SecondSignature.objects.filter(override=override).exists():
            raise Refused("It has its second signature already.", status=409)
        assert actor.user_id is not None
        content = OverrideSecondSigned(override_id=override.id, second_id=actor.user_id, second_name=actor.name)
        event = append_event(
            actor=actor, stream=patient_stream(actor, override.patient_id), content=content, effective_at=at
        )
        return SecondSignature.objects.create(
            clinic_id=actor.clinic_id,
            event_id=event.id,
            charted_at=event.recorded_at,
            charted_by_name=actor.name,
            override=override,
        )


def decide_eligibility(
    actor: Actor,
    *,
    patient_id: UUID,
    intended: Intended,
    outcome: DecisionOutcome,
    reasons: str,
    seen_sha256: str,
    at: datetime,
    conditions: str | None = None,
) -> EligibilityDecision:
    """Sign the decision. It is bound to the findings that were on the screen; if they changed, nothing is written."""
    actor.require("intake.decide")
    with unit_of_work():
        screening = queries.screening(actor, patient_id, intended, at=at)
        digest = rules.findings_sha256(screening.findings)
        if seen_sha256 != digest:
            raise Refused(
                "The findings have changed since you opened this page.",
                fix="Read them again; what you wrote is still here.",
                status=409,
            )
        problem = rules.decision_problem(
            outcome,
            reasons=reasons,
            conditions=conditions,
            findings=screening.findings,
            overrides=screening.overrides,
        )
        if problem is not None:
            field, wrong, right = problem
            raise Refused(wrong, field=field, fix=right)
        content = EligibilityDecided(
            intended=intended,
            outcome=outcome,
            reasons=reasons.strip(),
            conditions=(conditions or "").strip() or None,
            findings=screening.findings,
            overrides=screening.overrides,
            findings_sha256=digest,
        )
        event = append_event(actor=actor, stream=patient_stream(actor, patient_id), content=content, effective_at=at)
        return EligibilityDecision.objects.create(
            clinic_id=actor.clinic_id,
            event_id=event.id,
            charted_at=event.recorded_at,
            charted_by_name=actor.name,
            patient_id=patient_id,
            product=intended.product,
            route=intended.route,
            indication=intended.indication,
            outcome=outcome,
        )
