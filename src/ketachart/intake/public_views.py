"""The public page: anybody may ask a question or put their name on a waiting list, without signing in."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from ketachart.intake import inquiry_commands, inquiry_queries
from ketachart.intake.inquiry_forms import InquiryForm
from ketachart.record import clock
from ketachart.record.errors import Refused
from ketachart.record.models import Clinic
from ketachart.scales.queries import help_numbers
from ketachart.web.forms import refuse, render_form
from ketachart.web.gates import public

MOST_PER_HOUR = 5
HOUR_SECONDS = 3600


@public
@require_http_methods(["GET", "HEAD", "POST"])
def inquire(request: HttpRequest, clinic_slug: str | None = None) -> HttpResponse:
    clinic = _clinic(clinic_slug)
    if clinic is None:
        return render(request, "intake/which_clinic.html", {"clinics": Clinic.objects.order_by("name")})
    services = inquiry_queries.services(clinic.id)
    form = InquiryForm(services, request.POST or None)
    if request.method == "POST":
        if request.POST.get("website"):
            return redirect("intake:thanks")  # a program filled in what people cannot see
        if form.is_valid():
            try:
                _hold_back(request)
                fields = form.cleaned_data
                inquiry_commands.receive_inquiry(
                    inquiry_commands.visitor(clinic),
                    given_name=fields["given_name"],
                    family_name=fields["family_name"],
                    email=fields["email"],
                    phone=fields["phone"],
                    prefers=fields["prefers"],
                    message=fields["message"],
                    service_codes=fields["services"],
                    agreed=fields["agreed"],
                    at=clock.now(),
                )
            except Refused as refused:
                refuse(form, refused)
            else:
                _count(request)
                return redirect("intake:thanks")
    context = {
        "form": form,
        "clinic": clinic,
        "services": services,
        "numbers": help_numbers(clinic.id),
    }
    return render_form(request, "intake/inquire.html", context)


@public
@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    clinic = _clinic(None)
    return render(
        request, "intake/thanks.html", {"clinic": clinic, "numbers": help_numbers(clinic.id if clinic else None)}
    )


def _clinic(slug: str | None) -> Clinic | None:
    if slug is not None:
        clinic = Clinic.objects.filter(slug=slug).first()
        if clinic is None:
            raise Http404
        return clinic
    clinics = list(Clinic.objects.order_by("created_at")[:2])
    return clinics[0] if len(clinics) == 1 else None


def _place(request: HttpRequest) -> str:
    """Where it came from, without keeping the address itself."""
    place = f"{settings.SECRET_KEY}:{request.META.get('REMOTE_ADDR', '')}"
    return "inquiries:" + hashlib.sha256(place.encode()).hexdigest()[:32]


def _count(request: HttpRequest) -> None:
    """Only what was kept counts: somebody who mends a form is not sent away."""
    cache.add(_place(request), 0, HOUR_SECONDS)
    cache.incr(_place(request))


def _hold_back(request: HttpRequest) -> None:
    """At most a few inquiries an hour from one place."""
    if cache.get(_place(request), 0) >= MOST_PER_HOUR:
        raise Refused(
            "Several inquiries have come from here within the hour.",
            fix="Please call us, or send it later.",
            status=429,
        )
