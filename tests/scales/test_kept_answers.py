import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.record.identity import new_id
from ketachart.record.models import Event
from ketachart.record.roles import permissions_of
from ketachart.scales import commands, queries
from ketachart.scales.kept_answers import Handed, Kept, own_time, read_handed, take_kept
from ketachart.scales.models import Answer, Assignment, AttentionItem, Response

AT = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)


@pytest.fixture
def assignment(actor, patient):
    return commands.assign_scale(actor("nurse"), patient_id=patient.id, instrument_id="phq-9", purpose="Day 7", at=AT)


@pytest.fixture
def person(actor, patient):
    return actor("patient", patient_id=patient.id)


def kept(item, value, minutes):
    return Kept(id=new_id(), item=item, value=value, at=AT + timedelta(minutes=minutes))


def handed(*answers, sent=None, phone_time=AT + timedelta(hours=1)):
    return Handed(
        answers=answers, phone_time=phone_time, sent_at=None if sent is None else AT + timedelta(minutes=sent)
    )


HOUR_LATER = AT + timedelta(hours=1)


@pytest.mark.django_db
def test_what_was_kept_is_charted_once_with_the_times_of_the_taps(person, assignment):
    all_of_it = handed(*(kept(str(n), 1, n) for n in range(1, 10)), sent=20)
    for _ in range(2):
        response = take_kept(person, assignment_id=assignment.id, handed=all_of_it, at=HOUR_LATER)
    assert (response.total, response.answered_at) == (9, AT + timedelta(minutes=20))
    assert Response.objects.count() == 1
    times = list(
        Event.objects.filter(kind="scales.item_answered").order_by("number").values_list("effective_at", flat=True)
    )
    assert times == [AT + timedelta(minutes=n) for n in range(1, 10)]


@pytest.mark.django_db
def test_a_changed_mind_handed_in_twice_stays_as_it_was_left(person, assignment):
    changed = handed(kept("1", 2, 1), kept("1", 3, 2), kept("1", 2, 3))
    for _ in range(2):
        take_kept(person, assignment_id=assignment.id, handed=changed, at=HOUR_LATER)
    assert [one.value for one in Answer.objects.order_by("place")] == [2, 3, 2]
    assert queries.form(person, assignment.id).given == {"1": 2}


@pytest.mark.django_db
def test_a_dangerous_answer_that_was_kept_opens_a_matter_when_it_arrives(person, assignment):
    take_kept(person, assignment_id=assignment.id, handed=handed(kept("9", 3, 5)), at=HOUR_LATER)
    assert AttentionItem.objects.get().urgent
    assert Assignment.objects.filter(instrument_id__startswith="c-ssrs").exists()


@pytest.mark.django_db
def test_one_wrong_answer_leaves_nothing_half_written(person, assignment):
    before = Event.objects.count()
    with pytest.raises(Refused):
        take_kept(person, assignment_id=assignment.id, handed=handed(kept("1", 1, 1), kept("2", 9, 2)), at=HOUR_LATER)
    assert (Event.objects.count(), Answer.objects.count()) == (before, 0)


@pytest.mark.django_db
def test_answers_to_a_form_sent_from_elsewhere_are_refused_and_not_dropped_silently(person, assignment):
    for n in range(1, 10):
        commands.record_answer(person, assignment_id=assignment.id, item_id=str(n), value=0, at=AT)
    commands.submit(person, assignment_id=assignment.id, at=AT)
    same = handed(kept("1", 0, 1), sent=2)
    assert take_kept(person, assignment_id=assignment.id, handed=same, at=HOUR_LATER).total == 0
    with pytest.raises(Refused) as refused:
        take_kept(person, assignment_id=assignment.id, handed=handed(kept("1", 3, 1)), at=HOUR_LATER)
    assert refused.value.status == 409


@pytest.mark.django_db
def test_somebody_elses_form_is_not_there(assignment):
    stranger = Actor(
        user_id=None,
        clinic_id=assignment.clinic_id,
        name="Other",
        role="patient",
        permissions=permissions_of("patient"),
        patient_id=new_id(),
    )
    with pytest.raises(Refused) as refused:
        take_kept(stranger, assignment_id=assignment.id, handed=handed(kept("1", 1, 1)), at=HOUR_LATER)
    assert refused.value.status == 404


@pytest.mark.django_db
def test_the_page_takes_the_form_along_and_hands_in_over_http(sign_in, patient, assignment):
    client = sign_in("patient", patient_id=patient.id)
    page = client.get(f"/my/questionnaires/{assignment.id}/").content.decode()
    assert "form-taken-along" in page
    now = clock.now()
    body = {
        "answers": [{"id": str(new_id()), "item": "1", "value": None, "at": now.isoformat()}],
        "phone_time": now.isoformat(),
        "sent_at": None,
    }
    path = f"/my/questionnaires/{assignment.id}/kept/"
    done = client.post(path, json.dumps(body), content_type="application/json")
    assert (done.status_code, done.json()) == (200, {"sent": False})
    assert Answer.objects.get().value is None
    for wrong in (b"{", b"[]", b'{"answers": [], "phone_time": "2026-01-01T00:00:00"}', b'{"total": 3}'):
        refused = client.post(path, wrong, content_type="application/json")
        assert 400 <= refused.status_code < 500
        assert refused.json()["errors"][0]["problem"]


@pytest.mark.parametrize(
    ("phone_is_off_by", "expected"),
    [
        (timedelta(0), AT + timedelta(minutes=30)),
        (timedelta(days=-400), AT + timedelta(minutes=30)),
        (timedelta(days=400), AT + timedelta(minutes=30)),
    ],
)
def test_a_phone_whose_clock_is_wrong_still_says_how_long_ago_it_was(phone_is_off_by, expected):
    tapped, now = AT + timedelta(minutes=30) + phone_is_off_by, HOUR_LATER + phone_is_off_by
    assert own_time(tapped, phone_time=now, at=HOUR_LATER, not_before=AT) == expected


MINUTES = st.integers(-10_000_000, 10_000_000).map(lambda minutes: AT + timedelta(minutes=minutes))


@given(tapped=MINUTES, phone_time=MINUTES, waited=st.integers(0, 10_000))
def test_no_answer_is_charted_before_it_was_asked_or_in_the_future(tapped, phone_time, waited):
    at = AT + timedelta(minutes=waited)
    assert AT <= own_time(tapped, phone_time=phone_time, at=at, not_before=AT) <= at


def test_more_than_a_form_can_hold_is_refused():
    one = {"id": str(new_id()), "item": "1", "value": 1, "at": "2026-03-02T19:00:00Z"}
    with pytest.raises(Refused):
        read_handed(json.dumps({"answers": [one] * 401, "phone_time": "2026-03-02T19:00:00Z"}).encode())
