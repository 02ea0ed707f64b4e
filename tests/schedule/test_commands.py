"""Booking leaves no room and no person in two places, and a refusal leaves nothing behind."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ketachart.record.errors import NotAllowed, Refused
from ketachart.record.models import Event
from ketachart.schedule import commands, queries
from ketachart.schedule.models import Appointment
from ketachart.schedule.rules import series_days

MONDAY_NINE = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 09:00 in New York


def booked(actor, patient, starts_at=MONDAY_NINE, room=None, staff=None, kind="treatment", at=None, minutes=120):
    return commands.book(
        actor,
        patient_id=patient.id,
        kind=kind,
        starts_at=starts_at,
        minutes=minutes,
        room_id=room.id if room else None,
        staff_id=staff.id if staff else None,
        at=at or datetime(2026, 11, 22, 17, tzinfo=UTC),
    )


def test_a_booking_stands_in_the_patients_record(actor, person, room, at):
    patient = person()
    appointment = booked(actor("front_desk"), patient, room=room())
    event = Event.objects.get(stream_id=patient.id, kind="schedule.appointment_booked")
    assert event.content.appointment_id == str(appointment.id)
    assert event.content.room == "Room 1"


def test_a_taken_room_is_refused_by_name_of_the_slot_that_has_it(actor, person, room):
    place = room()
    booked(actor("front_desk"), person("One"), room=place)
    with pytest.raises(Refused) as refused:
        booked(actor("front_desk"), person("Two"), starts_at=MONDAY_NINE + timedelta(hours=1), room=place)
    assert refused.value.field == "room"
    assert "treatment Mon 23 Nov, 09:00–11:00" in refused.value.problem
    assert Appointment.objects.count() == 1
    assert Event.objects.filter(kind="schedule.appointment_booked").count() == 1


def test_one_prescriber_is_not_in_two_rooms(actor, person, room, user_of):
    prescriber = user_of("prescriber")
    booked(actor("front_desk"), person("One"), room=room("Room 1"), staff=prescriber)
    with pytest.raises(Refused) as refused:
        booked(actor("front_desk"), person("Two"), room=room("Room 2"), staff=prescriber)
    assert refused.value.field == "staff"


def test_one_patient_is_not_in_two_places(actor, person, room):
    patient = person()
    booked(actor("front_desk"), patient, room=room("Room 1"))
    with pytest.raises(Refused) as refused:
        booked(actor("front_desk"), patient, room=room("Room 2"))
    assert refused.value.field == "starts_at"


def test_a_cancelled_appointment_gives_its_place_back(actor, person, room, at):
    place = room()
    first = booked(actor("front_desk"), person("One"), room=place)
    commands.change_status(actor("front_desk"), appointment_id=first.id, status="cancelled", reason="ill", at=at)
    assert booked(actor("front_desk"), person("Two"), room=place).status == "booked"


def test_a_series_is_booked_whole_or_not_at_all(actor, person, room):
    place = room()
    starts = [
        MONDAY_NINE + timedelta(days=(day - date(2026, 11, 23)).days)
        for day in series_days(date(2026, 11, 23), (0, 3), 6)
    ]
    booked(actor("front_desk"), person("One"), starts_at=starts[4] + timedelta(minutes=30), room=place)
    with pytest.raises(Refused) as refused:
        commands.book_series(
            actor("front_desk"), patient_id=person("Two").id, kind="treatment", starts=starts, minutes=120,
            room_id=place.id, staff_id=None, at=datetime(2026, 11, 22, 17, tzinfo=UTC),
        )  # fmt: skip
    assert "Mon 7 Dec" in refused.value.problem
    assert Appointment.objects.count() == 1


def test_a_series_counts_its_treatments(actor, person, room):
    starts = [MONDAY_NINE + timedelta(days=3 * n) for n in range(3)]
    made = commands.book_series(
        actor("front_desk"), patient_id=person().id, kind="treatment", starts=starts, minutes=120,
        room_id=room().id, staff_id=None, at=datetime(2026, 11, 22, 17, tzinfo=UTC),
    )  # fmt: skip
    assert [(a.series_number, a.series_of) for a in made] == [(1, 3), (2, 3), (3, 3)]


def test_a_series_that_overlaps_itself_is_refused(actor, person, room):
    with pytest.raises(Refused):
        commands.book_series(
            actor("front_desk"), patient_id=person().id, kind="treatment",
            starts=[MONDAY_NINE, MONDAY_NINE + timedelta(minutes=30)], minutes=120,
            room_id=room().id, staff_id=None, at=datetime(2026, 11, 22, 17, tzinfo=UTC),
        )  # fmt: skip
    assert Appointment.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts_at": datetime(2026, 11, 20, 14, tzinfo=UTC)}, "starts_at"),
        ({"starts_at": datetime(2036, 11, 20, 14, tzinfo=UTC)}, "starts_at"),
        ({"minutes": 1}, "minutes"),
        ({"minutes": 2000}, "minutes"),
        ({"kind": "party"}, "kind"),
        ({"room": None}, "room"),
    ],
)
def test_what_cannot_be_booked_is_refused_with_its_field(actor, person, room, changes, field):
    values = {"room": room(), **changes}
    with pytest.raises(Refused) as refused:
        booked(actor("front_desk"), person(), **values)
    assert refused.value.field == field
    assert Appointment.objects.count() == 0


def test_a_biller_books_nothing(actor, person, room):
    with pytest.raises(NotAllowed):
        booked(actor("biller"), person(), room=room())


def test_another_clinic_cannot_change_an_appointment(actor, person, room, user_of, other_clinic, at):
    from ketachart.record.actor import Actor

    appointment = booked(actor("front_desk"), person(), room=room())
    stranger = Actor.of(user_of("front_desk", at=other_clinic))
    with pytest.raises(Refused) as refused:
        commands.change_status(stranger, appointment_id=appointment.id, status="arrived", at=at)
    assert refused.value.status == 404
    appointment.refresh_from_db()
    assert appointment.status == "booked"


def test_arrival_is_an_event_and_saying_it_twice_is_harmless(actor, person, room, at):
    appointment = booked(actor("front_desk"), person(), room=room())
    for _ in range(2):
        commands.change_status(actor("front_desk"), appointment_id=appointment.id, status="arrived", at=at)
    assert Event.objects.filter(kind="schedule.appointment_changed").count() == 1


def test_a_cancellation_needs_a_reason_and_an_arrived_person_is_no_no_show(actor, person, room, at):
    appointment = booked(actor("front_desk"), person(), room=room())
    with pytest.raises(Refused) as refused:
        commands.change_status(
            actor("front_desk"), appointment_id=appointment.id, status="cancelled", reason=" ", at=at
        )
    assert refused.value.field == "reason"
    commands.change_status(actor("front_desk"), appointment_id=appointment.id, status="arrived", at=at)
    with pytest.raises(Refused):
        commands.change_status(actor("front_desk"), appointment_id=appointment.id, status="no_show", at=at)


def test_the_day_view_reads_the_same_number_of_statements_for_any_number_of_appointments(
    actor, person, room, count_statements
):
    place, zone = room(chairs=3), queries.clinic_zone(actor("front_desk"))
    counts = []
    for n in range(3):
        booked(actor("front_desk"), person(f"Person {n}", given_name="XYZ"[n] * 3), room=place)
        nurse = actor("nurse")
        with count_statements() as statements:
            shown = queries.day_view(nurse, date(2026, 11, 23), zone)
        counts.append(len(statements))
    assert counts[0] == counts[2] <= 4
    assert len(shown.columns[0].entries) == 3
