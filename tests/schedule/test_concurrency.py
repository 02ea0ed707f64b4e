"""Two desks book one room at one moment: one of them gets it."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from ketachart.record.errors import Refused
from ketachart.schedule import commands
from ketachart.schedule.models import Appointment
from tests.schedule.conftest import AT

SEVERAL = 6


@pytest.mark.django_db(transaction=True)
def test_of_several_desks_at_once_one_gets_the_room(actor, person, room):
    place, front_desk = room(), actor("front_desk")
    patients = [person(f"Family{n}", given_name=chr(65 + n) * 4) for n in range(SEVERAL)]
    together, outcomes = threading.Barrier(SEVERAL), []

    def desk(patient_id):
        try:
            together.wait(timeout=10)
            commands.book(
                front_desk, patient_id=patient_id, kind="treatment", starts_at=AT + timedelta(days=1), minutes=120,
                room_id=place.id, staff_id=None, at=AT,
            )  # fmt: skip
            outcomes.append("booked")
        except Refused as refused:
            outcomes.append(refused.field)
        finally:
            connections.close_all()

    desks = [threading.Thread(target=desk, args=(patient.id,)) for patient in patients]
    for one in desks:
        one.start()
    for one in desks:
        one.join(timeout=60)
    assert sorted(outcomes) == ["booked"] + ["room"] * (SEVERAL - 1)
    assert Appointment.objects.count() == 1
    assert connection.vendor in ("sqlite", "postgresql")
