"""The chart on a page: the same for the person and for the clinic, with every word also in the table."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from ketachart.course.commands import pin_baseline
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.registry import queries
from ketachart.scales.commands import enter_response
from tests.course.sessions import chart_in, give_session


def answer(actor, patient_id, total, days_ago, items=9):
    answers = {str(n): (3 if total >= 3 * n else max(0, total - 3 * (n - 1))) for n in range(1, items + 1)}
    return enter_response(
        actor("nurse"), patient_id=patient_id, instrument_id="phq-9", answers=answers,
        answered_at=clock.now() - timedelta(days=days_ago), purpose="Trend",
    )  # fmt: skip


@pytest.fixture
def story(actor, course, vial, write):
    baseline = answer(actor, course.patient_id, 20, 20)
    give_session(actor("nurse"), write(course, vial()), clock.now() - timedelta(days=18))
    answer(actor, course.patient_id, 12, 13, items=7)
    answer(actor, course.patient_id, 10, 6)
    answer(actor, course.patient_id, 4, 0.2)
    pin_baseline(
        actor("prescriber"), course_id=course.id, scale="phq-9", response_id=str(baseline.id), total=baseline.total,
        taken_at=baseline.answered_at, at=clock.now(),
    )  # fmt: skip
    return course.patient_id


def chart_of(page: str) -> str:
    return re.search(r'<svg class="outcome".*?</svg>', page, re.S)[0]


def test_the_person_and_the_clinic_see_the_same_chart(sign_in, story):
    clinic = sign_in("nurse").get(reverse("registry:outcome", args=[story])).content.decode()
    person = sign_in("patient", patient_id=story).get(reverse("registry:mine")).content.decode()
    assert chart_of(clinic) == chart_of(person)


def test_an_incomplete_form_breaks_the_line_and_stands_in_the_table(sign_in, story):
    page = sign_in("nurse").get(reverse("registry:outcome", args=[story])).content.decode()
    assert chart_of(page).count('class="outcome__segment"') == 1
    assert "Incomplete form" in page
    assert "no score" in page


def test_response_and_remission_come_from_the_pinned_baseline(actor, story):
    (outcome, *_) = queries.outcomes_of(actor("nurse"), story, clock.now())
    scores = [row for row in outcome.chart.rows if row.what == "score"]
    assert [(row.total, row.response, row.remission) for row in scores] == [
        (20, None, None),
        (10, True, False),
        (4, True, True),
    ]
    assert outcome.chart.response.value == 10


def test_the_dose_mark_shows_what_was_delivered_not_what_was_planned(actor, course, vial, write):
    from ketachart.record.models import Stream
    from ketachart.treatment import kinds

    begin = clock.now() - timedelta(days=1)
    session_id = give_session(actor("nurse"), write(course, vial()), begin, discharge=False)
    paused = kinds.InfusionPaused(reason="nausea")
    chart_in(Stream.objects.get(id=session_id), actor("nurse"), paused, begin + timedelta(minutes=20))
    (mark,) = queries.dose_marks(actor("nurse"), course.patient_id, clock.now())
    assert mark.dose_mg == pytest.approx(20, abs=0.1)


def test_without_a_baseline_the_page_says_so(sign_in, actor, course):
    answer(actor, course.patient_id, 12, 1)
    page = sign_in("nurse").get(reverse("registry:outcome", args=[course.patient_id])).content.decode()
    assert "No baseline is pinned" in page
    assert "outcome__response" not in page


def test_nobody_else_sees_it(sign_in, story, user_of, other_clinic):
    page = reverse("registry:outcome", args=[story])
    assert sign_in("front_desk").get(page).status_code == 403
    assert sign_in("patient", patient_id=story).get(page).status_code == 403
    with pytest.raises(Refused):
        queries.outcomes_of(
            Actor.of(user_of("patient", at=other_clinic, patient_id="01900000-0000-7000-8000-000000000000")),
            story,
            clock.now(),
        )


def test_the_page_needs_few_statements_whatever_the_number_of_sessions(actor, story, course, count_statements):
    plan = course.plans.get()
    with count_statements() as few:
        queries.outcomes_of(actor("nurse"), story, clock.now())
    for n in range(3):
        give_session(actor("nurse"), plan, clock.now() - timedelta(days=10 + n), number=n + 2)
    with count_statements() as many:
        queries.outcomes_of(actor("nurse"), story, clock.now())
    assert len(many) == len(few) <= 10
