"""One person's way through the clinic, step by step, each by the command that a page would call."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from ketachart.aftercare.commands import answer_check_in, review_check_in
from ketachart.aftercare.models import CheckIn
from ketachart.aftercare.questions import check_in_knowledge
from ketachart.course import commands as course_commands
from ketachart.course.decision_page import decision_context
from ketachart.course.dose_limits import dose_knowledge
from ketachart.course.plan_page import product_choice
from ketachart.course.rules import EarlierWeight, PlanInput
from ketachart.demo.cast import Person
from ketachart.demo.past import at_the_time
from ketachart.formulary.models import Product
from ketachart.instruments.loader import instrument
from ketachart.instruments.model import Item
from ketachart.intake import kinds, queries
from ketachart.intake.consent_commands import sign_consent
from ketachart.intake.history_commands import record_section
from ketachart.intake.screening_commands import decide_eligibility
from ketachart.knowledge import loader
from ketachart.people.commands import register_patient
from ketachart.people.models import Patient
from ketachart.people.rules import Details
from ketachart.record.actor import Actor
from ketachart.scales import commands as scale_commands
from ketachart.scales.models import Response
from ketachart.scales.queries import open_assignments

if TYPE_CHECKING:
    from ketachart.course.models import Course

INTENDED = kinds.Intended(product="ketamine-injection", route="IV", indication="TRD")

StaffOf = Callable[[str], Actor]

REMS = ("rems_patient_enrolled", "rems_site_certified", "rems_pharmacy_certified")
"""What the law asks for before Spravato: in the demo it is there."""


class Way:
    """Writes one person's steps at their times."""

    def __init__(self, staff: StaffOf, person: Person, seed: int) -> None:
        self.staff = staff
        self.person = person
        self.intended = INTENDED
        self.chance = random.Random(seed)  # noqa: S311  (invented people, not a secret)
        self.patient: Patient

    def register(self, at: datetime) -> None:
        details = Details(
            given_name=self.person.given_name,
            family_name=self.person.family_name,
            birth_date=self.person.birth_date,
            sex_at_birth=self.person.sex_at_birth,
            phone=f"+1 202 555 01{self.chance.randrange(10, 99)}",
            preferred_language="en",
        )
        with at_the_time(at):
            self.patient = register_patient(self.staff("front_desk"), details=details, at=at, is_synthetic=True)

    def history(self, at: datetime, *, complete: bool = True, hypertensive: bool = False, unasked: int = 0) -> None:
        """Every section of the history; incomplete leaves most of it unasked, as it is after ten minutes."""
        answers = dict.fromkeys(_condition_items(), "no")
        if hypertensive:
            answers["condition_poorly_controlled_heart_disease"] = "yes"
        if self.intended.product == "spravato":
            answers.update(dict.fromkeys(REMS, "yes"))
        answers.update(_choices())
        for name in list(answers)[2 : 2 + unasked]:  # not asked is not "no"
            del answers[name]
        pressure = (182, 108) if hypertensive else (self.chance.randrange(112, 132), self.chance.randrange(68, 82))
        measured = kinds.Measurements(
            version=1, follows=None, measured_at=at, systolic_mmhg=pressure[0], diastolic_mmhg=pressure[1],
            heart_rate_per_min=self.chance.randrange(62, 84), spo2_percent=98,
            respiratory_rate_per_min=14,
            weight_kg=self.person.weight_kg, height_cm=self.person.height_cm,
            confirmed_unusual=("systolic_mmhg", "diastolic_mmhg") if hypertensive else (),
        )  # fmt: skip
        self._record(measured, at)
        self._record(
            kinds.Goals(version=1, follows=None, goals="To get up in the morning and cook for my family again."), at
        )
        if not complete:
            return
        self._record(kinds.Conditions(version=1, follows=None, answers=answers), at)
        medicine = kinds.Medicine(
            ingredient="sertraline",
            dose="100 mg",
            how_often="once a day",
            last_taken_at=at - timedelta(hours=6),
            what_for="depression",
        )
        self._record(kinds.Medicines(version=1, follows=None, stated="listed", medicines=(medicine,)), at)
        allergies = kinds.Allergies(version=1, follows=None, stated="none", reaction_to_ketamine="no")
        if self.chance.random() < 0.35:
            penicillin = kinds.Allergy(substance="penicillin", reaction="rash")
            allergies = kinds.Allergies(
                version=1, follows=None, stated="listed", allergies=(penicillin,), reaction_to_ketamine="no"
            )
        self._record(allergies, at)
        self._record(_treatments(), at)
        self._record(_results(), at)
        self._record(
            kinds.Support(
                version=1, follows=None, who_supports="My sister, twice a week", can_bring_home="yes", coping="Walking, music",
                what_helps_in_crisis="Calling my sister",
            ),
            at,
        )  # fmt: skip
        self._record(
            kinds.Preferences(version=1, follows=None, needle_aversion="no", prefers_home="no", drives_after="no"), at
        )
        status: Literal["test negative", "not possible"] = (
            "test negative" if self.person.sex_at_birth == "female" else "not possible"
        )
        tested_on = at.date() if status == "test negative" else None
        self._record(
            kinds.Pregnancy(version=1, follows=None, status=status, tested_on=tested_on, breastfeeding="no"), at
        )

    def _record(self, section: kinds.Section, at: datetime) -> None:
        with at_the_time(at):
            record_section(
                self.staff("prescriber"), patient_id=self.patient.id, content=section, follows_version=0, at=at
            )

    def phq9(self, total: int, at: datetime, purpose: str) -> Response:
        """Nine answers that add up to the wanted total, given by staff on the telephone."""
        staff = self.staff("nurse")
        scored = [item for item in _phq9_items() if item.scored]
        answers = spread(total, len(scored))
        with at_the_time(at):
            asked = [one for one in open_assignments(staff, self.patient.id) if one.instrument_id == "phq-9"]
            assignment = (
                asked[0]
                if asked
                else scale_commands.assign_scale(
                    staff, patient_id=self.patient.id, instrument_id="phq-9", purpose=purpose, at=at
                )
            )
            for item, value in zip(scored, answers, strict=True):
                scale_commands.record_answer(staff, assignment_id=assignment.id, item_id=item.id, value=value, at=at)
            return scale_commands.submit(staff, assignment_id=assignment.id, at=at)

    def decide(self, at: datetime, *, outcome: str = "eligible", reasons: str = "") -> None:
        staff = self.staff("prescriber")
        with at_the_time(at):
            screening = queries.screening(staff, self.patient.id, self.intended, at=at)
            decide_eligibility(
                staff, patient_id=self.patient.id, intended=self.intended, outcome=outcome,  # type: ignore[arg-type]
                reasons=reasons or "Two adequate trials failed, no contraindication found, goals and risks were talked through.",
                seen_sha256=screening.sha256, at=at,
            )  # fmt: skip

    def consent(self, at: datetime) -> None:
        text = loader.consent_text(
            product=self.intended.product, route=self.intended.route, indication=self.intended.indication, on=at.date()
        )
        assert text is not None
        with at_the_time(at):
            sign_consent(
                self.staff("nurse"), patient_id=self.patient.id, intended=self.intended, text_id=text.id, text_version=text.version,
                text_sha256=text.sha256, typed_name=f"{self.person.given_name} {self.person.family_name}", agreed=True, at=at,
                teach_back={one.id: one.right for one in text.teach_back},
            )  # fmt: skip

    def plan(self, at: datetime, vial: Product, baseline: Response | None) -> Course:
        """Racemic IV 0.5 mg/kg over 40 minutes, six sessions."""
        prescriber = self.staff("prescriber")
        weight = Decimal(str(self.person.weight_kg))
        protocol = dose_knowledge().protocol("TRD-IV-RACEMIC-6")
        assert protocol is not None
        assert vial.strength_mg_per_ml is not None
        with at_the_time(at):
            course = course_commands.open_course(
                prescriber, patient_id=self.patient.id, indication="TRD", goal="Half the PHQ-9 of today.", at=at
            )
            if baseline is not None:
                course_commands.pin_baseline(
                    prescriber, course_id=course.id, scale="phq-9", response_id=str(baseline.id),
                    total=_total(baseline), taken_at=at, at=at,
                )  # fmt: skip
            course_commands.write_plan(
                prescriber,
                course_id=course.id,
                protocol=protocol,
                product=vial,
                plan=PlanInput(
                    route="IV", weight_kg=weight, dose_mg_per_kg=Decimal("0.5"), infusion_minutes=Decimal(40),
                    product=product_choice(vial), bag_volume_ml=Decimal(100),
                    confirmed_strength_mg_per_ml=Decimal(str(vial.strength_mg_per_ml)),
                ),
                weight_measured_at=at,
                measured_on=at.date(),
                second_weight_kg=weight,
                earlier_weight=EarlierWeight(weight_kg=weight, measured_on=at.date(), second_weighing=True),
                tolerated=None,
                reasons={},
                sessions=6,
                titration=None,
                reason_for_change=None,
                prediction=None,
                on=at.date(),
                at=at,
            )  # fmt: skip
        return course

    def after_session(self, course: Course, session_id: UUID, at: datetime, *, choice: str = "continue") -> None:
        """The next day: the check-in is answered in a call and read, and the prescriber decides what comes next."""
        nurse, prescriber = self.staff("nurse"), self.staff("prescriber")
        with at_the_time(at):
            check_in = CheckIn.objects.visible_to(nurse).get(session_id=session_id)
            answer_check_in(nurse, check_in_id=check_in.id, answers=_calm_answers(), at=at)
            review_check_in(nurse, check_in_id=check_in.id, at=at)
            shown = decision_context(prescriber, course, session_id, on=at.date())
            course_commands.write_decision(
                prescriber,
                course_id=course.id,
                session_id=session_id,
                choice=choice,
                reasons=DECISION_REASONS[choice],
                findings=shown.findings,
                at=at + timedelta(minutes=30),
            )


DECISION_REASONS = {
    "continue": "Well tolerated, readings settled within the hour. Same dose next time.",
    "stop": "No change in PHQ-9 after a full course. Talked through other treatments; referred.",
}


def _calm_answers() -> dict[str, str]:
    """Nothing worrying, question by question. An invented person; a real one is asked."""
    calm = {"yes_no": "no", "severity": "none", "zero_to_ten": "6"}
    return {question.id: calm[question.kind] for question in check_in_knowledge().question if question.kind in calm}


def spread(total: int, items: int, highest: int = 3) -> list[int]:
    """Answers from 0 to ``highest`` that add up to ``total``; the last one (the safety item) stays 0 while it can."""
    answers = [0] * items
    order = [place % (items - 1) for place in range((items - 1) * highest)]
    for place in order[: min(total, len(order))]:
        answers[place] += 1
    answers[-1] = max(0, total - len(order))
    return answers


def _total(response: Response) -> float | None:
    score: float | None = response.total
    return score


def _condition_items() -> list[str]:
    return [
        name for name, item in loader.data_items().items() if item.section == "conditions" and item.kind == "yes_no"
    ]


def _choices() -> dict[str, str]:
    """The first choice of a listed question is the reassuring one in the demo's stories."""
    items = loader.data_items().items()
    return {name: item.choices[0] for name, item in items if item.section == "conditions" and item.kind == "choice"}


def _treatments() -> kinds.Treatments:
    tried = (
        kinds.Treatment(
            name="escitalopram", kind="medicine", dose="20 mg", weeks=10, outcome="not enough benefit",
            why_stopped="no further improvement", adequate="adequate", best_change_percent=20,
        ),
        kinds.Treatment(
            name="venlafaxine", kind="medicine", dose="225 mg", weeks=12, outcome="no benefit",
            why_stopped="no benefit", adequate="adequate", best_change_percent=5,
        ),
        kinds.Treatment(name="cognitive behavioural therapy", kind="talking therapy", weeks=16, outcome="good benefit, later lost",
            adequate="adequate",
        ),
    )  # fmt: skip
    return kinds.Treatments(version=1, follows=None, stated="listed", treatments=tried)


def _results() -> kinds.Results:
    """What a healthy person needs before a first session: three statements that nothing more is needed."""
    said = {
        "result_ecg": "No cardiovascular risk.",
        "result_liver_tests": "No liver risk, six sessions planned.",
        "result_urine_drug_test": "Nothing is suspected.",
    }
    results = tuple(kinds.ResultEntry(test=test, judged="not needed", note=note) for test, note in said.items())
    return kinds.Results(version=1, follows=None, results=results)


def _phq9_items() -> tuple[Item, ...]:
    found = instrument("phq-9")
    assert found is not None
    return found.item
