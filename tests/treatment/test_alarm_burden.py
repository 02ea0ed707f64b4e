"""What alarms cost, as tables of cases, and the page for the clinic lead."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.append import append
from ketachart.record.live import guards
from ketachart.record.live.watch import Turn, Watch
from ketachart.record.reactions import react
from ketachart.record.unit_of_work import unit_of_work
from ketachart.treatment import commands
from ketachart.treatment.alarm_burden import AlarmLine, by_rule, by_week, whole
from ketachart.treatment.alarm_kinds import AlarmAcknowledged
from ketachart.treatment.alarm_queries import alarms_since
from ketachart.treatment.entries import content_from
from ketachart.treatment.models import TreatmentSession

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)  # a Monday
LONDON = ZoneInfo("Europe/London")


def line(session: str, rule_id: str, answered_after_s: float | None = None, **more: Any) -> AlarmLine:
    answered = None if answered_after_s is None else NOON + timedelta(seconds=answered_after_s)
    return AlarmLine(session, rule_id, NOON, answered, **more)


def test_with_no_session_and_no_alarm_nothing_is_claimed() -> None:
    nothing = whole([], {})
    assert (nothing.per_session, nothing.soon_percent, nothing.median_seconds) == (None, None, None)
    calm = whole([], {"a": NOON})
    assert (calm.per_session, calm.soon_percent) == (0.0, None)


def test_share_answered_within_a_minute_counts_every_alarm() -> None:
    lines = [line("a", "AL04", 10), line("a", "AL04", 60), line("a", "AL15", 61), line("b", "AL15")]
    burden = whole(lines, {"a": NOON, "b": NOON})
    assert (burden.alarms, burden.answered, burden.answered_soon, burden.unanswered) == (4, 3, 2, 1)
    assert (burden.per_session, burden.soon_percent, burden.median_seconds) == (2.0, 50.0, 60.0)


def test_an_answer_charted_before_the_server_raised_it_waits_no_negative_time() -> None:
    assert whole([line("a", "AL04", -30)], {"a": NOON}).median_seconds == 0.0


def test_weeks_are_the_clinics_own_and_an_empty_week_is_there() -> None:
    sunday_night = datetime(2026, 11, 15, 23, 30, tzinfo=UTC)
    sessions = {"a": sunday_night, "b": NOON}
    weeks = by_week([line("a", "AL04", 5)], sessions, LONDON, date(2026, 11, 2), date(2026, 11, 18))
    assert [(week.begins.day, week.burden.sessions, week.burden.alarms) for week in weeks] == [
        (2, 0, 0),
        (9, 1, 1),
        (16, 1, 0),
    ]
    tokyo = by_week([], sessions, ZoneInfo("Asia/Tokyo"), date(2026, 11, 9), date(2026, 11, 18))
    assert [week.burden.sessions for week in tokyo] == [0, 2]


def test_the_rule_that_alarms_most_comes_first() -> None:
    lines = [line("a", "AL11", 5), line("a", "AL15"), line("a", "AL15", 9, reached_prescriber=True)]
    rules = by_rule(lines, {"a": NOON, "b": NOON})
    assert [(one.rule_id, one.burden.per_session, one.burden.climbed) for one in rules] == [
        ("AL15", 1.0, 1),
        ("AL11", 0.5, 0),
    ]


class AlwaysOurs(Turn):
    def mine(self) -> bool:
        return True


def watch_of_its_own() -> Watch:
    return Watch(None, AlwaysOurs())  # type: ignore[arg-type]


def look(watch: Watch, at: datetime) -> int:
    """What the server does every second, without its event loop."""
    chartings = watch.look(at)
    with unit_of_work():
        appended = append(chartings, at, guards.guard_for_append)
        react(appended)
    return sum(1 for result in appended if result.status == "created")


def test_the_watch_charts_what_the_rules_say_and_the_page_counts_it(
    actor: Callable[..., Actor],
    sign_in: Callable[..., Client],
    open_session: Callable[..., TreatmentSession],
    count_statements: Any,
) -> None:
    now = clock.now()
    session = open_session(at=now - timedelta(minutes=5))
    watch = watch_of_its_own()
    nurse = actor("nurse")
    commands.chart(
        nurse,
        session.id,
        content_from(
            "treatment.vitals_charted", {"heart_rate_per_min": 130.0, "confirmed_unusual": ["heart_rate_per_min"]}
        ),
        at=now,
    )
    assert look(watch, now + timedelta(seconds=1)) == 1
    assert look(watch, now + timedelta(seconds=2)) == 0
    assert look(watch_of_its_own(), now + timedelta(seconds=3)) == 0, "a restart raises nothing twice"
    _, (raised,) = alarms_since(nurse, now - timedelta(days=1))
    reading = raised.rule_id
    assert (reading, raised.answered_at) == ("AL11", None)
    alarm_id = guards.state_of(_stream(session)).of(_raised_type())[0].content.alarm_id
    commands.chart(nurse, session.id, AlarmAcknowledged(alarm_id=alarm_id), at=now + timedelta(seconds=20))
    lead = sign_in("clinic_lead")
    with count_statements() as statements:
        page = lead.get("/rooms/alarms/")
    assert page.status_code == 200
    assert len(statements) < 10, statements.all
    text = page.content.decode()
    assert "100 % of 1" in text
    assert "AL11" in text


@pytest.mark.parametrize(
    ("role", "status"), [("clinic_lead", 200), ("nurse", 200), ("front_desk", 403), ("pharmacist", 403)]
)
def test_who_may_see_it(sign_in: Callable[..., Client], role: str, status: int) -> None:
    assert sign_in(role).get("/rooms/alarms/").status_code == status


def test_an_alarm_of_another_clinic_is_not_counted(
    actor: Callable[..., Actor], open_session: Callable[..., TreatmentSession], other_clinic: Any
) -> None:
    now = clock.now()
    session = open_session(at=now - timedelta(minutes=5))
    vitals = content_from(
        "treatment.vitals_charted", {"heart_rate_per_min": 130.0, "confirmed_unusual": ["heart_rate_per_min"]}
    )
    commands.chart(actor("nurse"), session.id, vitals, at=now)
    assert look(watch_of_its_own(), now) == 1
    assert alarms_since(actor("clinic_lead", at=other_clinic), now - timedelta(days=1)) == ({}, [])


def _stream(session: TreatmentSession) -> Any:
    from ketachart.record.models import Stream

    return Stream.objects.get(id=session.id)


def _raised_type() -> type:
    from ketachart.treatment.alarm_kinds import AlarmRaised

    return AlarmRaised
