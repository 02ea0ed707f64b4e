"""Pages: everything the knowledge says, on any day; the clinic's own values, and their history."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from ketachart.knowledge.library import changes, cited_by, passages
from ketachart.knowledge.site_settings import SiteSetting, site_settings
from ketachart.policy import commands, queries, reading
from ketachart.policy.forms import DaysForm, ReadingForm, SetValueForm, ValuesDayForm, WithdrawForm
from ketachart.policy.rules import periods, value_changes
from ketachart.record import clock
from ketachart.record.errors import Refused
from ketachart.web.forms import refuse, render_form
from ketachart.web.gates import SignedInRequest, allow

SHOWN_AT_ONCE = 200


@allow("policy.read")
@require_GET
def library(request: SignedInRequest) -> HttpResponse:
    """The shelves, or what a search finds on them, as in force on a day."""
    zone, today = _zone_and_today(request)
    form = ReadingForm(request.GET or None)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    on = asked.get("on") or today
    shelf = reading.shelf_titled(asked.get("shelf", ""))
    chosen = {name: asked.get(name, "") for name in ("route", "indication")}
    searched = bool(asked.get("q") or shelf or any(chosen.values()))
    values = queries.site_values(request.actor.clinic_id, on)
    words = asked.get("q", "")
    found = (
        reading.found_passages(words, shelf=shelf.id if shelf else "", product="", on=on, **chosen) if searched else []
    )
    context = {
        "form": form,
        "on": on,
        "today": today,
        "zone": zone,
        "shelf": shelf,
        "words": words,
        "searched": searched,
        "shelves": reading.shelves(on),
        "found": found[:SHOWN_AT_ONCE],
        "found_count": len(found),
        "found_settings": reading.settings_shown(values, words) if words and not shelf else [],
        "settings_count": len(site_settings()),
        "set_count": len(values),
        "expiring": reading.expiring(on),
        "full": request.GET.get("full") == "1",
        "words_for": reading.source_words(),
    }
    return render_form(request, "policy/library.html", context)


@allow("policy.read")
@require_GET
def passage(request: SignedInRequest, key: str) -> HttpResponse:
    _, today = _zone_and_today(request)
    on = _day_asked(request, today)
    shown = next((one for one in passages() if one.key == key), None)
    if shown is None:
        raise Http404("There is no such passage.")
    values = queries.site_values(request.actor.clinic_id, on)
    versions = [one for one in passages() if (one.file, one.kind, one.id) == (shown.file, shown.kind, shown.id)]
    context = {
        "passage": shown,
        "shelf": reading.shelf_titled(shown.shelf),
        "on": on,
        "today": today,
        "settings": reading.settings_of(shown, values),
        "versions": versions if len(versions) > 1 else [],
        "cited_by": cited_by(shown.block.paragraphs[0]) if shown.kind == "source" else [],
        "words_for": reading.source_words(),
    }
    return render(request, "policy/passage.html", context)


@allow("policy.read")
@require_GET
def compare(request: SignedInRequest) -> HttpResponse:
    """What changed between two days: rules and texts, and the clinic's own values."""
    _, today = _zone_and_today(request)
    form = DaysForm(request.GET or None)
    context: dict[str, Any] = {"form": form, "today": today}
    if form.is_bound and form.is_valid():
        earlier, later = sorted((form.cleaned_data["earlier"], form.cleaned_data["later"]))
        entries = queries.entries_of(request.actor.clinic_id)
        context |= {
            "earlier": earlier,
            "later": later,
            "changes": changes(earlier, later),
            "value_changes": [
                (site_settings()[one.setting], _words(one.setting, one.before), _words(one.setting, one.after), one)
                for one in value_changes(entries, site_settings(), earlier, later)
            ],
        }
    return render_form(request, "policy/compare.html", context)


@allow("policy.read")
@require_GET
def values(request: SignedInRequest) -> HttpResponse:
    """Every setting with what holds on a day, as far as it was known on a day."""
    zone, today = _zone_and_today(request)
    form = ValuesDayForm(request.GET or None)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    on, known = asked.get("on") or today, asked.get("known")
    held = queries.site_values(request.actor.clinic_id, on, _end_of(known, zone) if known else None)
    groups: dict[str, list[reading.SettingShown]] = {}
    coming = None if known else reading.next_entries(queries.entries_of(request.actor.clinic_id), on)
    for one in reading.settings_shown(held, coming=coming):
        groups.setdefault(one.setting.part, []).append(one)
    context = {
        "form": form,
        "on": on,
        "known": known,
        "today": today,
        "groups": [
            (part, PART_TITLES.get(part, part.capitalize()), shown, sum(one.value is not None for one in shown))
            for part, shown in groups.items()
        ],
        "may_set": request.actor.may("policy.set"),
    }
    return render_form(request, "policy/values.html", context)


PART_TITLES = {
    "scales": "Questionnaires and crisis numbers",
    "intake": "Screening and consent",
    "course": "Dose and course",
    "schedule": "Appointments and preparation",
    "treatment": "The session",
    "aftercare": "After the session",
    "people": "Staff",
    "devices": "Monitors and pumps",
    "home": "At home",
}


@allow("policy.read")
@require_GET
def setting(request: SignedInRequest, setting_id: str) -> HttpResponse:
    return _setting_page(request, _setting(setting_id))


@allow("policy.set")
@require_POST
def set_value(request: SignedInRequest, setting_id: str) -> HttpResponse:
    shown = _setting(setting_id)
    form = SetValueForm(shown, request.POST)
    if form.is_valid():
        try:
            commands.set_value(
                request.actor,
                setting_id=shown.id,
                value=form.value,
                reason=form.cleaned_data["reason"],
                valid_from=form.cleaned_data["valid_from"],
                past_day_meant=form.cleaned_data["past_day_meant"],
                at=clock.now(),
            )
            messages.success(request, f"Set from {form.cleaned_data['valid_from']:%-d %B %Y} on.")
            return redirect("policy:setting", setting_id=shown.id)
        except Refused as refused:
            refuse(form, refused)
    return _setting_page(request, shown, set_form=form)


@allow("policy.set")
@require_POST
def withdraw_value(request: SignedInRequest, setting_id: str) -> HttpResponse:
    shown = _setting(setting_id)
    form = WithdrawForm(request.POST, prefix="withdraw")
    if form.is_valid():
        try:
            commands.withdraw_value(request.actor, setting_id=shown.id, at=clock.now(), **form.cleaned_data)
            messages.success(request, f"Withdrawn from {form.cleaned_data['valid_from']:%-d %B %Y} on.")
            return redirect("policy:setting", setting_id=shown.id)
        except Refused as refused:
            refuse(form, refused)
    return _setting_page(request, shown, withdraw_form=form)


def _setting_page(
    request: SignedInRequest,
    shown: SiteSetting,
    *,
    set_form: SetValueForm | None = None,
    withdraw_form: WithdrawForm | None = None,
) -> HttpResponse:
    zone, today = _zone_and_today(request)
    on = _day_asked(request, today) if request.method == "GET" else today
    written = [one for one in queries.entries_of(request.actor.clinic_id) if one.setting == shown.id]
    context = {
        "setting": shown,
        "on": on,
        "today": today,
        "zone": zone,
        "held": reading.SettingShown(shown, queries.site_values(request.actor.clinic_id, on).get(shown.id)),
        "periods": [(one, _words(shown.id, one.entry.value)) for one in reversed(periods(written))],
        "written": [
            (one, _words(shown.id, one.value)) for one in sorted(written, key=lambda each: each.set_at, reverse=True)
        ],
        "used_by": reading.passages_of(shown, on),
        "may_set": request.actor.may("policy.set"),
        "set_form": set_form or SetValueForm(shown),
        "withdraw_form": withdraw_form or WithdrawForm(prefix="withdraw"),
        "form": set_form or withdraw_form or SetValueForm(shown),
        "words_for": reading.source_words(),
    }
    return render_form(request, "policy/setting.html", context)


def _setting(setting_id: str) -> SiteSetting:
    found = site_settings().get(setting_id)
    if found is None:
        raise Http404("There is no such setting.")
    return found


def _words(setting_id: str, value: object) -> str:
    """Empty when there is none."""
    return "" if value is None else reading.value_words(site_settings()[setting_id], value)


def _zone_and_today(request: SignedInRequest) -> tuple[ZoneInfo, date]:
    zone = queries.zone_of(request.actor.clinic_id)
    return zone, clock.now().astimezone(zone).date()


def _day_asked(request: SignedInRequest, today: date) -> date:
    """A link carries the day that was looked at; anything else is today."""
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return today


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone) - timedelta(microseconds=1)
