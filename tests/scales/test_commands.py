from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from ketachart.instruments.loader import instruments
from ketachart.instruments.scoring import items_to_ask
from ketachart.policy.queries import site_values_at
from ketachart.record.actor import Actor
from ketachart.record.errors import NotAllowed, Refused
from ketachart.record.identity import new_id
from ketachart.record.models import Event
from ketachart.scales import attention, commands, queries
from ketachart.scales.models import Answer, Assignment, AttentionItem, Response

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REASON = "Called on the telephone, answered"


@pytest.fixture
def patient_id():
    return new_id()


@pytest.fixture
def person(actor, patient_id):
    return actor("patient", patient_id=patient_id)


@pytest.fixture
def assignment(actor, patient_id):
    return commands.assign_scale(
        actor("prescriber"), patient_id=patient_id, instrument_id="phq-9", purpose="Baseline", at=AT
    )


def answer(person, assignment, **given):
    for item, value in given.items():
        commands.record_answer(person, assignment_id=assignment.id, item_id=item.removeprefix("q"), value=value, at=AT)


def answer_all(person, assignment, values):
    answer(person, assignment, **{f"q{place + 1}": value for place, value in enumerate(values)})


def kinds_written():
    return list(Event.objects.order_by("position").values_list("kind", flat=True))


def test_a_person_answers_a_scale_and_the_total_is_computed_here(person, assignment):
    answer_all(person, assignment, [2, 2, 2, 2, 1, 1, 2, 0, 0, 1])
    response = commands.submit(person, assignment_id=assignment.id, at=AT)
    assert (response.total, response.band, response.mode) == (12, "moderate", "self")
    assert response.content.answers["10"] == 1
    assert response.content.recall_window == "the last 2 weeks"
    assert (kinds_written()[0], kinds_written()[-1]) == ("scales.assigned", "scales.submitted")


def test_sending_twice_makes_one_response(person, assignment):
    answer_all(person, assignment, [1] * 9)
    first = commands.submit(person, assignment_id=assignment.id, at=AT)
    second = commands.submit(person, assignment_id=assignment.id, at=AT + timedelta(minutes=1))
    assert first.id == second.id
    assert kinds_written().count("scales.submitted") == 1


def test_the_same_tap_twice_is_one_answer(person, assignment):
    answer(person, assignment, q1=2)
    answer(person, assignment, q1=2)
    assert Answer.objects.count() == 1


def test_an_answer_changed_keeps_the_first_one_in_the_record(person, assignment):
    answer_all(person, assignment, [3] + [0] * 8)
    answer(person, assignment, q1=0)
    assert commands.submit(person, assignment_id=assignment.id, at=AT).total == 0
    assert list(Answer.objects.filter(item_id="1").order_by("place").values_list("value", flat=True)) == [3, 0]


@pytest.mark.parametrize("values", [[3] * 8, [None] + [1] * 8])
def test_an_incomplete_form_has_no_score_and_a_refusal_to_answer_is_not_zero(person, assignment, values):
    answer_all(person, assignment, values)
    response = commands.submit(person, assignment_id=assignment.id, at=AT)
    assert (response.total, response.band) == (None, None)


def test_the_difficulty_answer_falls_away_when_every_problem_was_taken_back(person, assignment):
    answer_all(person, assignment, [1] + [0] * 8)
    answer(person, assignment, q10=2)
    answer(person, assignment, q1=0)
    response = commands.submit(person, assignment_id=assignment.id, at=AT)
    assert response.total == 0
    assert "10" not in response.content.answers


def test_nothing_answered_is_refused_and_nothing_is_written(person, assignment):
    with pytest.raises(Refused, match="No question"):
        commands.submit(person, assignment_id=assignment.id, at=AT)
    assert Response.objects.count() == 0
    assert kinds_written() == ["scales.assigned"]


@pytest.mark.parametrize(("item", "value"), [("1", 4), ("1", -1), ("11", 1), ("1", True)])
def test_an_answer_that_does_not_exist_is_refused_and_nothing_is_written(person, assignment, item, value):
    with pytest.raises(Refused) as refused:
        commands.record_answer(person, assignment_id=assignment.id, item_id=item, value=value, at=AT)
    assert refused.value.field == f"item_{item}"
    assert Answer.objects.count() == 0
    assert kinds_written() == ["scales.assigned"]


def test_another_person_finds_no_such_questionnaire(actor, assignment):
    stranger = actor("patient", patient_id=new_id())
    for attempt in (
        lambda: commands.record_answer(stranger, assignment_id=assignment.id, item_id="1", value=1, at=AT),
        lambda: commands.submit(stranger, assignment_id=assignment.id, at=AT),
        lambda: queries.form(stranger, assignment.id),
        lambda: queries.trend(stranger, assignment.patient_id, "phq-9"),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.status == 404
    assert Answer.objects.count() == 0


def test_staff_of_another_clinic_find_nothing(other_clinic, user_of, person, assignment, patient_id):
    answer(person, assignment, q9=3)
    elsewhere = Actor.of(user_of("prescriber", at=other_clinic))
    with pytest.raises(Refused) as refused:
        queries.form(elsewhere, assignment.id)
    assert refused.value.status == 404
    assert queries.trend(elsewhere, patient_id, "phq-9", now=AT) == []
    assert queries.open_attention_items(elsewhere) == []


def test_the_front_desk_may_not_read_scales(actor, patient_id):
    with pytest.raises(NotAllowed):
        queries.responses(actor("front_desk"), patient_id)


def test_item_nine_opens_a_matter_at_once_on_a_form_that_is_never_sent(person, assignment, actor):
    answer(person, assignment, q9=1)
    (item,) = queries.open_attention_items(actor("prescriber"))
    assert (item.status, item.owner_role, item.urgent) == (AttentionItem.OPEN, "prescriber", False)
    assert Response.objects.count() == 0


def test_a_worse_answer_raises_the_same_matter_and_a_safer_one_never_closes_it(person, assignment, actor):
    answer(person, assignment, q9=1)
    answer(person, assignment, q9=3)
    answer(person, assignment, q9=0)
    answer_all(person, assignment, [0] * 8)
    commands.submit(person, assignment_id=assignment.id, at=AT)
    (item,) = queries.open_attention_items(actor("prescriber"))
    assert item.urgent
    assert item.status == AttentionItem.OPEN


def test_a_matter_closes_only_with_what_was_done(person, assignment, actor):
    answer(person, assignment, q9=2)
    (item,) = queries.open_attention_items(actor("nurse"))
    for empty in ("", "   ", "ok"):
        with pytest.raises(Refused) as refused:
            attention.close_attention(actor("nurse"), attention_id=item.id, what_was_done=empty, at=AT)
        assert refused.value.field == "what_was_done"
    assert len(queries.open_attention_items(actor("nurse"))) == 1
    done = "Called at 10:05. Safe at home, plan agreed."
    closed = attention.close_attention(actor("nurse"), attention_id=item.id, what_was_done=done, at=AT)
    assert closed.closed_by_name == "Nurse Test"
    assert queries.open_attention_items(actor("nurse")) == []
    assert kinds_written()[-1] == "scales.attention_closed"


def test_the_database_itself_refuses_a_matter_closed_by_nobody(person, assignment):
    answer(person, assignment, q9=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        AttentionItem.objects.update(status="closed")


def test_the_software_cannot_close_a_matter(person, assignment, clinic):
    answer(person, assignment, q9=2)
    software = Actor.system(clinic.id, permissions=frozenset({"scales.attend"}))
    item = AttentionItem.objects.get()
    with pytest.raises(Refused) as refused:
        attention.close_attention(software, attention_id=item.id, what_was_done="Closed by a nightly job", at=AT)
    assert refused.value.status == 403
    assert AttentionItem.objects.get().status == AttentionItem.OPEN


def test_a_new_dangerous_answer_after_closing_opens_a_new_matter(person, assignment, actor):
    answer(person, assignment, q9=2)
    item = AttentionItem.objects.get()
    attention.close_attention(actor("prescriber"), attention_id=item.id, what_was_done="Spoke, safe at home.", at=AT)
    answer(person, assignment, q9=3)
    assert AttentionItem.objects.count() == 2


@pytest.mark.parametrize(("minutes", "due"), [(None, None), (30, timedelta(minutes=30))])
def test_a_deadline_exists_only_when_the_clinic_set_one(person, assignment, actor, minutes, due):
    attention.set_help_numbers(
        actor("clinic_lead"), at=AT, attention_minutes=240, urgent_attention_minutes=minutes, reason=REASON
    )
    answer(person, assignment, q9=2)
    assert AttentionItem.objects.get().due_at == (AT + due if due else None)


def test_a_crisis_line_without_a_number_is_refused(actor):
    with pytest.raises(Refused) as refused:
        attention.set_help_numbers(actor("clinic_lead"), at=AT, crisis_name="Line", reason=REASON)
    assert refused.value.field == "crisis_contact"
    assert queries.help_numbers(actor("clinic_lead").clinic_id, AT) is None


def test_what_the_clinic_tells_people_in_a_crisis_is_its_own_value_and_can_be_taken_back(actor):
    lead = actor("clinic_lead")
    known = {"crisis_name": "Line", "crisis_contact": "555 0100", "attention_minutes": 60}
    attention.set_help_numbers(lead, at=AT, reason=REASON, **known)
    assert site_values_at(lead.clinic_id, AT).text("scales.crisis.contact") == "555 0100"
    attention.set_help_numbers(lead, at=AT + timedelta(minutes=5), reason="The line was closed", attention_minutes=60)
    numbers = queries.help_numbers(lead.clinic_id, AT + timedelta(minutes=5))
    assert (numbers.crisis_contact, numbers.attention_minutes) == ("", 60)


def entered(nurse, patient_id, *, at=AT, **changes):
    values = {**{str(n): 0 for n in range(1, 10)}, **{key.removeprefix("q"): value for key, value in changes.items()}}
    return commands.enter_response(
        nurse, patient_id=patient_id, instrument_id="phq-9", answers=values, answered_at=at, purpose="Baseline"
    )


def test_staff_enter_a_whole_form_and_its_safety_fires_too(actor, patient_id):
    response = entered(actor("nurse"), patient_id, q1=3, q9=1)
    assert (response.total, response.mode) == (4, "staff")
    assert AttentionItem.objects.count() == 1


def test_a_form_from_the_future_is_refused_and_nothing_is_written(actor, patient_id):
    with pytest.raises(Refused) as refused:
        entered(actor("nurse"), patient_id, at=datetime(2199, 1, 1, tzinfo=UTC))
    assert refused.value.field == "answered_at"
    assert Assignment.objects.count() == Event.objects.count() == 0


def test_the_trend_has_scores_and_gaps_and_no_struck_response(actor, patient_id):
    nurse = actor("nurse")
    entered(nurse, patient_id, at=AT - timedelta(days=1), q1=3, q2=1)
    wrong = entered(nurse, patient_id, at=AT - timedelta(days=5), q1=3, q2=3)
    entered(nurse, patient_id, at=AT - timedelta(days=10), q1=None, q2=1)
    commands.strike_response(nurse, response_id=wrong.id, reason="Entered for the wrong person", at=AT)
    commands.assign_scale(
        nurse,
        patient_id=patient_id,
        instrument_id="phq-9",
        purpose="Day 7",
        at=AT - timedelta(days=9),
        due_at=AT - timedelta(days=7),
    )
    points = queries.trend(nurse, patient_id, "phq-9", now=AT)
    assert [(one.total, one.complete, one.missed) for one in points] == [
        (None, False, False),
        (None, False, True),
        (4, True, False),
    ]


def test_a_response_is_struck_once_with_a_reason_and_stays_readable(actor, patient_id):
    nurse = actor("nurse")
    response = entered(nurse, patient_id, q1=1)
    with pytest.raises(Refused):
        commands.strike_response(nurse, response_id=response.id, reason="  ", at=AT)
    commands.strike_response(nurse, response_id=response.id, reason="wrong person", at=AT)
    with pytest.raises(Refused):
        commands.strike_response(nurse, response_id=response.id, reason="again", at=AT)
    assert queries.response(nurse, response.id).content.answers["1"] == 1


def test_a_withdrawn_questionnaire_takes_no_answers(actor, person, assignment):
    commands.cancel_assignment(actor("nurse"), assignment_id=assignment.id, reason="Asked twice", at=AT)
    with pytest.raises(Refused) as refused:
        answer(person, assignment, q1=1)
    assert refused.value.status == 409
    assert Answer.objects.count() == 0


def test_answers_cannot_be_changed_or_deleted_in_the_database(person, assignment):
    answer(person, assignment, q1=1)
    for change in (lambda: Answer.objects.update(value=0), lambda: Answer.objects.all().delete()):
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            change()


@pytest.mark.parametrize("scale", instruments().values(), ids=lambda one: one.id)
def test_a_scale_reaches_the_phone_only_if_it_is_self_rated_and_has_its_words(scale, actor, patient_id):
    def assign():
        return commands.assign_scale(
            actor("therapist"), patient_id=patient_id, instrument_id=scale.id, purpose="Baseline", at=AT
        )

    if scale.mode == "self" and scale.verdict == "FULL":
        assert assign().status == Assignment.OPEN
    else:
        with pytest.raises(Refused) as refused:
            assign()
        assert refused.value.field == "instrument_id"
        assert Assignment.objects.count() == 0


@pytest.mark.parametrize("scale", instruments().values(), ids=lambda one: one.id)
def test_staff_enter_every_scale_but_those_of_a_pack_that_is_off(scale, actor, patient_id):
    highest = {item.id: scale.options_of(item)[-1].value for item in scale.item}
    highest = {item.id: highest[item.id] for item in items_to_ask(scale, highest)}

    def enter():
        return commands.enter_response(
            actor("nurse"),
            patient_id=patient_id,
            instrument_id=scale.id,
            answers=highest,
            answered_at=AT,
            purpose="Baseline",
        )

    if scale.verdict == "FULL-NC":
        with pytest.raises(Refused, match="pack"):
            enter()
        assert Response.objects.count() == 0
    else:
        made = enter()
        assert Response.objects.get(id=made.id).content.answers == highest
