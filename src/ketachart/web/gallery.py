"""/design/: every component in use, so that a page is built by looking, not by guessing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ketachart.web.forms import DateInput, QuantityField
from ketachart.web.gates import allow

HERE = Path(__file__).parent
STAFF = "web.staff"

COLOURS = [
    "paper",
    "surface",
    "sunken",
    "raised",
    "rail",
    "ink",
    "ink-soft",
    "ink-faint",
    "line",
    "line-strong",
    "accent",
    "accent-strong",
    "accent-soft",
    "met",
    "met-soft",
    "not-met",
    "not-met-soft",
    "missing",
    "missing-soft",
    "note",
    "note-soft",
    "danger",
    "data-blood-pressure",
    "data-heart-rate",
    "data-spo2",
    "data-respiration",
    "data-dose",
    "data-concentration",
    "data-sedation",
    "data-dissociation",
]


def icon_names() -> list[str]:
    return re.findall(r'<symbol id="([^"]+)"', (HERE / "static/web/icons/icons.svg").read_text())


class ExampleForm(forms.Form):
    name = forms.CharField(label="Name of the escort", help_text="Who takes the person home.")
    weight_kg = QuantityField(
        label="Weight", unit="kg", min_value=20, max_value=400, help_text="Measured today, in light clothes."
    )
    measured_on = forms.DateField(label="Measured on", widget=DateInput)
    relation = forms.ChoiceField(
        label="Relation",
        widget=forms.RadioSelect,
        choices=[("family", "Family"), ("friend", "Friend"), ("other", "Other")],
    )
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea)
    confirmed = forms.BooleanField(label="I have seen the escort", help_text="In person, not by telephone.")


@dataclass(frozen=True)
class _Seen:
    what: str
    value: str | None
    at: datetime | None = None


@dataclass(frozen=True)
class _Finding:
    rule_id: str
    rule_version: str
    verdict: str
    title: str
    seen: tuple[_Seen, ...]
    meaning: str
    action: str
    source: str


@dataclass(frozen=True)
class _Step:
    title: str
    state: str
    detail: str = ""
    blocks: tuple[str, ...] = ()
    href: str = ""

    @property
    def state_words(self) -> str:
        return {"done": "done", "now": "now", "blocked": "blocked", "ahead": "not yet"}[self.state]


@dataclass(frozen=True)
class _Entry:
    at: datetime
    icon: str
    title: str
    detail: str
    by: str
    struck: bool = False
    href: str = ""


@allow(STAFF)
def gallery(request: HttpRequest) -> HttpResponse:
    at = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
    findings = [
        _Finding(
            "example.escort",
            "1",
            "met",
            "An escort is named",
            (_Seen("escort", "Dana Example", at),),
            "",
            "",
            "an example, not a rule",
        ),
        _Finding(
            "example.pressure",
            "2",
            "not met",
            "Blood pressure below the limit of this site",
            (_Seen("blood pressure", "168/104 mmHg", at),),
            "Above the limit before a dose.",
            "Wait, measure again, tell the prescriber.",
            "an example, not a rule",
        ),
        _Finding(
            "example.weight",
            "1",
            "missing",
            "Weight measured recently",
            (_Seen("weight", None),),
            "There is no weight.",
            "Weigh the person.",
            "an example, not a rule",
        ),
    ]
    steps = [
        _Step("Inquiry", "done", "2 Mar"),
        _Step("Consultation", "done", "9 Mar"),
        _Step("Screening", "done", "10 rules met"),
        _Step("Consent", "blocked", "", ("Not signed",)),
        _Step("Plan", "now", "written, waits"),
        _Step("Session 1", "ahead"),
    ]
    entries = [
        _Entry(at, "vitals", "Blood pressure 168/104", "sitting, left arm", "R. Nurse, tablet 3"),
        _Entry(
            at.replace(minute=32), "vitals", "Heart rate 740", "typed by mistake", "R. Nurse, tablet 3", struck=True
        ),
        _Entry(
            at.replace(minute=33), "undo", "Heart rate 74", "corrects 740: slip of the finger", "R. Nurse, tablet 3"
        ),
    ]
    refused = ExampleForm({"name": "Dana Example", "weight_kg": "7000", "relation": ""})
    return render(
        request,
        "web/design.html",
        {
            "trail": [("Home", "/"), ("Design", None)],
            "findings": findings,
            "steps": steps,
            "days": [(date(2026, 3, 14), entries)],
            "refused_form": refused,
            "blank_form": ExampleForm(prefix="blank"),
            "colours": COLOURS,
            "icon_names": icon_names(),
        },
    )
