"""The record of a session as a PDF (PDF/A-2a, PDF/UA-1): the page `record.html` on paper, for a court, a payer, a colleague.

What is printed comes from `print.printed`, as the page does, so the two cannot disagree. Typst only lays it out.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from ketachart.treatment.cards import Judged
from ketachart.treatment.print import Line, printed
from ketachart.treatment.queries import SessionView

HERE = Path(__file__).parent / "pdf"
READING_HEADS = ["Time", "BP mmHg", "HR /min", "SpO₂ %", "RR /min", "Temp °C", "MOAA/S", "Dissoc. 0-10", "By"]
NOT_CHARTED = "not charted"

# The colours of the light theme: paper has no dark one.
PICTURE_STYLE = """<style>
text { font-family: "Atkinson Hyperlegible Next"; }
.picture__grid { stroke: #c9d2d0; } .picture__dosing { fill: #7a5ab0; opacity: 0.1; }
.picture__label { fill: #40504d; font-size: 11px; } .picture__label--unit { font-size: 10px; }
.picture__scale { fill: #5c6a67; font-size: 10px; text-anchor: end; }
.picture__tick { fill: #5c6a67; font-size: 10px; text-anchor: middle; }
.picture__value { fill: #16201e; font-size: 9.5px; text-anchor: middle; }
.picture__bar { stroke-width: 5; stroke-linecap: round; } .picture__dot { stroke: #ffffff; stroke-width: 1; }
.picture__line { fill: none; stroke-width: 2; }
.picture--pressure { stroke: #1d5fa8; fill: #1d5fa8; } .picture--heart { fill: #b3261e; } .picture--spo2 { fill: #0b6b61; }
.picture--breathing { fill: #8a5a00; } .picture--sedation { fill: #45525f; } .picture--dissociation { fill: #9c2f7f; }
.picture--dose { stroke: #6a48a0; }
</style>"""


def record_pdf(view: SessionView, *, clinic_name: str, at: datetime, paper: str = "us-letter") -> bytes:
    """The whole record as of `at`."""
    text = json.dumps(contents(view, clinic_name=clinic_name, at=at, paper=paper), ensure_ascii=False)
    return set_in_type(text, at)


def set_in_type(text: str, at: datetime, document: str = "session.typ") -> bytes:
    """`text` is the JSON that the document prints."""
    import typst  # 60 MB of engine: only for whoever prints

    try:
        return _compiled(text, at, document)
    except typst.TypstError:
        return _compiled(spelled_out(text), at, document)  # an archive may not hold a sign that its fonts lack


def _compiled(text: str, at: datetime, document: str) -> bytes:
    import typst

    return bytes(
        typst.compile(
            str(HERE / document),
            font_paths=[str(HERE / "fonts")],
            ignore_system_fonts=True,
            pdf_standards=["a-2a", "ua-1"],
            sys_inputs={"data": text},
            timestamp=int(at.timestamp()),
        )
    )


def spelled_out(text: str) -> str:
    """Signs beyond the Latin ones by their Unicode numbers: ugly, and nothing is lost."""
    return "".join(sign if sign in KNOWN_SIGNS or ord(sign) < LATIN_ENDS else f"[U+{ord(sign):04X}]" for sign in text)


LATIN_ENDS = 0x180
KNOWN_SIGNS = frozenset("₂–—‘’“”…·×→≥≤−")


def contents(view: SessionView, *, clinic_name: str, at: datetime, paper: str) -> dict[str, Any]:
    """Every text of the document."""
    record = printed(view, at)
    patient, opened, signed = view.patient, record["opened"], record["signed"]
    began = view.session.opened_at
    name = f"{patient.given_name} {patient.family_name}"
    picture = record["picture"]
    chain = f"{record['head_number']} entries · SHA-256 of the last {record['head_hash']}"
    return {
        "paper": paper,
        "clinic": clinic_name,
        "synthetic": patient.is_synthetic,
        "title": f"Record of the session of {_day(began)}",
        "running_head": f"{name} · MRN {patient.mrn} · session of {_day(began)} · printed {_moment(at)}",
        "chain": chain,
        "chain_words": f"Chain: {chain}. `ketachart verify` checks the record against it.",
        "summary": record["summary"],
        "patient": [
            ["Patient", f"{name}, born {_day(patient.birth_date)}"],
            ["Record number", patient.mrn],
            ["Room", opened.room if opened and opened.room else NOT_CHARTED],
            ["Times", f"of the clinic, {timezone.get_current_timezone_name()}"],
        ],
        "picture": None if picture is None else _picture_as_svg(picture),
        "order": order_lines(record, view, at),
        "steps": [
            [
                _clock(step.start),
                _clock(step.end) if step.end else "running",
                step.what,
                NOT_CHARTED if step.amount_mg is None else f"{step.amount_mg:.2f}",
            ]
            for step in record["steps"]
        ],
        "given": given_line(record),
        "reading_heads": READING_HEADS,
        "readings": [[_clock(one.at), one.pressure, *one.values, one.by] for one in record["rounds"]],
        "gaps": [gap_line(gap) for gap in record["gaps"]],
        "conflicts": [f"{_clock(one.at)}: {one.meaning}" for one in record["conflicts"]],
        "entries": [_entry(line) for line in record["lines"]],
        "start_findings": [_finding(one) for one in record["start_findings"]],
        "discharge_findings": [_finding(one) for one in record["discharge_findings"]],
        "signed_line": {
            "signed": signed is not None,
            "statement": signed.content.statement if signed else "",
            "by": signed.author_name if signed else "",
            "at": _moment(signed.effective_at) if signed else "",
            "number": signed.number if signed else 0,
        },
        "addenda": [
            {"text": one.content.text, "by": f"Addendum by {one.author_name}, {_moment(one.effective_at)}"}
            for one in record["addenda"]
        ],
    }


def order_lines(record: dict[str, Any], view: SessionView, at: datetime) -> list[list[str]]:
    opened = record["opened"]
    if opened is None:
        return []
    plan, weight_kg = opened.plan, opened.patient.weight_kg
    consent = view.state.consent_at(view.state.dose.first_dose_at or at)
    minutes = f", {plan.infusion_minutes:g} min" if plan.infusion_minutes else ""
    signed_on = f", signed {_day(consent.signed_at)}" if consent and consent.signed_at else ""
    return [
        ["Order", f"{plan.dose_mg:g} mg {plan.product} ({plan.salt_or_base}), {plan.route}{minutes}"],
        ["Per kg", _amount(plan.dose_mg_per_kg, "mg/kg")],
        ["Weight", _amount(weight_kg, "kg")],
        [
            "Drawn",
            f"{_amount(plan.volume_ml, 'mL')} of {_amount(plan.concentration_mg_per_ml, 'mg/mL')}"
            if plan.volume_ml is not None
            else "no volume ordered",
        ],
        ["Consent", f"{consent.version}{signed_on}" if consent else "none for this product, route and indication"],
    ]


def given_line(record: dict[str, Any]) -> str:
    per_kg, pump_mg = record["delivered_mg_per_kg"], record["pump_mg"]
    line = f"Given in all: {record['delivered_mg']:.2f} mg"
    if per_kg is not None:
        line += f" ({per_kg:.3f} mg/kg)"
    if pump_mg is not None:
        line += f"; the pump says {pump_mg:.2f} mg"
    return line + "."


def gap_line(gap: Any) -> str:
    if not gap.explained:
        return f"{gap.label} due {_clock(gap.due_at)}: no cause given"
    note = f" ({gap.note})" if gap.note else ""
    return f"{gap.label} due {_clock(gap.due_at)}: {gap.cause}{note}, {gap.explained_by}"


def _entry(line: Line) -> dict[str, Any]:
    entry = line.entry
    marks = [word for word, holds in (("late", line.arrived_late), ("after signing", line.after_signing)) if holds]
    recorded = _clock(entry.recorded_at) if entry.recorded_at else ""
    by = entry.author_name or entry.source
    return {
        "time": _clock(entry.effective_at),
        "number": line.number,
        "title": line.title,
        "text": line.text,
        "struck": line.struck,
        "corrections": [
            f"Corrected {_clock(one.effective_at)} by {one.author_name}: {one.content.reason}"  # type: ignore[attr-defined]
            for one in line.corrections
        ],
        "by": by if entry.source == "person" else f"{by} ({entry.source})",
        "recorded": f"{recorded} {', '.join(marks)}".strip(),
    }


def _finding(judged: Judged) -> dict[str, str]:
    finding, override = judged.finding, judged.override
    seen = "; ".join(
        f"{one.what} {_seen(one.value)}{f' ({_moment(one.at)})' if one.at else ''}" for one in finding.seen
    )
    set_aside = ""
    if override:
        second = f" Second signature: {override.second_name}." if override.second_name else ""
        set_aside = f"Set aside by {override.by_name} ({override.by_role}): {override.reason}.{second}"
    verdict = "set aside" if override else finding.verdict if finding.blocks else "for information"
    return {
        "verdict": verdict,
        "title": f"{finding.title}.",
        "meaning": finding.meaning,
        "seen": seen,
        "override": set_aside,
        "source": f"Rule {finding.rule_id}, version {finding.rule_version}. {finding.source}",
    }


def _seen(value: object) -> str:
    if value is None:
        return NOT_CHARTED
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _picture_as_svg(picture: object) -> str:
    """The drawing of the page, with its colours written into it."""
    page = render_to_string("treatment/record_picture.html", {"picture": picture})
    found = re.search(r"<svg.*</svg>", page, re.DOTALL)
    assert found is not None
    drawing = found.group().replace("₂", "2")  # the drawing's fonts lack the sign
    return _OPENING.sub(
        lambda tag: f'{tag.group()[:-1]} xmlns="http://www.w3.org/2000/svg">{PICTURE_STYLE}', drawing, 1
    )


_OPENING = re.compile(r"<svg[^>]*>")


def _amount(value: float | None, unit: str) -> str:
    return NOT_CHARTED if value is None else f"{value:.4g} {unit}"


def _local(at: datetime) -> datetime:
    return timezone.localtime(at)


def _day(at: Any) -> str:
    if at is None:
        return NOT_CHARTED
    day = _local(at) if isinstance(at, datetime) else at
    return f"{day.day} {day:%B %Y}"


def _clock(at: datetime) -> str:
    return f"{_local(at):%H:%M:%S}"


def _moment(at: datetime) -> str:
    return f"{_local(at):%d %b %Y %H:%M}"
