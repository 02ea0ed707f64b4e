"""The patient's call button, and what alarms cost the clinic."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ketachart.record import clock
from ketachart.record.errors import Refused
from ketachart.record.identity import id_from
from ketachart.treatment import alarm_burden, alarm_calls
from ketachart.treatment.alarm_data import alarm_book
from ketachart.treatment.alarm_queries import alarms_since
from ketachart.web.gates import SignedInRequest, allow

WEEKS = 12
BAR_HEIGHT, BAR_WIDTH, BAR_STEP = 120, 28, 48


@allow("treatment.call_own")
@require_POST
def call(request: SignedInRequest) -> HttpResponse:
    """Press it twice, or send it again after the line came back: with the same id it is one call."""
    named = request.POST.get("id")
    event_id = id_from(named) if named else None
    if named and event_id is None:
        return JsonResponse({"errors": [Refused("That is no id.", field="id").as_json()]}, status=400)
    wants_json = "json" in request.headers.get("accept", "")
    try:
        alarm_calls.call_staff(request.actor, at=clock.now(), event_id=event_id)
    except Refused as refused:
        if wants_json or refused.status != 409:
            return JsonResponse({"errors": [refused.as_json()]}, status=refused.status)
    return call_status(request) if wants_json else HttpResponseRedirect(reverse("desk:mine"))


@allow("treatment.call_own")
def call_status(request: SignedInRequest) -> HttpResponse:
    """What the patient's page asks every few seconds: nothing of the record but the own call."""
    session = alarm_calls.own_running_session(request.actor)
    answer = JsonResponse(
        call_as_json(alarm_calls.call_in(request.actor, session.id) if session else None, bool(session))
    )
    answer["Cache-Control"] = "no-store"
    return answer


def call_as_json(found: alarm_calls.Call | None, running: bool) -> dict[str, Any]:
    return {
        "running": running,
        "called_at": clock.iso(found.called_at) if found else None,
        "answered_by": found.answered_by if found else None,
    }


@allow("treatment.alarm_burden")
@require_safe
def burden(request: SignedInRequest) -> HttpResponse:
    """Alarms a session, by week and by rule: what is tuned is tuned with this in sight."""
    now = clock.now()
    zone = timezone.get_current_timezone()
    assert isinstance(zone, ZoneInfo)
    today = now.astimezone(zone).date()
    first = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    since = datetime.combine(first, datetime.min.time(), zone)
    sessions, lines = alarms_since(request.actor, since)
    weeks = alarm_burden.by_week(lines, sessions, zone, first, today)
    book = alarm_book()
    rules = {rule.id: rule for rule in book.rules}
    context = {
        "whole": alarm_burden.whole(lines, sessions),
        "weeks": weeks,
        "bars": _bars(weeks),
        "bar_width": BAR_WIDTH,
        "picture_width": BAR_STEP * len(weeks),
        "rules": [(rules.get(one.rule_id), one) for one in alarm_burden.by_rule(lines, sessions)],
        "first": first,
        "today": today,
    }
    return render(request, "treatment/alarm_burden.html", context)


def _bars(weeks: list[alarm_burden.Week]) -> list[dict[str, Any]]:
    highest = max((week.burden.per_session or 0 for week in weeks), default=0) or 1
    bars = []
    for place, week in enumerate(weeks):
        per_session = week.burden.per_session
        height = round(BAR_HEIGHT * (per_session or 0) / highest)
        bars.append(
            {
                "x": place * BAR_STEP + (BAR_STEP - BAR_WIDTH) // 2,
                "middle": place * BAR_STEP + BAR_STEP // 2,
                "y": BAR_HEIGHT + 24 - height,
                "height": height,
                "value": per_session,
                "week": week.begins,
            }
        )
    return bars
