from datetime import timedelta

import pytest

from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.scales import commands, missing
from ketachart.scales.attention import open_attention
from ketachart.scales.models import Assignment, AttentionItem, Reminder
from tests.scales.test_escalation import FINDING

pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment(actor, patient):
    return commands.assign_scale(
        actor("nurse"), patient_id=patient.id, instrument_id="phq-9", purpose="Day 7", at=clock.now()
    )


def test_the_front_desk_sees_whom_to_remind_and_not_of_what(sign_in, assignment):
    page = sign_in("front_desk").get("/scales/reminders/").content.decode()
    assert "Sam Sample" in page
    assert "+1 555 0100" in page
    assert "No reminder goes out" in page
    assert "PHQ" not in page
    assert "Day 7" not in page
    assert "/scales/missing/" not in page


def test_a_call_is_noted_with_what_was_typed_kept_when_it_is_refused(sign_in, assignment):
    client = sign_in("front_desk")
    refused = client.post(f"/people/{assignment.patient_id}/reminded/", {"how": "abc"})
    assert refused.status_code == 422
    assert 'value="abc"' in refused.content.decode()
    assert not Reminder.objects.exists()
    done = client.post(f"/people/{assignment.patient_id}/reminded/", {"how": "Called, left no message"})
    assert done.status_code == 302
    assert Reminder.objects.get().sent_by_name == "Front Desk Test"


@pytest.mark.parametrize("path", ["/scales/reminders/", "/scales/missing/"])
@pytest.mark.parametrize("role", ["biller", "patient"])
def test_neither_list_is_for_everybody(sign_in, path, role, patient):
    fields = {"patient_id": patient.id} if role == "patient" else {}
    assert sign_in(role, **fields).get(path).status_code == 403


def test_what_was_asked_is_counted_for_the_person_and_for_the_clinic(sign_in, actor, assignment, patient):
    now = clock.now()
    Assignment.objects.filter(id=assignment.id).update(closes_at=now - timedelta(hours=1), due_at=now)
    commands.assign_scale(
        actor("nurse"), patient_id=patient.id, instrument_id="gad-7", purpose="Day 7", at=now, due_at=None
    )
    lines, counted = missing.of_person(actor("nurse"), patient.id, now)
    assert [(line.title, line.state) for line in lines] == [("GAD-7", "waiting"), ("PHQ-9", "missed")]
    assert (counted.due, counted.missed, counted.waiting, counted.share_percent) == (1, 1, 1, 0)
    client = sign_in("nurse")
    assert "Not answered" in client.get(f"/people/{patient.id}/scales/missing/").content.decode()
    clinic = client.get("/scales/missing/?days=90").content.decode()
    assert "Sam Sample" in clinic
    assert "last 90 days" in clinic
    assert "last 30 days" in client.get("/scales/missing/?days=7000000000").content.decode()


def test_another_clinics_people_are_in_neither(user_of, other_clinic, assignment, patient):
    stranger = Actor.of(user_of("nurse", at=other_clinic))
    assert missing.of_person(stranger, patient.id, clock.now())[0] == []
    assert missing.of_clinic(stranger, clock.now(), days=30)[0] == []


def test_a_matter_is_handed_to_somebody_by_name(sign_in, user_of, clinic, patient):
    item = open_attention(
        Actor.system(clinic.id),
        patient_id=patient.id,
        about_id=patient.id,
        finding=FINDING,
        urgent=True,
        at=clock.now(),
    )
    prescriber, desk = user_of("prescriber"), user_of("front_desk")
    client = sign_in("nurse")
    page = client.get(f"/attention/{item.id}/").content.decode()
    assert "nobody has taken it" in page
    assert str(desk.id) not in page
    client.post(f"/attention/{item.id}/give/", {"to_user_id": str(desk.id)})
    assert AttentionItem.objects.get().owner_id is None
    client.post(f"/attention/{item.id}/give/", {"to_user_id": "nonsense"})
    client.post(f"/attention/{item.id}/give/", {"to_user_id": str(prescriber.id)})
    assert AttentionItem.objects.get().owner_name == "Prescriber Test"
    assert "Prescriber Test" in client.get("/attention/").content.decode()
