"""Pages of the schedule: what was typed comes back, the patient sees only their own."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from ketachart.course.planned import Planned
from ketachart.policy.commands import set_value
from ketachart.policy.queries import day_in
from ketachart.record import clock
from ketachart.schedule import commands, preparation
from ketachart.schedule.models import Appointment


@pytest.fixture
def appointment(actor, person, room):
    start = (clock.now() + timedelta(days=2)).replace(hour=15, minute=0, second=0, microsecond=0)
    return commands.book(
        actor("front_desk"), patient_id=person().id, kind="treatment", starts_at=start, minutes=120,
        room_id=room().id, staff_id=None, at=clock.now(),
    )  # fmt: skip


def test_day_and_week_show_the_appointment(sign_in, appointment):
    client = sign_in("nurse")
    day = appointment.starts_at.date()
    for page in (reverse("schedule:day", args=[day]), reverse("schedule:week", args=[day])):
        response = client.get(page)
        assert response.status_code == 200
        assert "Ada Test" in response.content.decode()


def test_a_refused_booking_comes_back_with_what_was_typed(sign_in, appointment, person):
    client = sign_in("front_desk")
    other = person("Other", given_name="Zoe")
    start = appointment.starts_at.astimezone()
    page = reverse("schedule:book", args=[other.id])
    from zoneinfo import ZoneInfo

    local = start.astimezone(ZoneInfo("America/New_York"))
    typed = {
        "kind": "treatment",
        "on": local.date().isoformat(),
        "starts_at": local.strftime("%H:%M"),
        "minutes": "90",
        "room": str(appointment.room_id),
    }
    response = client.post(page, typed)
    text = response.content.decode()
    assert response.status_code == 422
    assert "Room 1 is taken" in text
    assert 'value="90"' in text
    assert Appointment.objects.count() == 1


def test_a_series_must_begin_on_one_of_its_weekdays(sign_in, person, room):
    patient, place = person(), room()
    client = sign_in("front_desk")
    day = (clock.now() + timedelta(days=7)).date()
    other_weekday = str((day.weekday() + 1) % 7)
    from ketachart.record.models import User

    nurse = User.objects.create(username="n", role="nurse", clinic_id=patient.clinic_id)
    response = client.post(
        reverse("schedule:book_series", args=[patient.id]),
        {"series-first_day": day.isoformat(), "series-weekdays": [other_weekday], "series-starts_at": "09:00",
         "series-sessions": "6", "series-room": str(place.id), "series-staff": str(nurse.id)},
    )  # fmt: skip
    assert response.status_code == 422
    assert "which is not chosen" in response.content.decode()
    response = client.post(
        reverse("schedule:book_series", args=[patient.id]),
        {"series-first_day": day.isoformat(), "series-weekdays": [str(day.weekday()), other_weekday], "series-starts_at": "09:00",
         "series-sessions": "6", "series-room": str(place.id), "series-staff": str(nurse.id)},
    )  # fmt: skip
    assert response.status_code == 302
    assert Appointment.objects.count() == 6


def test_arrival_with_one_button(sign_in, appointment):
    client = sign_in("front_desk")
    response = client.post(reverse("schedule:appointment", args=[appointment.id]), {"status": "arrived"})
    assert response.status_code == 302
    appointment.refresh_from_db()
    assert appointment.status == "arrived"


def test_the_patient_sees_the_next_visit_and_how_to_prepare_without_an_invented_clock(sign_in, appointment):
    client = sign_in("patient", patient_id=appointment.patient_id)
    text = client.get(reverse("schedule:mine")).content.decode()
    assert "Your next visit" in text
    assert "Last food" not in text
    assert "How to prepare is shown here once the treatment is decided" in text
    assert "Your ride home" not in text  # nothing is decided yet, and nobody's text stands in for another's
    assert client.get(reverse("schedule:day", args=[appointment.starts_at.date()])).status_code == 403


@pytest.mark.parametrize(
    ("product", "route", "told", "not_told"),
    [
        ("spravato", "nasal", "Do not eat in the 2 hours before", "light meal"),
        ("ketamine-injection", "IV", "light meal", "2 hours"),
        ("ketamine-injection", "IM", "A shot cannot be taken back", "2 hours"),
    ],
)
def test_the_preparation_is_the_one_of_what_is_planned(
    sign_in, appointment, monkeypatch, product, route, told, not_told
):
    monkeypatch.setattr(preparation, "planned_treatment", lambda *_: Planned(product, route))
    text = sign_in("patient", patient_id=appointment.patient_id).get(reverse("schedule:mine")).content.decode()
    assert told in text
    assert not_told not in text
    assert ("Last food" in text) == (product == "spravato")  # its label gives hours; no source gives any for the others
    page = sign_in("nurse").get(reverse("schedule:appointment", args=[appointment.id])).content.decode()
    assert told in page


def test_hours_set_by_the_clinic_make_the_clock(sign_in, appointment, actor):
    at = datetime.now(UTC)
    lead = actor("clinic_lead")
    for name, hours in (("solids_hours", 6.0), ("clear_fluids_hours", 2.0)):
        set_value(
            lead,
            setting_id=f"schedule.fasting.{name}",
            value=hours,
            reason="Written policy 4",
            valid_from=day_in(lead.clinic_id, at),
            at=at,
        )
    text = sign_in("patient", patient_id=appointment.patient_id).get(reverse("schedule:mine")).content.decode()
    assert "Last food" in text


def test_a_day_that_is_no_day_is_not_found(sign_in):
    assert sign_in("nurse").get("/schedule/2026-02-31/").status_code == 404
