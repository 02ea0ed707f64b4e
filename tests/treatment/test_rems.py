"""The REMS form: filled from what was charted, never from guesses; answered by persons; sent once, in time, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import LazySettings
from django.test import Client
from pypdf import PdfReader

from ketachart.policy.commands import set_value
from ketachart.policy.queries import day_in
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.record.models import Event
from ketachart.treatment import commands, kinds
from ketachart.treatment.models import RemsEntry, RemsTask, TreatmentSession
from ketachart.treatment.rems import commands as rems_commands
from ketachart.treatment.rems import queries
from ketachart.treatment.rems.fields import rems_knowledge
from ketachart.treatment.rems.rules import Draft, Person, checked_answers, draft, due_on, needs_form, standing

from . import charting
from .charting import GOOD_VITALS, SPRAVATO_PLAN, Chart, minute, opened_with, prepared
from .conftest import Walk

PERSON = Person("Ada", "Example", date(1986, 5, 4), "female")
VERSION = rems_knowledge().version[0]
ANSWERS = {one.id: "no" for one in VERSION.asked if one.kind == "yes-no"} | {
    "enrolled": "yes",
    "vitals_acceptable_before": "yes",
    "vitals_acceptable_end": "yes",
    "monitor_name": "Kim Osei",
    "monitor_phone": "555-0100",
    "monitor_email": "kim@example.org",
    "minutes_ready": "125",
}
SITE = {"treatment.rems.setting_name": "Fern Hill", "treatment.rems.setting_address": "1 Hill Road"}


def device(number: int, **changes: Any) -> dict[str, Any]:
    told = {
        "dose_mg": 28.0,
        "route": "nasal",
        "device": number,
        "lot": "SPR-1",
        "self_administered": True,
        "observed": True,
    }
    return {**told, **changes}


def sprayed() -> Chart:
    """Three devices from minute 20, measured before, at 40 minutes and before leaving."""
    chart = prepared(opened_with(SPRAVATO_PLAN))
    for number in (1, 2, 3):
        chart.say(20 + 6 * (number - 1), "dose_given", device(number))
    chart.say(60, "vitals_charted", {**GOOD_VITALS, "systolic_mmhg": 138.0})
    chart.say(140, "vitals_charted", {**GOOD_VITALS, "systolic_mmhg": 126.0})
    chart.say(146, "discharged", {"at": minute(146).isoformat(), "instructions_version": "spravato 1"})
    return chart


def drafted(chart: Chart, answers: dict[str, str] | None = None, site: dict[str, str] | None = None) -> Draft:
    return draft(VERSION, chart.state, PERSON, answers or {}, site or {}, UTC, rems_knowledge().pressure_40)


def values(form: Draft) -> dict[str, str | None]:
    return {one.field.id: one.value for one in form.fields}


def test_what_was_charted_fills_the_form() -> None:
    found = values(drafted(sprayed(), ANSWERS, SITE))
    assert found["dose"] == "84 mg"
    assert found["lots"] == "SPR-1"
    assert found["minutes_monitored"] == "126"
    assert (found["pressure_before"], found["pressure_40"], found["pressure_end"]) == ("124/78", "138/78", "126/78")
    assert found["treated_on"] == "2026-11-22"
    assert drafted(sprayed(), ANSWERS, SITE).is_complete


@pytest.mark.parametrize("left_out", sorted({*ANSWERS, *SITE}))
def test_one_open_question_keeps_the_form_from_being_complete(left_out: str) -> None:
    answers = {name: value for name, value in ANSWERS.items() if name != left_out}
    site = {name: value for name, value in SITE.items() if name != left_out}
    assert [one.field.setting or one.field.id for one in drafted(sprayed(), answers, site).missing] == [left_out]


def test_nothing_that_a_person_must_say_is_taken_from_the_record() -> None:
    chart = sprayed()
    chart.say(50, "sedation_scored", {"value": 2})
    chart.say(51, "symptom_noted", {"symptom": "Vomiting", "severity": "severe"})
    form = drafted(chart)
    asked = {one.field.id: one for one in form.fields if one.field.filled_from == "asked"}
    assert all(one.value is None for one in asked.values())
    assert asked["sedation"].hint == "lowest MOAA/S 2"
    assert "Vomiting (severe)" in asked["serious_adverse_event"].hint


@pytest.mark.parametrize(("minutes", "found"), [(49, None), (50, "138/78"), (60, "138/78"), (70, "138/78"), (71, None)])
def test_only_a_reading_near_forty_minutes_stands_for_it(minutes: float, found: str | None) -> None:
    chart = prepared(opened_with(SPRAVATO_PLAN))
    chart.say(20, "dose_given", device(1))
    chart.say(minutes, "vitals_charted", {**GOOD_VITALS, "systolic_mmhg": 138.0})
    assert values(drafted(chart))["pressure_40"] == found


def test_a_lot_that_nobody_charted_is_missing_even_if_others_are_known() -> None:
    chart = prepared(opened_with(SPRAVATO_PLAN))
    chart.say(20, "dose_given", device(1))
    chart.say(26, "dose_given", device(2, lot=None))
    assert values(drafted(chart))["lots"] is None


def test_a_session_that_is_not_over_has_no_end_of_monitoring() -> None:
    chart = prepared(opened_with(SPRAVATO_PLAN))
    chart.say(20, "dose_given", device(1))
    found = values(drafted(chart))
    assert (found["minutes_monitored"], found["pressure_end"]) == (None, None)


def test_a_corrected_dose_corrects_the_form() -> None:
    chart = sprayed()
    third = next(entry for entry in chart.entries if getattr(entry.content, "device", None) == 3)
    chart.say(150, "event_corrected", {"target_id": third.id, "reason": "The third was not used", "replacement": None})
    assert values(drafted(chart))["dose"] == "56 mg"


def test_yes_asks_what_happened() -> None:
    form = drafted(sprayed(), {**ANSWERS, "dissociation": "yes"}, SITE)
    assert [one.field.id for one in form.missing] == ["dissociation"]
    told = {**ANSWERS, "dissociation": "yes", "dissociation_detail": "Floating, 20 minutes"}
    assert drafted(sprayed(), told, SITE).is_complete


@pytest.mark.parametrize(
    ("molecule", "dosed", "needed"),
    [("esketamine", True, True), ("esketamine", False, False), ("racemic ketamine", True, False), (None, True, False)],
)
def test_a_form_follows_every_spravato_treatment_and_no_other(molecule: str | None, dosed: bool, needed: bool) -> None:
    assert needs_form(molecule, datetime(2026, 11, 22, tzinfo=UTC) if dosed else None) is needed


@pytest.mark.parametrize(
    ("today", "sent", "found"),
    [
        (date(2026, 11, 22), False, "open"),
        (date(2026, 11, 26), False, "open"),
        (date(2026, 11, 27), False, "due"),
        (date(2026, 11, 29), False, "due"),
        (date(2026, 11, 30), False, "overdue"),
        (date(2026, 12, 30), True, "sent"),
    ],
)
def test_seven_calendar_days_include_the_seventh(today: date, sent: bool, found: str) -> None:
    due = due_on(date(2026, 11, 22), rems_knowledge().submission.within_calendar_days)
    assert due == date(2026, 11, 29)
    assert standing(due, today, sent=sent) == found


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"sedation": "perhaps"}, "sedation"),
        ({"minutes_ready": "two hours"}, "minutes_ready"),
        ({"minutes_ready": "-5"}, "minutes_ready"),
        ({"minutes_ready": "99999"}, "minutes_ready"),
        ({"dose": "56 mg"}, "dose"),
        ({"enrolled_detail": "x"}, "enrolled_detail"),
        ({"monitor_name": "x" * 401}, "monitor_name"),
    ],
)
def test_an_answer_that_the_form_cannot_take_is_refused(answers: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refused:
        checked_answers(VERSION, answers)
    assert refused.value.field == field


# --- with a record ------------------------------------------------------------------------------------------------------


@pytest.fixture
def treated(
    db: None, actor: Callable[..., Actor], open_session: Callable[..., TreatmentSession], opened_at: datetime
) -> Walk:
    """A Spravato session, discharged and signed, half an hour ago."""
    first = opened_with(SPRAVATO_PLAN)
    consent = msgspec.structs.replace(first.consent, signed_at=opened_at - timedelta(days=2))
    walk = Walk(actor, open_session(plan=SPRAVATO_PLAN, consent=consent))
    walk.prepare(SPRAVATO_PLAN)
    for number in (1, 2, 3):
        walk.chart(20 + 6 * (number - 1), "dose_given", device(number))
    walk.chart(34, "recovery_started")
    for minutes in (35, 60, 65, 110, 140, 146):
        walk.chart(minutes, "vitals_charted", charting.GOOD_VITALS)
        walk.chart(minutes, "sedation_scored", {"value": 5})
        walk.chart(minutes, "dissociation_scored", {"value": 0})
    walk.chart(146, "discharge_assessed", dict.fromkeys(kinds.DischargeAssessed.__struct_fields__, True))
    walk.chart(146.5, "escort_met", {"name": "A. Friend", "relation": "friend", "identified": True})
    commands.discharge(walk.actor("nurse"), walk.session.id, at=walk.at(147), instructions_version="spravato 1")
    return walk


@pytest.fixture
def certified(treated: Walk, actor: Callable[..., Actor]) -> None:
    lead, at = actor("clinic_lead"), clock.now()
    for name, value in SITE.items():
        set_value(
            lead,
            setting_id=name,
            value=value,
            reason="as certified",
            valid_from=day_in(lead.clinic_id, at) - timedelta(days=2),
            past_day_meant=True,
            at=at,
        )


def page_of(walk: Walk) -> str:
    return f"/treatment/sessions/{walk.session.id}/rems/"


def test_a_discharge_opens_the_form_once(treated: Walk, actor: Callable[..., Actor]) -> None:
    task = RemsTask.objects.get()
    assert (task.due_on - task.treated_on).days == 7
    lines = queries.queue(actor("nurse"), clock.now())
    assert [(line.task.session_id, line.standing) for line in lines] == [(treated.session.id, "open")]


def test_answers_are_appended_and_the_newest_holds(treated: Walk, actor: Callable[..., Actor]) -> None:
    nurse, session_id, at = actor("nurse"), treated.session.id, clock.now()
    rems_commands.answer(nurse, session_id, answers={"enrolled": "no", "sedation": ""}, at=at)
    rems_commands.answer(nurse, session_id, answers={"enrolled": "yes"}, at=at)
    assert rems_commands.answer(nurse, session_id, answers={"enrolled": "yes"}, at=at) is None
    assert values(queries.view_form(nurse, session_id, at).draft)["enrolled"] == "yes"
    assert [
        event.content.answers for event in Event.objects.filter(kind="treatment.rems_answered").order_by("position")
    ] == [
        {"enrolled": "no"},
        {"enrolled": "yes"},
    ]


def test_an_incomplete_form_is_not_sent_and_nothing_is_written(treated: Walk, actor: Callable[..., Actor]) -> None:
    with pytest.raises(Refused, match="not complete"):
        rems_commands.send(actor("nurse"), treated.session.id, how="by_hand", reference="FAX 1", at=clock.now())
    assert not RemsEntry.objects.exists()
    assert RemsTask.objects.get().sent_at is None


@pytest.mark.usefixtures("certified")
def test_a_complete_form_is_sent_once_and_kept_as_it_was_sent(treated: Walk, actor: Callable[..., Actor]) -> None:
    nurse, session_id, at = actor("nurse"), treated.session.id, clock.now()
    rems_commands.answer(nurse, session_id, answers=ANSWERS, at=at)
    with pytest.raises(Refused, match="found again"):
        rems_commands.send(nurse, session_id, how="by_hand", reference=" ", at=at)
    sent = rems_commands.send(nurse, session_id, how="by_hand", reference="FAX 4711", at=at)
    assert sent.content.values["dose"] == "84 mg"
    assert sent.content.reference == "FAX 4711"
    assert queries.queue(nurse, at) == []
    with pytest.raises(Refused, match="sent already"):
        rems_commands.send(nurse, session_id, how="by_hand", reference="FAX 4712", at=at)
    rems_commands.answer(nurse, session_id, answers={"opioids": "yes"}, at=at)
    assert queries.view_form(nurse, session_id, at).changed_since_sent
    rems_commands.send(nurse, session_id, how="by_hand", reference="FAX 4712", at=at)
    assert RemsEntry.objects.filter(is_sent=True).count() == 2


@pytest.mark.usefixtures("certified")
def test_the_outgoing_folder_gets_the_form_whole(
    treated: Walk, actor: Callable[..., Actor], settings: LazySettings, tmp_path: Path
) -> None:
    settings.DATA = tmp_path
    nurse, session_id, at = actor("nurse"), treated.session.id, clock.now()
    rems_commands.answer(nurse, session_id, answers=ANSWERS, at=at)
    sent = rems_commands.send(nurse, session_id, how="outgoing_folder", reference="", at=at)
    form = tmp_path / sent.content.reference
    assert json.loads(form.with_suffix(".json").read_text()) == sent.content.values
    assert form.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    assert form.with_suffix(".pdf").stat().st_mode & 0o777 == 0o600
    assert sorted(one.suffix for one in form.parent.iterdir()) == [".json", ".pdf"]


@pytest.mark.usefixtures("certified")
def test_a_nurse_answers_and_sends_on_the_page(treated: Walk, sign_in: Callable[..., Client]) -> None:
    client = sign_in("nurse")
    assert "Still open" in client.get(page_of(treated)).content.decode()
    refused = client.post(page_of(treated), {**ANSWERS, "minutes_ready": "soon"})
    assert refused.status_code == 422
    assert "is not a number of minutes" in refused.content.decode()
    assert 'value="555-0100"' in refused.content.decode()
    assert client.post(page_of(treated), ANSWERS).status_code == 302
    assert "Still open" not in client.get(page_of(treated)).content.decode()
    assert client.post(page_of(treated), {"send": "yes", "how": "by_hand", "reference": "FAX 9"}).status_code == 302
    queue = client.get("/treatment/rems/").content.decode()
    assert "Nothing to send" in queue


def test_the_draft_on_paper_says_that_it_is_one(treated: Walk, sign_in: Callable[..., Client]) -> None:
    answer = sign_in("nurse").get(f"/treatment/sessions/{treated.session.id}/rems.pdf")
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert "A draft: not complete" in text
    assert "84 mg" in text
    assert "not known" in text


@pytest.mark.parametrize("role", ["front_desk", "biller"])
def test_who_may_not_read_sessions_sees_no_form(treated: Walk, sign_in: Callable[..., Client], role: str) -> None:
    client = sign_in(role)
    for path in (page_of(treated), "/treatment/rems/", f"/treatment/sessions/{treated.session.id}/rems.pdf"):
        assert client.get(path).status_code == 403
