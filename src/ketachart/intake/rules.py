"""What a person's history means for the rules, whether a decision still stands, whether a consent is valid. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from ketachart.intake.changes import changes_between
from ketachart.intake.facts import History, Person, facts_from, trials_from
from ketachart.intake.kinds import Intended
from ketachart.knowledge.adequate_trials import Assessment, assess, definitions, failed_antidepressants
from ketachart.knowledge.findings import (
    Finding,
    Guardrail,
    OverrideGiven,
    Rule,
    Seen,
    Source,
    Verdict,
    finding_from,
    gate_holds,
    standing_blocks,
)
from ketachart.knowledge.loader import ConsentText, DataItem
from ketachart.knowledge.medicines import MedicineTable
from ketachart.knowledge.screening import Fact, ScreeningRule, Site, judge_all

Phase = Literal["course", "session", "home"]
"""What the person is screened for. Rules without a phase are judged for each of them."""


def screen(
    rules: Sequence[ScreeningRule],
    history: History,
    person: Person,
    intended: Intended,
    *,
    medicines: MedicineTable,
    at: datetime,
    site: Site | None = None,
    scores: Mapping[str, Fact] | None = None,
    phase: Phase = "course",
) -> tuple[Finding, ...]:
    """The findings for this person and what is intended, at this moment."""
    facts = {**facts_from(history, person, at=at), **(scores or {})}
    label = next((one for one in definitions() if one.kind == "label" and one.in_force(at.date())), None)
    if label is not None:
        trials = trials_from(history)
        found = assess(label, trials, facts, medicines=medicines, site=site or {}, at=at)
        failed = failed_antidepressants(found)
        if failed is not None:
            facts["failed_antidepressants"] = Fact(value=failed)
    return judge_all(
        rules,
        facts,
        medicines=medicines,
        at=at,
        product=intended.product,
        route=intended.route,
        indication=intended.indication,
        phase=phase,
        site=site,
    )


def assessments(
    history: History,
    person: Person,
    *,
    medicines: MedicineTable,
    at: datetime,
    site: Site,
    scores: Mapping[str, Fact],
) -> tuple[Assessment, ...]:
    """Treatment-resistant depression by each definition in force that day."""
    facts = {**facts_from(history, person, at=at), **scores}
    trials = trials_from(history)
    return tuple(
        assess(one, trials, facts, medicines=medicines, site=site, at=at)
        for one in definitions()
        if one.in_force(at.date())
    )


def findings_sha256(findings: Sequence[Finding]) -> str:
    """What a decision is bound to: rule, version, verdict and the values seen, in a fixed order."""
    seen = [
        (one.rule_id, one.rule_version, one.verdict, [(value.what, value.value) for value in one.seen])
        for one in sorted(findings, key=lambda one: one.rule_id)
    ]
    return hashlib.sha256(msgspec.json.encode(seen)).hexdigest()


@dataclass(frozen=True)
class OpenQuestion:
    """Something that is missing, who can answer it, and which rules wait for it."""

    item: DataItem
    rules: tuple[str, ...]


def open_questions(findings: Sequence[Finding], items: Mapping[str, DataItem]) -> list[OpenQuestion]:
    """Every missing datum once, those that hold up most rules first."""
    waiting: dict[str, list[str]] = {}
    for finding in findings:
        for name in finding.missing:
            waiting.setdefault(name, []).append(finding.rule_id)
    known = [OpenQuestion(item=items[name], rules=tuple(ids)) for name, ids in waiting.items() if name in items]
    return sorted(known, key=lambda question: (-len(question.rules), question.item.section, question.item.label))


WHO = {
    "patient": "the patient",
    "nurse": "a nurse",
    "prescriber": "a prescriber",
    "laboratory": "the laboratory",
    "pharmacy": "the pharmacy",
    "outside clinician": "an outside clinician",
    "front_desk": "the front desk",
    "clinic_lead": "the clinic lead",
}
"""Who can answer, in the order in which they are asked."""


def by_who_can_answer(questions: Sequence[OpenQuestion]) -> list[tuple[str, list[OpenQuestion]]]:
    """Each question once, with the first of those who can answer it."""
    found: dict[str, list[OpenQuestion]] = {}
    for question in questions:
        found.setdefault(question.item.who[0], []).append(question)
    return [(WHO[who], found[who]) for who in WHO if who in found]


ASKS_FOR = {
    "absolute": "Do not go on",
    "relative": "Weigh risk and benefit, and sign for it",
    "result needed": "Needs a result",
    "review": "Needs a clinician's look",
}
"""What a rule that is not met asks for, by its class, the hardest first."""


DecisionOutcome = Literal["eligible", "conditional", "not eligible"]


def decision_problem(
    outcome: DecisionOutcome,
    *,
    reasons: str,
    conditions: str | None,
    findings: Sequence[Finding],
    overrides: Sequence[OverrideGiven],
) -> tuple[str, str, str] | None:
    """Why this decision cannot be signed: (field, what is wrong, what would be right); None when it can."""
    if not reasons.strip():
        return "reasons", "The reasons are missing.", "Say in your own words why you decide so."
    if outcome == "eligible" and not gate_holds(findings, overrides):
        standing = standing_blocks(findings, overrides)
        names = ", ".join(one.rule_id for one in standing[:8]) or "no rule was judged"
        return (
            "outcome",
            f"{len(standing)} findings still stand in the way: {names}.",
            "Answer what is missing, override with a reason where the rule allows it, or decide “conditional”.",
        )
    if outcome == "conditional" and not (conditions or "").strip():
        return "conditions", "The conditions are missing.", "Say what must be done before this person is eligible."
    return None


ELIGIBILITY_RULE = Rule(
    id="GATE-ELIGIBILITY",
    version="1",
    title="A prescriber has decided that this person is eligible, and nothing has changed since",
    rule_class="absolute",
    meaning="Treatment starts only after a signed decision that rests on today's findings.",
    action="Screen, and sign the eligibility decision.",
    source=Source(
        citation="ASA: ketamine safe use (comprehensive plan); soft gate of this product: no plan without screening",
        authority="guideline",
        grade="read",
        url="https://asahq.org/advocating-for-you/guidance/ketamine-safe-use",
    ),
    effective_from=date(2025, 1, 1),
)


@dataclass(frozen=True)
class Decided:
    """A signed decision as the gate needs it."""

    outcome: DecisionOutcome
    at: datetime
    by_name: str
    findings: tuple[Finding, ...]


def eligibility_finding(
    decided: Decided | None, now_findings: Sequence[Finding], overrides: Sequence[OverrideGiven]
) -> Finding:
    """Met only by an eligible decision that today's findings still bear out. Everything else holds the gate."""
    if decided is None:
        return finding_from(ELIGIBILITY_RULE, "missing", missing=("eligibility_decision",))
    seen = (Seen(what=f"decision by {decided.by_name}", value=decided.outcome, at=decided.at),)
    if decided.outcome != "eligible":
        return finding_from(ELIGIBILITY_RULE, "not met", seen=seen, meaning=f"The decision was “{decided.outcome}”.")
    changed = [one.rule_id for one in changes_between(decided.findings, now_findings).holding]
    if changed:
        return finding_from(
            ELIGIBILITY_RULE,
            "not met",
            seen=(*seen, Seen(what="changed since", value=", ".join(changed))),
            meaning="What is known has changed since the decision.",
            action="Screen again and sign a new decision.",
        )
    if not gate_holds(now_findings, overrides):
        return finding_from(ELIGIBILITY_RULE, "not met", seen=seen, meaning="The findings no longer hold.")
    return finding_from(ELIGIBILITY_RULE, "met", seen=seen, action="Nothing to do.")


CONSENT_RULE = Rule(
    id="GATE-CONSENT",
    version="1",
    title="A valid consent for this product, route and indication",
    rule_class="absolute",
    meaning="No session starts without the person's own consent to exactly what is planned.",
    action="Let the person read and sign the consent.",
    source=Source(
        citation="ASA: ketamine safe use; elements of consent, fact base section 6a",
        authority="guideline",
        grade="read",
        url="https://asahq.org/advocating-for-you/guidance/ketamine-safe-use",
    ),
    effective_from=date(2025, 1, 1),
)


@dataclass(frozen=True)
class SignedConsent:
    """A consent as the gate needs it."""

    consent_id: str
    text_id: str
    text_version: str
    text_sha256: str
    product: str
    route: str
    indication: str
    signed_at: datetime
    withdrawn_at: datetime | None = None


def consent_finding(
    consents: Sequence[SignedConsent],
    texts: Mapping[tuple[str, str], ConsentText],
    intended: Intended,
    *,
    at: datetime,
    place: str = "clinic",
) -> Finding:
    """Met only by a consent to exactly this, to words we still have unaltered, signed before and not withdrawn."""
    wanted = (intended.product, intended.route, intended.indication)
    fitting = [
        one
        for one in consents
        if (one.product, one.route, one.indication) == wanted and one.signed_at <= at and _is_for(one, texts, place)
    ]
    if not fitting:
        return finding_from(CONSENT_RULE, "missing", missing=("consent",))
    newest = max(fitting, key=lambda one: one.signed_at)
    seen = (Seen(what=f"{newest.text_id} {newest.text_version}", value="signed", at=newest.signed_at),)
    problem = _consent_problem(newest, texts.get((newest.text_id, newest.text_version)), at)
    if problem:
        verdict: Verdict = "not met"
        return finding_from(CONSENT_RULE, verdict, seen=seen, meaning=problem)
    return finding_from(CONSENT_RULE, "met", seen=seen, action="Nothing to do.")


def _is_for(consent: SignedConsent, texts: Mapping[tuple[str, str], ConsentText], place: str) -> bool:
    """The text says for where it was written. A text that we no longer have counts, so that its absence is named."""
    text = texts.get((consent.text_id, consent.text_version))
    return text is None or text.place == place


def _consent_problem(consent: SignedConsent, text: ConsentText | None, at: datetime) -> str:
    if consent.withdrawn_at is not None and consent.withdrawn_at <= at:
        return f"The person withdrew this consent on {consent.withdrawn_at:%-d %B %Y}."
    if text is None:
        return "The text that was signed is not part of this release."
    if text.sha256 != consent.text_sha256:
        return "The words of the text are not the words that were signed."
    if not text.in_force(at.date()):
        return "This text is no longer in force; a newer one must be signed."
    if text.valid_days is not None and at - consent.signed_at > timedelta(days=text.valid_days):
        return f"This consent is older than {text.valid_days} days."
    return ""


@dataclass(frozen=True)
class Measured:
    """What checking typed measurements gave: refusals by field, and unusual values that nobody confirmed yet."""

    refused: dict[str, str] = field(default_factory=dict)
    unconfirmed: tuple[str, ...] = ()


def check_measurements(
    values: Mapping[str, float | None], confirmed: Sequence[str], ranges: Mapping[str, Guardrail]
) -> Measured:
    refused: dict[str, str] = {}
    unconfirmed = []
    for name, value in values.items():
        bounds = ranges.get(name)
        if value is None or bounds is None:
            continue
        if bounds.refuses(value):
            refused[name] = f"{value:g} {bounds.unit} is not possible. Check the number and the unit."
        elif bounds.asks_confirmation(value) and name not in confirmed:
            unconfirmed.append(name)
    systolic, diastolic = values.get("systolic_mmhg"), values.get("diastolic_mmhg")
    if systolic is not None and diastolic is not None and diastolic >= systolic:
        refused["diastolic_mmhg"] = "The lower pressure must be below the upper one. Were they exchanged?"
    if (systolic is None) != (diastolic is None):
        lacking = "systolic_mmhg" if systolic is None else "diastolic_mmhg"
        refused[lacking] = "A blood pressure has two numbers. Enter both or neither."
    return Measured(refused=refused, unconfirmed=tuple(unconfirmed))


WIDEST_DRAWING = 2000
MOST_POINTS = 4000


def drawn_strokes(drawn: str) -> list[list[tuple[int, int]]]:
    """A drawn signature as strokes of points. Raises ValueError when it is anything else."""
    strokes = msgspec.json.decode(drawn, type=list[list[tuple[int, int]]])
    points = [point for stroke in strokes for point in stroke]
    if not points or len(points) > MOST_POINTS:
        raise ValueError("a signature has between 1 and 4000 points")
    if any(not 0 <= x <= WIDEST_DRAWING or not 0 <= y <= WIDEST_DRAWING for x, y in points):
        raise ValueError("a point lies outside the box")
    return strokes
