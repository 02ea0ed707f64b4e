"""The history, section by section. Each form starts empty; what stands is shown beside it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from ketachart.intake import queries
from ketachart.intake.history_commands import NeedsConfirmation, record_section
from ketachart.intake.history_forms import MeasurementsForm, SectionForm
from ketachart.intake.kinds import SECTION_TITLES
from ketachart.intake.section_forms import ROWS, SECTION_FORMS
from ketachart.intake.section_lines import lines_of
from ketachart.knowledge import loader
from ketachart.people.queries import patient_for
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.errors import Refused
from ketachart.web.forms import refuse, render_form
from ketachart.web.gates import allow


@allow("intake.read")
@require_safe
def history(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    patient = patient_for(actor, patient_id)
    note_read(actor, patient_id, "history")
    standing = queries.sections(actor, patient_id)
    cards = [
        {"name": name, "title": title, "row": next(iter(versions), None), "lines": lines_of(versions)}
        for name, title in SECTION_TITLES.items()
        for versions in [standing.get(name, [])]
    ]
    return render(request, "intake/history.html", {"patient": patient, "cards": cards, "now": clock.now()})


@allow("intake.write")
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest, patient_id: UUID, section: str) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    if section not in SECTION_FORMS:
        raise Http404
    patient = patient_for(actor, patient_id)
    earlier = queries.sections(actor, patient_id).get(section, [])
    standing = earlier[0] if earlier else None
    posted = request.POST if request.method == "POST" else None
    form = SECTION_FORMS[section](posted, initial={"follows_version": standing.version if standing else 0})
    rows = ROWS[section](posted, prefix="row") if section in ROWS else None
    if posted is not None and form.is_valid() and (rows is None or rows.is_valid()):
        if rows is not None:
            form.rows = rows  # type: ignore[attr-defined]
        if _save(request, patient_id, form):
            messages.success(request, f"{SECTION_TITLES[section]} recorded.")
            return redirect("intake:history", patient_id=patient_id)
    note_read(actor, patient_id, f"history, {section}")
    if rows is not None and posted is not None and not rows.is_valid() and not form.errors:
        form.add_error(None, "A row below needs another look.")
    context = {
        "patient": patient,
        "section": section,
        "title": SECTION_TITLES[section],
        "form": form,
        "rows": rows,
        "standing": standing,
        "lines": lines_of(earlier),
        "answers_stand": section in ("conditions", "measurements", "pregnancy", "results"),
        "ingredients": loader.medicine_table().known_names if section == "medicines" else (),
        "unusual": " ".join(getattr(form, "ask_to_confirm", ())),
        "now": clock.now(),
    }
    return render_form(request, "intake/record.html", context)


@allow("intake.read")
@require_safe
def versions(request: HttpRequest, patient_id: UUID, section: str) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    patient = patient_for(actor, patient_id)
    note_read(actor, patient_id, f"history, {section}, versions")
    found = queries.section_versions(actor, patient_id, section)
    context = {
        "patient": patient,
        "section": section,
        "title": SECTION_TITLES[section],
        "versions": [(row, lines_of([row])) for row in found],
    }
    return render(request, "intake/versions.html", context)


def _save(request: HttpRequest, patient_id: UUID, form: SectionForm) -> bool:
    """True when it was written; otherwise the form carries why not."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    try:
        record_section(
            actor,
            patient_id=patient_id,
            content=form.section(),
            follows_version=form.cleaned_data["follows_version"],
            at=clock.now(),
        )
    except forms.ValidationError as fault:
        form.add_error(None, fault)
    except NeedsConfirmation as unusual:
        if isinstance(form, MeasurementsForm):
            form.confirm(unusual.fields)
        form.add_error(None, str(unusual))
    except Refused as refused:
        refuse(form, refused)
    else:
        return True
    return False
