"""Booking treatments of a course: what its rules do not hold for is booked with a reason, or not at all."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from ketachart.course import commands as course_commands
from ketachart.course.advice_rules import WayOption
from ketachart.knowledge.loader import catalogue
from ketachart.record import clock
from ketachart.record.errors import Refused
from ketachart.record.models import Event
from ketachart.schedule import commands
from ketachart.schedule.models import Appointment

MONDAY = datetime(2026, 11, 30, 9, tzinfo=UTC)


@pytest.fixture
def chair(room):
    return room()


@pytest.fixture
def spravato_course(actor, person, at):
    patient = person()
    course = course_commands.open_course(actor("prescriber"), patient_id=patient.id, indication="TRD", at=at)
    way = catalogue().administration_of("spravato", "nasal")
    option = WayOption(
        administration=way, product=catalogue().product_by_id("spravato"), standing="allowed", screening=(), findings=()
    )
    course_commands.choose_route(
        actor("prescriber"), course_id=course.id, option=option, reasons="approved", person_agrees=True, at=at
    )
    return course


def book(actor, course, chair, days, reason="", at=None):
    return commands.book_series(
        actor("front_desk"), patient_id=course.patient_id, kind="treatment",
        starts=[MONDAY + timedelta(days=day) for day in days], minutes=150, room_id=chair.id, staff_id=None,
        course_id=course.id, reason=reason, at=at,
    )  # fmt: skip


def test_the_four_weeks_of_induction_are_booked_without_a_word(actor, spravato_course, chair, at):
    booked = book(actor, spravato_course, chair, (0, 3, 7, 10, 14, 17, 21, 24), at=at)
    assert len(booked) == 8
    assert all(not event.content.outside_rules for event in Event.objects.filter(kind="schedule.appointment_booked"))


def test_three_in_a_week_are_refused_with_the_rule_and_nothing_is_booked(actor, spravato_course, chair, at):
    with pytest.raises(Refused) as refused:
        book(actor, spravato_course, chair, (0, 2, 4), at=at)
    assert refused.value.field == "reason"
    assert "SC1" in refused.value.fix
    assert not Appointment.objects.exists()


def test_beyond_week_four_without_a_documented_benefit_a_reason_is_kept_with_the_booking(
    actor, spravato_course, chair, at
):
    with pytest.raises(Refused):
        book(actor, spravato_course, chair, (0, 28), at=at)
    book(actor, spravato_course, chair, (0, 28), reason="holds the place; benefit is looked at in week 4", at=at)
    contents = [event.content for event in Event.objects.filter(kind="schedule.appointment_booked")]
    assert all(any("SC5 missing" in line for line in content.outside_rules) for content in contents)
    assert {content.outside_rules_reason for content in contents} == {"holds the place; benefit is looked at in week 4"}


def test_the_page_comes_back_with_the_rule_and_what_was_typed(sign_in, spravato_course, room):
    first = (clock.now() + timedelta(days=3)).date()
    days = {f"{(first + timedelta(days=n)).weekday()}" for n in (0, 2, 4)}
    typed = {
        "series-first_day": first.isoformat(), "series-weekdays": sorted(days), "series-starts_at": "10:00",
        "series-sessions": "3", "series-room": str(room().id),
    }  # fmt: skip
    client = sign_in("front_desk")
    page = reverse("schedule:book_series", args=[spravato_course.patient_id])
    with_staff = {**typed, "series-staff": client.get(
        reverse("schedule:patient", args=[spravato_course.patient_id])
    ).context["series_form"].fields["staff"].choices[-1][0]}  # fmt: skip
    response = client.post(page, with_staff)
    assert response.status_code == 422
    assert "Spravato: the appointments keep to the weeks of the label" in response.content.decode()
    assert not Appointment.objects.exists()
