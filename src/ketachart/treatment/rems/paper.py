"""The form as a PDF, in this product's own wording and order of the fields."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from ketachart.treatment.record_pdf import set_in_type

if TYPE_CHECKING:
    from ketachart.treatment.rems.queries import FormView


def form_pdf(form: FormView, at: datetime, *, paper: str = "us-letter") -> bytes:
    return set_in_type(json.dumps(contents(form, at, paper), ensure_ascii=False), at, document="rems_form.typ")


def contents(form: FormView, at: datetime, paper: str) -> dict[str, Any]:
    patient, version = form.session.patient, form.draft.version
    return {
        "paper": paper,
        "title": "Spravato REMS patient monitoring form",
        "version": f"{version.title}. {version.source}",
        "running_head": f"{patient.name} · MRN {patient.mrn} · printed {timezone.localtime(at):%d %b %Y %H:%M}",
        "synthetic": patient.is_synthetic,
        "complete": form.draft.is_complete,
        "groups": [
            {"title": title, "rows": [[one.field.label, words(one.value, one.detail)] for one in fields]}
            for title, fields in form.draft.groups()
        ],
        "chain": f"From a record of {form.session.state.number} entries, SHA-256 of the last {form.session.head_hash}",
    }


def words(value: str | None, detail: str | None) -> str:
    if value is None:
        return "— not known —"
    return f"{value}: {detail}" if detail else value
