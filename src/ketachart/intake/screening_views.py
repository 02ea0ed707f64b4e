"""Findings about one person for what is intended, overrides, and the decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ketachart.intake import queries, rules, screening_commands, standing_queries
from ketachart.intake.kinds import Intended
from ketachart.intake.models import FindingOverride
from ketachart.intake.rules import Phase
from ketachart.intake.screening_forms import DecisionForm, IntendedForm, OverrideForm
from ketachart.knowledge import loader
from ketachart.knowledge.findings import Finding, gate_holds, override_holds, standing_blocks
from ketachart.knowledge.site_settings import site_settings
from ketachart.people.queries import patient_for
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.errors import Refused
from ketachart.web.forms import refuse, render_form
from ketachart.web.gates import allow


@dataclass(frozen=True)
class FindingLine:
    """A finding as the page shows it: with its override, if any, and whether one may be given."""

    finding: Finding
    override: FindingOverride | None
    holds: bool
    waits_for_second: bool
    may_override: bool
    may_sign_second: bool
    form: OverrideForm | None = None


@allow("intake.read")
@require_http_methods(["GET", "HEAD", "POST"])
def screening(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    intended, chooser = _intended(request)
    form: DecisionForm | None = None
    if request.method == "POST":
        actor.require("intake.decide")
        form = DecisionForm(request.POST)
        if form.is_valid():
            try:
                screening_commands.decide_eligibility(
                    actor,
                    patient_id=patient_id,
                    intended=intended,
                    outcome=form.cleaned_data["outcome"],
                    reasons=form.cleaned_data["reasons"],
                    conditions=form.cleaned_data["conditions"],
                    seen_sha256=form.cleaned_data["seen_sha256"],
                    at=clock.now(),
                )
            except Refused as refused:
                refuse(form, refused)
            else:
                messages.success(request, "The decision is signed.")
                return redirect(_address(patient_id, intended))
    return _page(request, patient_id, intended, chooser, form)


@allow("intake.override")
@require_POST
def override(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    intended, chooser = _intended(request)
    form = OverrideForm(request.POST)
    if form.is_valid():
        try:
            screening_commands.give_override(
                actor,
                patient_id=patient_id,
                intended=intended,
                rule_id=form.cleaned_data["rule_id"],
                reason=form.cleaned_data["reason"],
                at=clock.now(),
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect(_address(patient_id, intended))
    return _page(request, patient_id, intended, chooser, None, override_form=form)


@allow("intake.override")
@require_POST
def sign_second(request: HttpRequest, override_id: UUID) -> HttpResponse:
    signed = screening_commands.sign_second(request.actor, override_id=override_id, at=clock.now())  # type: ignore[attr-defined]
    row = signed.override
    intended = Intended(product=row.product, route=row.route, indication=row.indication)
    messages.success(request, "Signed as the second prescriber.")
    return redirect(_address(row.patient_id, intended))


@allow("intake.read", "course.read")
@require_safe
def decision(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """One decision as it was signed: with every finding that it rested on."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.decision(actor, decision_id)
    note_read(actor, row.patient_id, "eligibility decision")
    content = row.content
    context = {
        "patient": patient_for(actor, row.patient_id),
        "decision": row,
        "content": content,
        "findings": content.findings,
        "catalogue": loader.catalogue(),
        "what": _titles(content.intended),
    }
    return render(request, "intake/decision.html", context)


@allow("intake.read")
@require_safe
def trials(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Treatment-resistant depression by each definition, with the evidence, for printing."""
    actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    patient = patient_for(actor, patient_id)
    note_read(actor, patient_id, "treatment trials")
    found = standing_queries.trd_assessments(actor, patient_id, at=now)
    context = {
        "patient": patient,
        "assessments": found,
        "now": now,
        "recorded": queries.sections(actor, patient_id).get("treatments", [])[:1],
    }
    return render(request, "intake/trials.html", context)


@allow("intake.read")
@require_safe
def tests(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """What to order before a course, and what is due again while it lasts."""
    actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    intended, chooser = _intended(request)
    patient = patient_for(actor, patient_id)
    note_read(actor, patient_id, "tests and long-term checks")
    found = standing_queries.tests_for(actor, patient_id, intended, at=now)
    context = {
        "patient": patient,
        "chooser": chooser,
        "what": _titles(intended),
        "now": now,
        "tables": [("before", "Before a course", found.before), ("again", "Again, while treatment lasts", found.again)],
        "due": [one for one in (*found.before, *found.again) if one.state == "due"],
        "query": _query(intended),
    }
    return render(request, "intake/tests.html", context)


def _page(
    request: HttpRequest,
    patient_id: UUID,
    intended: Intended,
    chooser: IntendedForm,
    form: DecisionForm | None,
    *,
    override_form: OverrideForm | None = None,
) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    patient = patient_for(actor, patient_id)
    note_read(actor, patient_id, "screening")
    phase = _phase(request)
    result = queries.screening(actor, patient_id, intended, at=now, phase=phase)
    may = actor.may("intake.override") and phase == "course"  # the other views are looked at, not signed
    who = str(actor.user_id) if may else ""
    lines = [_line(finding, result, who, override_form) for finding in result.findings]
    by: dict[str, list[Any]] = {
        "blocks": [
            line for line in lines if line.finding.verdict == "not met" and line.finding.blocks and not line.holds
        ],
        "overridden": [line for line in lines if line.holds],
        "missing": [
            line
            for line in lines
            if line.finding.verdict == "missing" and not line.holds and not _waits_for_the_clinic(line.finding)
        ],
        "information": [line for line in lines if line.finding.verdict == "not met" and not line.finding.blocks],
        "met": [line.finding for line in lines if line.finding.verdict == "met"],
    }
    if form is None:
        form = DecisionForm(initial={"seen_sha256": result.sha256})
    questions = rules.open_questions(result.findings, loader.data_items())
    decisions = queries.decisions(actor, patient_id)
    gate = queries.eligibility_of(decisions, result) if phase == "course" else None
    last = queries.decision_on(decisions, intended)
    context = {
        "patient": patient,
        "chooser": chooser,
        "intended": intended,
        "what": _titles(intended),
        "lines": by,
        "groups": _groups(by["blocks"]),
        "phase": phase,
        "phases": [(name, title, _phase_query(intended, name)) for name, title in PHASES.items()],
        "last": last,
        "changes": queries.changes_since(last, result) if last is not None and phase == "course" else None,
        "unset": [line.finding for line in lines if _waits_for_the_clinic(line.finding)],
        "unknown_medicines": _unknown_medicines(result.findings),
        "questions": questions,
        "asked": rules.by_who_can_answer(questions),
        "holds": gate_holds(result.findings, result.overrides),
        "standing": len(standing_blocks(result.findings, result.overrides)),
        "counts": {name: len(found) for name, found in by.items()},
        "form": override_form if override_form is not None and override_form.errors else form,
        "decision_form": form,
        "decisions": decisions,
        "gate": gate,
        "sha256": result.sha256,
        "query": _query(intended),
    }
    return render_form(request, "intake/screening.html", context)


PHASES: dict[Phase, str] = {"course": "Before a course", "session": "Before a session", "home": "For treatment at home"}


def _phase(request: HttpRequest) -> Phase:
    """A decision is signed on what holds before a course; the other two are looked at."""
    wanted = request.GET.get("phase", "course")
    return next((name for name in PHASES if name == wanted and request.method != "POST"), "course")


def _query(intended: Intended) -> str:
    return urlencode({"product": intended.product, "route": intended.route, "indication": intended.indication})


def _phase_query(intended: Intended, phase: Phase) -> str:
    return _query(intended) if phase == "course" else f"{_query(intended)}&phase={phase}"


def _groups(lines: list[FindingLine]) -> list[tuple[str, str, list[FindingLine]]]:
    """What is in the way, by what it asks for."""
    found = [
        (name.replace(" ", "-"), title, [line for line in lines if line.finding.rule_class == name])
        for name, title in rules.ASKS_FOR.items()
    ]
    return [(name, title, of_class) for name, title, of_class in found if of_class]


def _waits_for_the_clinic(finding: Finding) -> bool:
    return (
        finding.verdict == "missing" and not finding.blocks and any(name in site_settings() for name in finding.missing)
    )


def _line(finding: Finding, result: queries.Screening, who: str, override_form: OverrideForm | None) -> FindingLine:
    """`who` is the person who may override, or empty for somebody who may not."""
    rows = [row for row in result.override_rows if row.rule_id == finding.rule_id]
    row = rows[-1] if rows else None
    holds = any(override_holds(finding, given) for given in result.overrides)
    same = row is not None and row.content.finding.verdict == finding.verdict
    waits = bool(row and same and row.content.needs_second_signature and not hasattr(row, "second"))
    allowed = finding.overridable
    possible = allowed is not None and (finding.verdict == "not met" or allowed.covers_missing)
    mine = override_form is not None and override_form.data.get("rule_id") == finding.rule_id
    open_form = (
        override_form if mine else OverrideForm(initial={"rule_id": finding.rule_id}, auto_id=f"{finding.rule_id}_%s")
    )
    return FindingLine(
        finding=finding,
        override=row if same else None,
        holds=holds,
        waits_for_second=waits and not holds,
        may_override=bool(who) and possible and not holds and not waits and finding.verdict != "met",
        may_sign_second=bool(who and waits and row and row.content.given.by_id != who),
        form=open_form,
    )


def _unknown_medicines(findings: tuple[Finding, ...]) -> list[str]:
    names = {str(seen.value) for finding in findings for seen in finding.seen if seen.what == "medicine not recognised"}
    return sorted(names)


def _intended(request: HttpRequest) -> tuple[Intended, IntendedForm]:
    """From the address; anything impossible falls back to the first choice and says so in the form."""
    first = queries.FIRST_INTENDED
    standard = {"product": first.product, "route": first.route, "indication": first.indication}
    given = {name: request.GET.get(name, value) for name, value in standard.items()}
    chooser = IntendedForm(given)
    return (chooser.intended() if chooser.is_valid() else first), chooser


def _titles(intended: Intended) -> str:
    catalogue = loader.catalogue()
    return (
        f"{catalogue.title_of(intended.product)}, {catalogue.title_of(intended.route).lower()}, "
        f"for {catalogue.title_of(intended.indication).lower()}"
    )


def _address(patient_id: UUID, intended: Intended) -> str:
    return f"{reverse('intake:screening', kwargs={'patient_id': patient_id})}?{_query(intended)}"
