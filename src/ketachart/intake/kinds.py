"""What can be charted in intake. A history section is always recorded whole; the newest version stands.

In every section three things differ: not asked (absent), none (stated as none), and a value.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from ketachart.knowledge.findings import Finding, OverrideGiven
from ketachart.record.kinds import Content, kind

Answer = Literal["yes", "no", "not known"]
Stated = Literal["none", "listed"]
Outcome = Literal["no benefit", "not enough benefit", "good benefit, later lost", "good benefit", "not known"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A piece of a section."""


class Section(Content, frozen=True, kw_only=True):
    """One version of one history section. `follows` names the version that it replaces."""

    version: int
    follows: UUID | None
    asked_of: str | None = None


@kind("intake.conditions_recorded")
class Conditions(Section, frozen=True, kw_only=True):
    """By data item: yes, no, not known, or one of the item's choices. An item that is absent was not asked."""

    answers: dict[str, str]
    note: str | None = None


class Medicine(Part, frozen=True, kw_only=True):
    ingredient: str
    dose: str | None = None
    how_often: str | None = None
    last_taken_at: datetime | None = None
    what_for: str | None = None


@kind("intake.medicines_recorded")
class Medicines(Section, frozen=True, kw_only=True):
    stated: Stated
    medicines: tuple[Medicine, ...] = ()


class Allergy(Part, frozen=True, kw_only=True):
    substance: str
    reaction: str | None = None


@kind("intake.allergies_recorded")
class Allergies(Section, frozen=True, kw_only=True):
    stated: Stated | None
    allergies: tuple[Allergy, ...] = ()
    reaction_to_ketamine: Answer | None = None


class Treatment(Part, frozen=True, kw_only=True):
    """An earlier treatment. `adequate`: whether dose and length counted as a real trial, as the prescriber judged.

    `best_change_percent`: how far the symptoms fell at best, on whatever scale was used then; below zero is worse.
    """

    name: str
    kind: str | None = None
    dose: str | None = None
    weeks: float | None = None
    outcome: Outcome | None = None
    why_stopped: str | None = None
    adequate: Literal["adequate", "not adequate", "cannot be known"] | None = None
    best_change_percent: float | None = None


@kind("intake.treatments_recorded")
class Treatments(Section, frozen=True, kw_only=True):
    stated: Stated
    treatments: tuple[Treatment, ...] = ()


@kind("intake.goals_recorded")
class Goals(Section, frozen=True, kw_only=True):
    goals: str
    hardest_now: str | None = None


@kind("intake.support_recorded")
class Support(Section, frozen=True, kw_only=True):
    who_supports: str | None = None
    can_bring_home: Answer | None = None
    coping: str | None = None
    what_helps_in_crisis: str | None = None


@kind("intake.preferences_recorded")
class Preferences(Section, frozen=True, kw_only=True):
    needle_aversion: Answer | None = None
    prefers_home: Answer | None = None
    drives_after: Answer | None = None
    music_and_room: str | None = None
    note: str | None = None


@kind("intake.pregnancy_recorded")
class Pregnancy(Section, frozen=True, kw_only=True):
    status: Literal["not possible", "test negative", "possible, not tested", "pregnant"] | None
    tested_on: date | None = None
    breastfeeding: Answer | None = None
    contraception: Answer | None = None


@kind("intake.measurements_recorded")
class Measurements(Section, frozen=True, kw_only=True):
    measured_at: datetime
    systolic_mmhg: float | None = None
    diastolic_mmhg: float | None = None
    heart_rate_per_min: float | None = None
    spo2_percent: float | None = None
    respiratory_rate_per_min: float | None = None
    weight_kg: float | None = None
    height_cm: float | None = None
    confirmed_unusual: tuple[str, ...] = ()


Judged = Literal["acceptable", "not acceptable", "not needed"]


class ResultEntry(Part, frozen=True, kw_only=True):
    """One test that somebody looked at, or that a clinician said is not needed (then `note` says why)."""

    test: str
    judged: Judged
    done_on: date | None = None
    value: str | None = None
    note: str | None = None


@kind("intake.results_recorded")
class Results(Section, frozen=True, kw_only=True):
    """Only what was looked at now; an earlier result of another test stands."""

    results: tuple[ResultEntry, ...]


SECTIONS: dict[str, type[Section]] = {
    "conditions": Conditions,
    "medicines": Medicines,
    "allergies": Allergies,
    "treatments": Treatments,
    "goals": Goals,
    "support": Support,
    "preferences": Preferences,
    "pregnancy": Pregnancy,
    "measurements": Measurements,
    "results": Results,
}

SECTION_TITLES = {
    "conditions": "Conditions",
    "medicines": "Medicines",
    "allergies": "Allergies",
    "measurements": "Measurements",
    "results": "Tests and results",
    "treatments": "Earlier treatments",
    "pregnancy": "Pregnancy",
    "goals": "Goals",
    "support": "Support and coping",
    "preferences": "Preferences",
}


class Intended(Part, frozen=True, kw_only=True):
    """What a finding, a decision or a consent is about."""

    product: str
    route: str
    indication: str


@kind("intake.override_given")
class OverrideRecorded(Content, frozen=True, kw_only=True):
    override_id: UUID
    intended: Intended
    finding: Finding
    given: OverrideGiven
    needs_second_signature: bool


@kind("intake.override_second_signed")
class OverrideSecondSigned(Content, frozen=True, kw_only=True):
    override_id: UUID
    second_id: UUID
    second_name: str


@kind("intake.eligibility_decided")
class EligibilityDecided(Content, frozen=True, kw_only=True):
    """The decision with everything it rested on: which rules in which version saw what, and what was overridden."""

    intended: Intended
    outcome: Literal["eligible", "conditional", "not eligible"]
    reasons: str
    conditions: str | None
    findings: tuple[Finding, ...]
    overrides: tuple[OverrideGiven, ...]
    findings_sha256: str


@kind("intake.consent_signed")
class ConsentSigned(Content, frozen=True, kw_only=True):
    """Bound to the exact words by their hash."""

    intended: Intended
    text_id: str
    text_version: str
    language: str
    text_sha256: str
    typed_name: str
    where: Literal["own phone", "clinic tablet"]
    witness_name: str | None
    teach_back: dict[str, bool]
    drawn: str | None = None


@kind("intake.consent_withdrawn")
class ConsentWithdrawn(Content, frozen=True, kw_only=True):
    consent_id: UUID
    reason: str | None
    by_patient: bool


@kind("intake.inquiry_received")
class InquiryReceived(Content, frozen=True, kw_only=True):
    inquiry_id: UUID
    name: str
    email: str | None
    phone: str | None
    prefers: str | None
    message: str | None
    services: tuple[str, ...]
    agreed_to: str


@kind("intake.inquiry_handled")
class InquiryHandled(Content, frozen=True, kw_only=True):
    inquiry_id: UUID
    what: Literal["contacted", "registered", "linked", "declined"]
    note: str | None
    patient_id: UUID | None = None


@kind("intake.waiting_list_changed")
class WaitingListChanged(Content, frozen=True, kw_only=True):
    entry_id: UUID
    service: str
    what: Literal["joined", "offered", "left"]
    note: str | None = None


@kind("intake.service_set")
class ServiceSet(Content, frozen=True, kw_only=True):
    service_id: UUID
    code: str
    title: str
    summary: str
    state: str
