from datetime import UTC, datetime, timedelta

import pytest

from ketachart.instruments.loader import instruments
from ketachart.scales import rules

PHQ9 = instruments()["phq-9"]
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "next_id"),
    [
        ({}, "1"),
        ({"1": 0}, "2"),
        ({"1": None}, "2"),
        ({"2": 1}, "1"),
        ({str(n): 0 for n in range(1, 10)}, None),
        ({str(n): 1 for n in range(1, 10)}, "10"),
        ({str(n): 1 for n in range(1, 11)}, None),
    ],
)
def test_one_goes_on_at_the_first_question_that_was_not_reached(given, next_id):
    item = rules.next_item(PHQ9, given)
    assert (item.id if item else None) == next_id


def test_a_question_knows_what_is_before_and_after_it():
    place = rules.place_of(PHQ9, {"1": 0}, "2")
    assert place is not None
    assert (place.number, place.of, place.before, place.after) == (2, 9, "1", "3")
    assert rules.place_of(PHQ9, {}, "10") is None
    assert rules.place_of(PHQ9, {}, "nonsense") is None


@pytest.mark.parametrize(
    ("urgent", "minutes", "urgent_minutes", "expected"),
    [(False, None, None, None), (True, 240, None, None), (True, None, 30, 30), (False, 240, 30, 240)],
)
def test_a_matter_is_due_only_when_the_clinic_set_a_time(urgent, minutes, urgent_minutes, expected):
    due = rules.due_at(AT, urgent=urgent, minutes=minutes, urgent_minutes=urgent_minutes)
    assert due == (None if expected is None else AT + timedelta(minutes=expected))


def test_a_matter_without_a_deadline_is_never_called_late():
    assert not rules.is_late(None, AT)
    assert not rules.is_late(AT, AT)
    assert rules.is_late(AT, AT + timedelta(seconds=1))
