from datetime import UTC, datetime, timedelta

import pytest

from ketachart.knowledge.findings import Finding, Source
from ketachart.record.actor import Actor
from ketachart.record.errors import NotAllowed, Refused
from ketachart.record.identity import new_id
from ketachart.record.models import Event
from ketachart.scales import rules
from ketachart.scales.attention import close_attention, open_attention
from ketachart.scales.escalation import escalate_late, give_attention
from ketachart.scales.models import AttentionItem
from ketachart.scales.rounds import go_round

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
FINDING = Finding(
    rule_id="PHQ9-9",
    rule_version="1",
    verdict="not met",
    title="Thoughts of death",
    meaning="It asks for a person",
    action="Call",
    source=Source(citation="Instruments reference", authority="design", grade="derived"),
    rule_class="review",
)


@pytest.fixture
def opened(clinic, patient):
    def make(*, urgent=False, at=AT):
        system = Actor.system(clinic.id)
        return open_attention(system, patient_id=patient.id, about_id=new_id(), finding=FINDING, urgent=urgent, at=at)

    return make


def test_without_a_clock_nothing_escalates(clinic, opened):
    opened(urgent=True)
    assert escalate_late(clinic.id, at=AT + timedelta(days=30)) == []


def test_when_the_clock_runs_out_it_goes_up_once_a_period_and_stays_open(clinic, opened, site_value):
    site_value("scales.attention.minutes", 60)
    item = opened()
    looked = [(AT + timedelta(minutes=minutes)) for minutes in (59, 60, 61, 62, 120, 121, 180)]
    raised = [at for at in looked if escalate_late(clinic.id, at=at)]
    assert raised == [AT + timedelta(minutes=61), AT + timedelta(minutes=121)]
    item.refresh_from_db()
    assert (item.status, item.owner_role, item.escalations) == ("open", "clinic_lead", 2)
    assert item.due_at == AT + timedelta(minutes=60), "lateness is counted from the first clock"
    assert Event.objects.filter(kind="scales.attention_escalated").count() == 2


def test_taking_it_does_not_stop_the_clock_and_closing_it_does(clinic, opened, actor, site_value):
    site_value("scales.attention.urgent_minutes", 10)
    item = opened(urgent=True)
    give_attention(actor("nurse"), attention_id=item.id, to_user_id=actor("prescriber").user_id, at=AT)
    assert len(escalate_late(clinic.id, at=AT + timedelta(minutes=11))) == 1
    close_attention(actor("prescriber"), attention_id=item.id, what_was_done="Spoke on the phone, plan agreed", at=AT)
    assert escalate_late(clinic.id, at=AT + timedelta(days=1)) == []


def test_the_software_cannot_close_it(clinic, opened):
    item = opened()
    with pytest.raises(NotAllowed):
        close_attention(Actor.system(clinic.id), attention_id=item.id, what_was_done="It got better", at=AT)
    go_round(AT + timedelta(days=400))
    item.refresh_from_db()
    assert item.status == AttentionItem.OPEN


def test_a_rise_in_urgency_never_gives_more_time(clinic, patient, opened, site_value):
    site_value("scales.attention.minutes", 60)
    site_value("scales.attention.urgent_minutes", 45)
    item = opened()
    again = open_attention(
        Actor.system(clinic.id),
        patient_id=patient.id,
        about_id=item.about_id,
        finding=FINDING,
        urgent=True,
        at=AT + timedelta(minutes=50),
    )
    assert (again.urgent, again.due_at) == (True, AT + timedelta(minutes=60))


@pytest.mark.parametrize("role", ["front_desk", "biller", "pharmacist"])
def test_it_is_given_only_to_somebody_who_may_act(opened, actor, role):
    item = opened()
    with pytest.raises(Refused):
        give_attention(actor("nurse"), attention_id=item.id, to_user_id=actor(role).user_id, at=AT)
    item.refresh_from_db()
    assert (item.owner_name, item.status) == ("", "open")


def test_one_clinics_fault_holds_up_no_other(clinic, other_clinic, opened, site_value, monkeypatch):
    site_value("scales.attention.minutes", 60)
    item = opened()

    def broken(clinic_id, *, at):
        if clinic_id == other_clinic.id:
            raise RuntimeError("no")
        return []

    monkeypatch.setattr("ketachart.scales.rounds.assign_due", broken)
    done = go_round(AT + timedelta(minutes=61))
    assert (done.escalated, done.failed) == (1, 1)
    item.refresh_from_db()
    assert item.escalations == 1


@pytest.mark.parametrize(
    ("due", "escalated_at", "minutes", "minutes_later", "expected"),
    [
        (None, None, 10, 60, False),
        (AT, None, 10, 0, False),
        (AT, None, 10, 1, True),
        (AT, None, None, 1, True),  # its clock was set when it opened; taking the setting back does not stop it
        (AT, AT, 10, 9, False),
        (AT, AT, 10, 10, True),
        (AT, AT, None, 1000, False),
    ],
)
def test_when_a_matter_goes_up(due, escalated_at, minutes, minutes_later, expected):
    at = AT + timedelta(minutes=minutes_later)
    assert rules.must_escalate(due, escalated_at, minutes=minutes, at=at) is expected
