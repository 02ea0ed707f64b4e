import json
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from ketachart.record.errors import Refused
from ketachart.record.models import Event
from ketachart.scales import commands, reminder_commands
from ketachart.scales.models import Assignment, Reminder
from ketachart.scales.reminder_commands import note_by_hand, send_due
from ketachart.scales.reminder_queries import turns

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)  # 11:00 in Los Angeles
LATER = AT + timedelta(hours=3)


@pytest.fixture
def assignment(actor, patient):
    return commands.assign_scale(actor("nurse"), patient_id=patient.id, instrument_id="phq-9", purpose="Day 7", at=AT)


@pytest.fixture
def rules_set(site_value):
    numbers = {"quiet_from_hour": 21, "quiet_until_hour": 8, "first_after_hours": 2, "every_hours": 24, "most": 2}
    for name, value in numbers.items():
        site_value(f"scales.reminders.{name}", value)


@pytest.fixture
def outgoing(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "DATA", tmp_path)
    return tmp_path / "outgoing" / "reminders"


def test_without_quiet_hours_nothing_is_sent_at_any_time(clinic, assignment, site_value, outgoing):
    site_value("scales.reminders.sender", "outgoing_folder")
    for hours in range(0, 96, 5):
        assert send_due(clinic.id, at=AT + timedelta(hours=hours)) == []
    assert not Reminder.objects.exists()
    assert not outgoing.exists()


def test_a_reminder_goes_out_once_and_says_nothing_of_what_is_asked(
    clinic, assignment, rules_set, site_value, outgoing, patient
):
    site_value("scales.reminders.sender", "outgoing_folder")
    assert len(send_due(clinic.id, at=LATER)) == 1
    assert send_due(clinic.id, at=LATER) == []
    (file,) = outgoing.iterdir()
    text = file.read_text()
    assert json.loads(text)["reach"] == {"phone": patient.phone}
    for word in ("PHQ", "phq", "depress", "mood", "ketamine", "clinic", "Fern", "treatment", "Sam", str(patient.id)):
        assert word not in text, word
    event = Event.objects.get(kind="scales.reminder_sent")
    assert event.effective_at == LATER


def test_the_second_comes_a_day_later_and_a_third_never(clinic, assignment, rules_set, site_value, outgoing):
    site_value("scales.reminders.sender", "outgoing_folder")
    sent = [at for hours in range(120) if send_due(clinic.id, at=(at := LATER + timedelta(hours=hours)))]
    assert sent == [LATER, LATER + timedelta(hours=24)]


@pytest.mark.parametrize("name", [None, "somebody_uninstalled_it"])
def test_without_a_sender_nothing_leaves_but_the_list_says_who_is_due(clinic, assignment, rules_set, site_value, name):
    if name:
        site_value("scales.reminders.sender", name)
    assert send_due(clinic.id, at=LATER) == []
    (turn,) = turns(clinic.id, at=LATER)
    assert (turn.next_at, turn.zone.key, turn.zone_is_own) == (LATER, "America/Los_Angeles", True)


def test_who_cannot_be_reached_is_not_marked_as_reminded(clinic, assignment, rules_set, site_value, outgoing, patient):
    site_value("scales.reminders.sender", "outgoing_folder")
    patient.phone = None
    patient.save(update_fields=["phone"])
    assert send_due(clinic.id, at=LATER) == []
    assert not Reminder.objects.exists()


def test_a_sender_that_fails_leaves_nothing_written(clinic, assignment, rules_set, site_value, monkeypatch):
    class Broken:
        title = "Broken"

        def send(self, reminder_id, reach, text):
            raise Refused("The gateway is down.")

    monkeypatch.setattr(reminder_commands, "senders", lambda: {"broken": Broken()})
    site_value("scales.reminders.sender", "broken")
    with pytest.raises(Refused):
        send_due(clinic.id, at=LATER)
    assert not Reminder.objects.exists()
    assert not Event.objects.filter(kind="scales.reminder_sent").exists()


@pytest.mark.parametrize("status", [Assignment.DONE, Assignment.CANCELLED, Assignment.MISSED])
def test_nobody_is_reminded_of_what_is_not_waiting(clinic, assignment, rules_set, actor, status):
    Assignment.objects.filter(id=assignment.id).update(status=status)
    assert turns(clinic.id, at=LATER) == []
    with pytest.raises(Refused):
        note_by_hand(actor("nurse"), patient_id=assignment.patient_id, how="Called at home", at=LATER)


def test_a_call_by_hand_counts_as_one_and_moves_the_next(clinic, assignment, rules_set, actor):
    note_by_hand(actor("front_desk"), patient_id=assignment.patient_id, how="Called, left no message", at=AT)
    (turn,) = turns(clinic.id, at=LATER)
    assert (turn.sent, turn.next_at) == (1, AT + timedelta(hours=24))
    with pytest.raises(Refused):
        note_by_hand(actor("nurse"), patient_id=assignment.patient_id, how=" ", at=AT)


def test_another_clinic_cannot_note_a_reminder(assignment, user_of, other_clinic):
    from ketachart.record.actor import Actor

    stranger = Actor.of(user_of("nurse", at=other_clinic))
    with pytest.raises(Refused):
        note_by_hand(stranger, patient_id=assignment.patient_id, how="Called at home", at=AT)


def test_two_questionnaires_make_one_message_and_a_third_does_not_come_sooner(
    clinic, assignment, rules_set, site_value, outgoing, actor, patient
):
    site_value("scales.reminders.sender", "outgoing_folder")
    nurse = actor("nurse")
    commands.assign_scale(nurse, patient_id=patient.id, instrument_id="gad-7", purpose="Day 7", at=AT)
    commands.assign_scale(
        nurse, patient_id=patient.id, instrument_id="audit-c", purpose="Later", at=AT + timedelta(hours=1)
    )
    assert len(send_due(clinic.id, at=LATER - timedelta(minutes=30))) == 2
    assert len(list(outgoing.iterdir())) == 1
    for hours in range(23):
        assert send_due(clinic.id, at=LATER + timedelta(hours=hours)) == []
    assert len(send_due(clinic.id, at=LATER + timedelta(hours=24))) == 3
    assert len(list(outgoing.iterdir())) == 2
