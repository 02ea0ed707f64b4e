from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from ketachart.record.identity import new_id
from ketachart.scales import commands, queries, reactions
from ketachart.scales.models import Assignment, ScheduleAnchor
from ketachart.scales.schedule_commands import assign_due

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)


@pytest.fixture
def say_yes(site_value):
    def say(*groups):
        for group in groups:
            site_value(f"scales.schedule.{group}", True)

    return say


@pytest.fixture
def frame(clinic, patient):
    return SimpleNamespace(clinic=clinic.id, stream=patient.id, effective_at=AT.isoformat())


def ended_session(clinic, patient, **fields):
    return ScheduleAnchor.objects.create(
        clinic=clinic, patient_id=patient.id, kind="session", about_id=new_id(), at=AT, **fields
    )


def scales_asked(**fields):
    return sorted(Assignment.objects.filter(**fields).values_list("instrument_id", flat=True))


def test_nothing_is_asked_by_itself_until_the_clinic_lead_says_yes(clinic, patient):
    ended_session(clinic, patient)
    assert assign_due(clinic.id, at=AT + timedelta(days=7)) == []
    assert Assignment.objects.count() == 0


def test_seven_days_later_the_scales_are_asked_once_and_say_until_when_they_count(clinic, patient, say_yes):
    say_yes("day_7")
    anchor = ended_session(clinic, patient)
    at = AT + timedelta(days=7)
    made = assign_due(clinic.id, at=at)
    assert sorted(one.instrument_id for one in made) == ["gad-7", "phq-9"]
    assert {one.closes_at for one in made} == {datetime(2026, 3, 10, 7, 0, tzinfo=UTC)}  # midnight in Los Angeles
    assert {one.session_id for one in made} == {anchor.about_id}
    assert assign_due(clinic.id, at=at + timedelta(hours=1)) == []
    assert len(scales_asked()) == 2


def test_a_scale_whose_words_may_not_be_shown_is_left_out(clinic, patient, say_yes):
    say_yes("day_1")  # both of its scales are shipped without words
    ended_session(clinic, patient)
    assert assign_due(clinic.id, at=AT + timedelta(days=1)) == []


def test_what_was_not_answered_gives_way_to_the_next_turn(clinic, patient, actor, say_yes):
    say_yes("day_7")
    ended_session(clinic, patient)
    ScheduleAnchor.objects.create(
        clinic=clinic, patient_id=patient.id, kind="session", about_id=new_id(), at=AT + timedelta(days=7)
    )
    first = assign_due(clinic.id, at=AT + timedelta(days=7))
    second = assign_due(clinic.id, at=AT + timedelta(days=14))
    assert scales_asked(status="missed") == ["gad-7", "phq-9"]
    assert {one.id for one in queries.open_assignments(actor("nurse"), patient.id)} == {one.id for one in second}
    person = actor("patient", patient_id=patient.id)
    with pytest.raises(Exception, match="time of this questionnaire has passed"):
        commands.record_answer(person, assignment_id=first[0].id, item_id="1", value=1, at=AT + timedelta(days=14))
    points = queries.trend(actor("nurse"), patient.id, "phq-9", now=AT + timedelta(days=14))
    assert [point.missed for point in points] == [True]


def test_a_late_answer_keeps_its_own_time(clinic, patient, actor, say_yes):
    say_yes("day_7")
    ended_session(clinic, patient)
    phq9 = next(one for one in assign_due(clinic.id, at=AT + timedelta(days=7)) if one.instrument_id == "phq-9")
    person, late = actor("patient", patient_id=patient.id), AT + timedelta(days=9)
    for item in range(1, 10):
        commands.record_answer(person, assignment_id=phq9.id, item_id=str(item), value=0, at=late)
    assert commands.submit(person, assignment_id=phq9.id, at=late).answered_at == late


def test_a_course_its_plan_and_a_stop_are_kept_as_anchors(frame, say_yes):
    course_id = new_id()
    reactions.course_opened(frame, SimpleNamespace(course_id=str(course_id), indication="TRD"))
    reactions.course_opened(frame, SimpleNamespace(course_id=str(course_id), indication="TRD"))
    reactions.plan_written(frame, SimpleNamespace(course_id=str(course_id), sessions=6))
    anchor = ScheduleAnchor.objects.get(kind="course")
    assert (anchor.about_id, anchor.indication, anchor.sessions_planned) == (course_id, "TRD", 6)
    reactions.decision_written(frame, SimpleNamespace(course_id=str(course_id), choice="stop"))
    assert ScheduleAnchor.objects.get(kind="course").ended_at == AT


@pytest.mark.parametrize(("after", "asked"), [("cancelled", 0), ("no_show", 0), ("arrived", 1), ("booked", 1)])
def test_a_cancelled_treatment_asks_for_nothing(clinic, frame, say_yes, after, asked):
    say_yes("before_session")
    booking = new_id()
    reactions.appointment_booked(
        frame,
        SimpleNamespace(appointment_kind="treatment", appointment_id=str(booking), starts_at=AT, course_id=None),
    )
    reactions.appointment_changed(frame, SimpleNamespace(appointment_id=str(booking), after=after))
    assign_due(clinic.id, at=AT - timedelta(hours=3))
    assert scales_asked(instrument_id="phq-9") == ["phq-9"] * asked


def test_a_consultation_is_no_session(frame):
    reactions.appointment_booked(
        frame,
        SimpleNamespace(appointment_kind="consultation", appointment_id=str(new_id()), starts_at=AT, course_id=None),
    )
    assert not ScheduleAnchor.objects.exists()
