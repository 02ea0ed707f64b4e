from datetime import UTC, date, datetime, timedelta

import pytest

from ketachart.people.commands import open_room, register_patient
from ketachart.people.rules import Details

AT = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


@pytest.fixture
def at():
    return AT


@pytest.fixture
def person(actor):
    born = (date(1985, 3, 1) + timedelta(days=n) for n in range(100))

    def make(family_name="Test", given_name="Ada", birth_date=None):
        birth_date = birth_date or next(born)
        details = Details(given_name=given_name, family_name=family_name, birth_date=birth_date)
        return register_patient(actor("front_desk"), details=details, at=AT, is_synthetic=True)

    return make


@pytest.fixture
def room(actor):
    def make(name="Room 1", chairs=1):
        return open_room(actor("clinic_lead"), name=name, chairs=chairs, at=AT)

    return make
