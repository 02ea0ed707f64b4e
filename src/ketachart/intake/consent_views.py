"""Consent: read and signed by the person, on their own phone or on a tablet of the clinic."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from ketachart.intake import consent_commands, queries, rules
from ketachart.intake.consent_forms import ConsentForm, WithdrawForm
from ketachart.intake.kinds import Intended
from ketachart.intake.models import Consent
from ketachart.knowledge import loader
from ketachart.people.queries import patient_for
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.errors import Refused
from ketachart.web.forms import refuse, render_form
from ketachart.web.gates import allow


@allow("intake.read")
@require_safe
def consents(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    patient = patient_for(actor, patient_id)
    note_read(actor, patient_id, "consents")
    now = clock.now()
    context = {
        "patient": patient,
        "signed": _signed_lines(queries.consents(actor, patient_id)),
        "to_sign": [
            (one, titles(one.intended), _has_text(one.intended))
            for one in queries.consents_to_sign(actor, patient_id, at=now)
        ],
        "for_home": [(one, titles(one.intended)) for one in queries.home_consents_to_sign(actor, patient_id, at=now)],
        "may_witness": actor.may("intake.consent_witness"),
    }
    return render(request, "intake/consents.html", context)


@allow("intake.consent_own")
@require_safe
def my_consents(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    note_read(actor, actor.patient_id, "own consents")
    now = clock.now()
    to_sign = queries.consents_to_sign(actor, actor.patient_id, at=now)
    for_home = queries.home_consents_to_sign(actor, actor.patient_id, at=now)
    context = {
        "for_home": [(one, titles(one.intended)) for one in for_home],
        "signed": _signed_lines(queries.consents(actor, actor.patient_id)),
        "to_sign": [(one, titles(one.intended), _has_text(one.intended)) for one in to_sign],
    }
    return render(request, "intake/my_consents.html", context)


@allow("intake.consent_own")
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, product: str, route: str, indication: str, place: str = "clinic") -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    return _sign(request, actor.patient_id, Intended(product=product, route=route, indication=indication), place)


@allow("intake.consent_witness")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_on_tablet(
    request: HttpRequest, patient_id: UUID, product: str, route: str, indication: str, place: str = "clinic"
) -> HttpResponse:
    return _sign(request, patient_id, Intended(product=product, route=route, indication=indication), place)


@allow("intake.read", "intake.consent_own")
@require_safe
def consent(request: HttpRequest, consent_id: UUID) -> HttpResponse:
    """The signed consent with the exact words, for reading and print."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.consent(actor, consent_id)
    note_read(actor, row.patient_id, "consent")
    text = loader.consent_text_version(row.text_id, row.text_version)
    intended = Intended(product=row.product, route=row.route, indication=row.indication)
    context = {
        "patient": patient_for(actor, row.patient_id),
        "consent": row,
        "content": row.content,
        "text": text,
        "unaltered": text is not None and text.sha256 == row.text_sha256,
        "what": f"{titles(intended)}, at home" if text is not None and text.place == "home" else titles(intended),
        "withdrawal": getattr(row, "withdrawal", None),
        "strokes": _stroke_points(row.content.drawn),
        "own": actor.patient_id is not None,
        "base": "scales/phone.html" if actor.patient_id else "people/patient_page.html",
    }
    return render(request, "intake/consent.html", context)


@allow("intake.consent_own", "intake.consent_witness")
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, consent_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.consent(actor, consent_id)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            consent_commands.withdraw_consent(
                actor, consent_id=consent_id, reason=form.cleaned_data["reason"], at=clock.now()
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, "The consent is withdrawn. Nothing is given without a new one.")
            return redirect("intake:consent", consent_id=consent_id)
    context = {
        "patient": patient_for(actor, row.patient_id),
        "consent": row,
        "form": form,
        "own": actor.patient_id is not None,
        "base": "scales/phone.html" if actor.patient_id else "people/patient_page.html",
    }
    return render_form(request, "intake/withdraw.html", context)


def titles(intended: Intended) -> str:
    catalogue = loader.catalogue()
    route, indication = catalogue.title_of(intended.route).lower(), catalogue.title_of(intended.indication).lower()
    return f"{catalogue.title_of(intended.product)}, {route}, for {indication}"


@dataclass(frozen=True)
class SignedLine:
    row: Consent
    what: str
    withdrawn: bool


def _sign(request: HttpRequest, patient_id: UUID, intended: Intended, place: str) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    patient = patient_for(actor, patient_id)
    note_read(actor, patient.id, "consent, to sign")
    now = clock.now()
    text = loader.consent_text(
        product=intended.product, route=intended.route, indication=intended.indication, on=now.date(), place=place
    )
    if text is None:
        raise Refused("There is no consent text for this product, route and indication.", status=404)
    bound = {"text_id": text.id, "text_version": text.version, "text_sha256": text.sha256}
    form = ConsentForm(request.POST or None, initial=bound, questions=text.teach_back)
    if request.method == "POST" and form.is_valid():
        fields = form.cleaned_data
        try:
            made = consent_commands.sign_consent(
                actor,
                patient_id=patient_id,
                intended=intended,
                text_id=fields["text_id"],
                text_version=fields["text_version"],
                text_sha256=fields["text_sha256"],
                typed_name=fields["typed_name"],
                agreed=fields["agreed"],
                drawn=fields["drawn"] or None,
                teach_back=form.teach_back(),
                place=place,
                at=now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, "Signed. You can read it, print it or take it back at any time.")
            return redirect("intake:consent", consent_id=made.id)
    context = {
        "patient": patient,
        "text": text,
        "form": form,
        "what": f"{titles(intended)}, at home" if place == "home" else titles(intended),
        "on_tablet": actor.patient_id is None,
        "witness": actor.name,
    }
    return render_form(request, "intake/sign.html", context)


def _signed_lines(rows: list[Consent]) -> list[SignedLine]:
    lines = []
    for row in rows:
        intended = Intended(product=row.product, route=row.route, indication=row.indication)
        text = loader.consent_text_version(row.text_id, row.text_version)
        at_home = text is not None and text.place == "home"
        what = f"{titles(intended)}, at home" if at_home else titles(intended)
        lines.append(SignedLine(row=row, what=what, withdrawn=hasattr(row, "withdrawal")))
    return lines


def _has_text(intended: Intended) -> bool:
    today = clock.now().date()
    found = loader.consent_text(
        product=intended.product, route=intended.route, indication=intended.indication, on=today
    )
    return found is not None


def _stroke_points(drawn: str | None) -> list[str]:
    """The drawn signature as points of SVG lines."""
    if not drawn:
        return []
    return [" ".join(f"{x},{y}" for x, y in stroke) for stroke in rules.drawn_strokes(drawn)]
