"""Every read of intake."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ketachart.formulary.models import Product
from ketachart.intake import rules
from ketachart.intake.changes import Changes, changes_between
from ketachart.intake.facts import History, Person, Recorded
from ketachart.intake.kinds import (
    SECTIONS,
    Allergies,
    EligibilityDecided,
    Intended,
    Measurements,
    OverrideRecorded,
)
from ketachart.intake.models import (
    Consent,
    EligibilityDecision,
    FindingOverride,
    HistorySection,
)
from ketachart.intake.rules import Phase, SignedConsent
from ketachart.knowledge import loader
from ketachart.knowledge.findings import Finding, OverrideGiven
from ketachart.knowledge.screening import Fact
from ketachart.people.queries import patient_for
from ketachart.policy.queries import site_values_at
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.record.models import load_contents
from ketachart.scales.models import Response

FIRST_INTENDED = Intended(product="ketamine-injection", route="IV", indication="TRD")
"""What the screening page opens with; the person chooses another with one tap."""


def sections(actor: Actor, patient_id: UUID) -> dict[str, list[HistorySection]]:
    """Every section that was recorded, with all its versions, newest first: two statements."""
    actor.require("intake.read")
    found: dict[str, list[HistorySection]] = {}
    for row in _all_versions(actor, patient_id):
        found.setdefault(row.section, []).insert(0, row)
    return found


def section_versions(actor: Actor, patient_id: UUID, section: str) -> list[HistorySection]:
    """Every version of one section, newest first."""
    actor.require("intake.read")
    if section not in SECTIONS:
        raise Refused("There is no such section.", status=404)
    rows = HistorySection.objects.visible_to(actor).filter(patient_id=patient_id, section=section)
    return load_contents(rows.order_by("-version"))


def history(actor: Actor, patient_id: UUID) -> History:
    actor.require("intake.read")
    return _history_unchecked(actor, patient_id)


@dataclass(frozen=True)
class Screening:
    """Everything the screening page and the decision stand on."""

    intended: Intended
    findings: tuple[Finding, ...]
    overrides: tuple[OverrideGiven, ...]
    override_rows: tuple[FindingOverride, ...]

    @property
    def sha256(self) -> str:
        return rules.findings_sha256(self.findings)


def screening(
    actor: Actor, patient_id: UUID, intended: Intended, *, at: datetime, phase: Phase = "course"
) -> Screening:
    """Judge every rule against everything known, now."""
    actor.require("intake.read", "course.read", "treatment.read")
    return judged(actor, patient_id, intended, at=at, phase=phase)


def judged(actor: Actor, patient_id: UUID, intended: Intended, *, at: datetime, phase: Phase) -> Screening:
    """For gates and pages whose actors may see a verdict without reading the history."""
    known = known_about(actor, patient_id, at=at, with_scores=phase == "home")
    findings = rules.screen(
        loader.screening_rules(),
        known.history,
        known.person,
        intended,
        medicines=loader.medicine_table(),
        at=at,
        site=known.site,
        scores=known.scores,
        phase=phase,
    )
    rows = _override_rows(actor, patient_id, intended)
    return Screening(
        intended=intended,
        findings=findings,
        overrides=tuple(_given(row) for row in rows),
        override_rows=tuple(rows),
    )


@dataclass(frozen=True)
class Known:
    """What a judgement about a person starts from."""

    person: Person
    history: History
    site: dict[str, float | str | bool]
    scores: dict[str, Fact]


def known_about(actor: Actor, patient_id: UUID, *, at: datetime, with_scores: bool) -> Known:
    patient = patient_for(actor, patient_id)
    site = site_values_at(actor.clinic_id, at)
    return Known(
        person=Person(birth_date=patient.birth_date, sex_at_birth=patient.sex_at_birth),
        history=_history_unchecked(actor, patient_id),
        site={name: one.value for name, one in site.items()},
        scores=_latest_scores(actor, patient_id, at) if with_scores else {},
    )


SCORES = {"phq-9": "phq9_total", "gad-7": "gad7_total", "pcl-5": "pcl5_total", "ymrs": "ymrs_total"}


def _latest_scores(actor: Actor, patient_id: UUID, at: datetime) -> dict[str, Fact]:
    """The newest complete score of each scale that a rule asks for; struck ones do not count."""
    rows = Response.objects.visible_to(actor).filter(
        patient_id=patient_id, instrument_id__in=SCORES, struck__isnull=True, total__isnull=False, answered_at__lte=at
    )
    newest = rows.order_by("answered_at").values_list("instrument_id", "total", "answered_at")
    return {SCORES[name]: Fact(value=total, at=answered_at) for name, total, answered_at in newest if total is not None}


def decision_on(rows: Iterable[EligibilityDecision], intended: Intended) -> EligibilityDecision | None:
    """The newest decision for exactly this; the rows are newest first."""
    wanted = (intended.product, intended.route, intended.indication)
    return next((one for one in rows if (one.product, one.route, one.indication) == wanted), None)


def changes_since(row: EligibilityDecision, current: Screening) -> Changes:
    """What is different from the findings that the decision was signed on."""
    content: EligibilityDecided = row.content
    return changes_between(content.findings, current.findings)


def decisions(actor: Actor, patient_id: UUID) -> list[EligibilityDecision]:
    actor.require("intake.read", "course.read")
    rows = EligibilityDecision.objects.visible_to(actor).filter(patient_id=patient_id)
    return load_contents(rows.order_by("-charted_at"))


def decision(actor: Actor, decision_id: UUID) -> EligibilityDecision:
    actor.require("intake.read", "course.read")
    row: EligibilityDecision | None = EligibilityDecision.objects.visible_to(actor).filter(id=decision_id).first()
    if row is None:
        raise Refused("There is no such decision.", status=404)
    load_contents([row])
    return row


def eligibility_of(rows: list[EligibilityDecision], current: Screening) -> Finding:
    """The gate, from decisions that are already read (newest first) and the findings of now."""
    row = decision_on(rows, current.intended)
    decided = None
    if row is not None:
        content: EligibilityDecided = row.content
        decided = rules.Decided(
            outcome=content.outcome, at=row.charted_at, by_name=row.charted_by_name, findings=content.findings
        )
    return rules.eligibility_finding(decided, current.findings, current.overrides)


def eligibility(actor: Actor, *, patient_id: UUID, product: str, route: str, indication: str, at: datetime) -> Finding:
    """The gate for planning and for each session: decided, and still borne out by what is known now."""
    intended = Intended(product=product, route=route, indication=indication)
    current = screening(actor, patient_id, intended, at=at)
    newest = (
        EligibilityDecision.objects.visible_to(actor)
        .filter(patient_id=patient_id, product=product, route=route, indication=indication)
        .order_by("-charted_at")[:1]
    )
    return eligibility_of(load_contents(newest), current)


def consents(actor: Actor, patient_id: UUID) -> list[Consent]:
    _require_consent_reader(actor, patient_id)
    rows = Consent.objects.visible_to(actor).filter(patient_id=patient_id).select_related("withdrawal")
    return load_contents(rows.order_by("-signed_at"))


def consent(actor: Actor, consent_id: UUID) -> Consent:
    row = Consent.objects.visible_to(actor).filter(id=consent_id).select_related("withdrawal").first()
    if row is None:
        raise Refused("There is no such consent.", status=404)
    _require_consent_reader(actor, row.patient_id)
    load_contents([row])
    return row


def valid_consent(
    actor: Actor, *, patient_id: UUID, product: str, route: str, indication: str, at: datetime, place: str = "clinic"
) -> Finding:
    """The consent gate: met only by a valid consent for exactly this, in this place. One statement."""
    intended = Intended(product=product, route=route, indication=indication)
    rows = Consent.objects.visible_to(actor).filter(patient_id=patient_id).select_related("withdrawal")
    texts = {(text.id, text.version): text for text in loader.consent_texts()}
    return rules.consent_finding([_signed(row) for row in rows], texts, intended, at=at, place=place)


def standing_consent(
    actor: Actor, *, patient_id: UUID, product: str, route: str, indication: str, at: datetime, place: str = "clinic"
) -> Consent | None:
    """The consent that `valid_consent` rests on, when it holds: what a session writes down."""
    finding = valid_consent(
        actor, patient_id=patient_id, product=product, route=route, indication=indication, at=at, place=place
    )
    if finding.verdict != "met":
        return None
    rows = Consent.objects.visible_to(actor).filter(
        patient_id=patient_id, product=product, route=route, indication=indication, signed_at__lte=at
    )
    texts = {(text.id, text.version): text for text in loader.consent_texts()}
    for row in rows.order_by("-signed_at"):
        text = texts.get((row.text_id, row.text_version))
        if text is not None and text.place == place:
            return row
    return None


def catalogue_product(actor: Actor, product: str, route: str) -> str | None:
    """The catalogue's name of a product: consents and rules are about molecule and route, not about a vial's strength."""
    if any(one.id == product for one in loader.catalogue().product):
        return product
    try:
        stocked = Product.objects.visible_to(actor).filter(id=UUID(str(product))).first()
    except ValueError:
        return None
    return loader.product_given_as(stocked.molecule, route) if stocked else None


@dataclass(frozen=True)
class ToSign:
    """A consent that is asked for: decided as eligible (or with conditions), and not validly signed yet."""

    intended: Intended
    decided_by: str
    finding: Finding
    place: str = "clinic"


def consents_to_sign(actor: Actor, patient_id: UUID, *, at: datetime) -> list[ToSign]:
    """From the newest decision for each product, route and indication."""
    _require_consent_reader(actor, patient_id)
    found = []
    for row in _decided(actor, patient_id):
        product, route, indication = row.product, row.route, row.indication
        finding = valid_consent(
            actor, patient_id=patient_id, product=product, route=route, indication=indication, at=at
        )
        if finding.verdict != "met":
            intended = Intended(product=product, route=route, indication=indication)
            found.append(ToSign(intended=intended, decided_by=row.charted_by_name, finding=finding))
    return found


def home_consents_to_sign(actor: Actor, patient_id: UUID, *, at: datetime) -> list[ToSign]:
    """What may be agreed to for taking it at home, where a text for home exists and is not validly signed yet.

    Nobody is asked for these: they are offered where the clinic has agreed home use with the person.
    """
    _require_consent_reader(actor, patient_id)
    found = []
    for row in _decided(actor, patient_id):
        about = {"product": row.product, "route": row.route, "indication": row.indication}
        if loader.consent_text(**about, on=at.date(), place="home") is None:
            continue
        finding = valid_consent(actor, patient_id=patient_id, at=at, place="home", **about)
        if finding.verdict != "met":
            intended = Intended(**about)
            found.append(ToSign(intended=intended, decided_by=row.charted_by_name, finding=finding, place="home"))
    return found


def _decided(actor: Actor, patient_id: UUID) -> list[EligibilityDecision]:
    """The newest decision for each product, route and indication, if it lets treatment go on."""
    newest: dict[tuple[str, str, str], EligibilityDecision] = {}
    for row in EligibilityDecision.objects.visible_to(actor).filter(patient_id=patient_id).order_by("charted_at"):
        newest[(row.product, row.route, row.indication)] = row
    return [row for row in newest.values() if row.outcome != "not eligible"]


@dataclass(frozen=True)
class AllergyLine:
    """For the banner: known allergies, none, or nobody has asked."""

    stated: str | None
    substances: tuple[str, ...]
    reaction_to_ketamine: str | None


def allergy_line(actor: Actor, patient_id: UUID) -> AllergyLine:
    """One statement when nothing is recorded, two otherwise. The answer about ketamine stands until asked again."""
    rows = HistorySection.objects.visible_to(actor).filter(patient_id=patient_id, section="allergies")
    versions: list[Allergies] = [row.content for row in load_contents(rows.order_by("-version"))]
    if not versions:
        return AllergyLine(stated=None, substances=(), reaction_to_ketamine=None)
    asked = (one.reaction_to_ketamine for one in versions if one.reaction_to_ketamine is not None)
    return AllergyLine(
        stated=versions[0].stated,
        substances=tuple(one.substance for one in versions[0].allergies),
        reaction_to_ketamine=next(asked, None),
    )


@dataclass(frozen=True)
class MeasuredWeight:
    weight_kg: float
    measured_at: datetime


def latest_weight(actor: Actor, patient_id: UUID) -> MeasuredWeight | None:
    """The newest measured weight with its time, for whoever computes a dose. None when never measured here."""
    rows = HistorySection.objects.visible_to(actor).filter(patient_id=patient_id, section="measurements")
    measured: list[Measurements] = [row.content for row in load_contents(rows)]
    weighed = [one for one in measured if one.weight_kg is not None]
    newest = max(weighed, key=lambda one: one.measured_at, default=None)
    if newest is None or newest.weight_kg is None:
        return None
    return MeasuredWeight(weight_kg=newest.weight_kg, measured_at=newest.measured_at)


def _history_unchecked(actor: Actor, patient_id: UUID) -> History:
    """For gates of other parts, whose actors may judge without reading the history page."""
    return {
        f"{row.section} {row.version}": Recorded(content=row.content, at=row.charted_at)
        for row in _all_versions(actor, patient_id)
    }


def _all_versions(actor: Actor, patient_id: UUID) -> list[HistorySection]:
    """Oldest first, with contents."""
    rows = HistorySection.objects.visible_to(actor).filter(patient_id=patient_id)
    return load_contents(rows.order_by("charted_at", "version"))


def _override_rows(actor: Actor, patient_id: UUID, intended: Intended) -> list[FindingOverride]:
    rows = FindingOverride.objects.visible_to(actor).filter(
        patient_id=patient_id,
        product=intended.product,
        route=intended.route,
        indication=intended.indication,
    )
    return load_contents(rows.select_related("second").order_by("charted_at"))


def _given(row: FindingOverride) -> OverrideGiven:
    """The override as the gate needs it: with the second signature, once it is there."""
    recorded: OverrideRecorded = row.content
    given = recorded.given
    second = getattr(row, "second", None)
    if second is None:
        return given
    signed = second.content
    return OverrideGiven(
        rule_id=given.rule_id,
        rule_version=given.rule_version,
        verdict=given.verdict,
        reason=given.reason,
        by_name=given.by_name,
        by_role=given.by_role,
        by_id=given.by_id,
        second_id=str(signed.second_id),
        second_name=signed.second_name,
    )


def _signed(row: Consent) -> SignedConsent:
    withdrawal = getattr(row, "withdrawal", None)
    return SignedConsent(
        consent_id=str(row.id),
        text_id=row.text_id,
        text_version=row.text_version,
        text_sha256=row.text_sha256,
        product=row.product,
        route=row.route,
        indication=row.indication,
        signed_at=row.signed_at,
        withdrawn_at=withdrawal.withdrawn_at if withdrawal else None,
    )


def _require_consent_reader(actor: Actor, patient_id: UUID) -> None:
    if actor.patient_id is not None:
        actor.require("intake.consent_own")
        if actor.patient_id != patient_id:
            raise Refused("There is no such record.", status=404)
        return
    actor.require("intake.read")
