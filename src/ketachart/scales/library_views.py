"""The clinic lead's pages of the library of scales: own licensed texts, packs on and off."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from ketachart.instruments.licensed_text import template
from ketachart.instruments.loader import instrument as shipped
from ketachart.record import clock
from ketachart.record.errors import Refused
from ketachart.scales import library, library_commands
from ketachart.scales.forms import LicensedTextForm, PackForm, ReasonForm
from ketachart.web.forms import refuse, render_form
from ketachart.web.gates import allow

SHELVES = {
    "FULL": "Shipped with their wording",
    "FULL-NC": "Non-commercial pack",
    "SCORING": "Shipped as a key: load your own licensed text",
    "NO": "Numbers only: no wording may be in software",
}


@allow("scales.library")
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    held = library.holdings(actor)
    shelves = [
        (verdict, name, [one for one in held if one.instrument.verdict == verdict]) for verdict, name in SHELVES.items()
    ]
    context = {
        "shelves": shelves,
        "switch": library.newest_switch(actor, library.NON_COMMERCIAL),
        "pack": library.NON_COMMERCIAL,
    }
    return render_form(request, "scales/library.html", context)


@allow("scales.library")
@require_http_methods(["GET", "HEAD", "POST"])
def load(request: HttpRequest) -> HttpResponse:
    """Paste the filled-in template; it comes prepared, with empty lines, for the scale in `?scale=`."""
    actor = request.actor  # type: ignore[attr-defined]
    scale = shipped(request.GET.get("scale", ""))
    blank = template(scale) if scale is not None and scale.verdict == "SCORING" else ""
    form = LicensedTextForm(request.POST or None, initial={"text": blank})
    if request.method == "POST" and form.is_valid():
        try:
            loaded = library_commands.load_text(actor, raw=form.cleaned_data["text"], at=clock.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, f"{loaded.instrument_id.upper()} can now be given to people.")
            return redirect("scales:library")
    return render_form(request, "scales/load_text.html", {"form": form, "scale": scale})


@allow("scales.library")
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, instrument_id: str) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    scale = shipped(instrument_id)
    if scale is None:
        raise Http404
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            library_commands.withdraw_text(
                actor, instrument_id=instrument_id, reason=form.cleaned_data["reason"], at=clock.now()
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, f"The text of {scale.title} is withdrawn. What was answered with it stays.")
            return redirect("scales:library")
    context = {"form": form, "title": f"Withdraw the text of {scale.title}", "verb": "Withdraw it"}
    return render_form(request, "scales/library_reason.html", context)


@allow("scales.library")
@require_http_methods(["GET", "HEAD", "POST"])
def switch(request: HttpRequest, pack: str) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    if pack not in library.PACKS:
        raise Http404
    on = not library.pack_is_on(actor.clinic_id, pack)
    form = PackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            library_commands.switch_pack(actor, pack=pack, on=on, reason=form.cleaned_data["reason"], at=clock.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, f"The {pack} pack is {'on' if on else 'off'}.")
            return redirect("scales:library")
    title = f"Turn the {pack} pack {'on' if on else 'off'}"
    context = {"form": form, "title": title, "lead": library.PACKS[pack], "verb": "Turn it on" if on else "Turn it off"}
    return render_form(request, "scales/library_reason.html", context)
