"""Suicide-risk screens: Columbia's triage and NIMH's, with missing answers in every position."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ketachart.instruments.loader import instruments
from ketachart.instruments.scoring import fired, items_to_ask, newly_fired, score

SCREENER = instruments()["c-ssrs-screener"]
SINCE = instruments()["c-ssrs-since-last-visit"]
ASQ = instruments()["asq"]
Y, N = 1, 0
ORDER = ["none", "low", "moderate", "high"]


@pytest.mark.parametrize(
    ("answers", "level"),
    [
        ({"1": Y, "2": N, "6": N}, "low"),
        ({"1": Y, "2": Y, "3": N, "4": N, "5": N, "6": N}, "low"),
        ({"2": Y, "3": Y, "4": N, "5": N, "6": N}, "moderate"),
        ({"2": Y, "3": N, "4": Y, "5": N, "6": N}, "high"),  # a public encoding says moderate
        ({"2": Y, "5": Y, "6": N}, "high"),
        ({"1": N, "2": N, "6": Y, "6-recent": N}, "moderate"),  # a public encoding says high
        ({"1": N, "2": N, "6": Y, "6-recent": Y}, "high"),
        ({"1": N, "2": N, "6": N}, "none"),
        ({"2": Y, "4": None}, "indeterminate"),
        ({"1": N, "2": N, "6": Y}, "indeterminate"),  # recency missing
        ({"1": N, "2": N}, "indeterminate"),
        ({"1": None, "2": Y, "3": N, "4": N, "5": N, "6": N}, "indeterminate"),  # refused
        ({}, "indeterminate"),
    ],
)
def test_columbia_triage(answers, level):
    assert score(SCREENER, answers).level == level
    assert score(SCREENER, answers).total is None


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ({}, ["1", "2", "6"]),
        ({"1": Y, "2": N}, ["1", "2", "6"]),
        ({"1": N, "2": Y}, ["1", "2", "3", "4", "5", "6"]),
        ({"1": N, "2": N, "6": Y}, ["1", "2", "6", "6-recent"]),
    ],
)
def test_the_branch_of_the_screener(answers, asked):
    assert [item.id for item in items_to_ask(SCREENER, answers)] == asked


answer = st.sampled_from([Y, N, None])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(
    st.fixed_dictionaries({item.id: answer for item in SCREENER.item}), st.sampled_from([i.id for i in SCREENER.item])
)
def test_taking_an_answer_away_never_gives_a_lower_level(answers, taken):
    asked = {item.id for item in items_to_ask(SCREENER, answers)}
    form = {item: value for item, value in answers.items() if item in asked}
    fewer = {**form, taken: None} if taken in form else form
    assert score(SCREENER, fewer).level in {score(SCREENER, form).level, "indeterminate"}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(st.lists(answer, min_size=5, max_size=5), st.integers(0, 4))
def test_taking_an_answer_away_never_makes_the_asq_negative(values, taken):
    form = dict(zip("12345", values, strict=True))
    fewer = {**form, str(taken + 1): None}
    if score(ASQ, form).level != "negative":
        assert score(ASQ, fewer).level != "negative" or score(ASQ, form).level == "acute"


@pytest.mark.parametrize(
    ("answers", "level"),
    [
        ({"1": N, "2": N, "6": N}, "none"),
        ({"1": N, "2": N, "6": Y}, "high"),
        ({"1": Y, "2": Y, "3": N, "4": N, "5": N, "6": N}, "low"),
        ({"1": N, "2": N, "6": None}, "indeterminate"),
        ({"1": N, "2": N}, "indeterminate"),
    ],
)
def test_behaviour_since_the_last_visit_is_recent_behaviour(answers, level):
    assert score(SINCE, answers).level == level


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ([Y, N, N, N, Y], "acute"),
        ([Y, Y, N, N, N], "non_acute"),
        ([N, N, N, Y, N], "non_acute"),
        ([N, N, N, N, None], "negative"),
        ([N, N, N, N, Y], "acute"),  # a public mapper says negative
        ([Y, N, N, N, None], "indeterminate"),
        ([N, None, N, N, N], "indeterminate"),
        ([None] * 5, "indeterminate"),
    ],
)
def test_asq(values, level):
    assert score(ASQ, dict(zip("12345", values, strict=True))).level == level


def test_question_five_is_asked_unless_all_four_are_no():
    assert [item.id for item in items_to_ask(ASQ, dict.fromkeys("1234", N))] == list("1234")
    assert "5" in [item.id for item in items_to_ask(ASQ, {"1": Y, "2": N, "3": N, "4": N})]
    assert "5" in [item.id for item in items_to_ask(ASQ, {"1": None, "2": N, "3": N, "4": N})]


def levels(found):
    return [(one.finding.seen[0].value, one.urgent) for one in found]


def test_a_dangerous_answer_fires_at_once_on_a_form_that_is_never_sent():
    assert levels(fired(SCREENER, {"4": Y})) == [("high", True)]
    assert levels(fired(SCREENER, {"3": Y})) == [("moderate", False)]
    assert levels(fired(SCREENER, {"1": Y})) == [("low", False)]
    assert levels(fired(SCREENER, {"6": Y, "6-recent": Y})) == [("high", True)]
    assert levels(fired(ASQ, {"5": Y})) == [("acute", True)]
    assert fired(SCREENER, {"1": N, "2": N}) == ()


def test_a_refused_question_asks_for_a_person_at_once():
    assert levels(fired(SCREENER, {"1": N, "2": None})) == [("indeterminate", True)]
    assert levels(fired(ASQ, {"1": None})) == [("indeterminate", True)]


def test_an_unfinished_screen_that_is_sent_asks_for_a_person():
    assert levels(fired(SCREENER, {"1": N, "2": N}, sent=True)) == [("indeterminate", True)]
    assert fired(SCREENER, {"1": N, "2": N, "6": N}, sent=True) == ()


def test_the_same_finding_fires_once_and_a_worse_one_again():
    assert newly_fired(SCREENER, before={"1": Y}, after={"1": Y, "2": N}) == ()
    assert levels(newly_fired(SCREENER, before={"2": Y}, after={"2": Y, "4": Y})) == [("high", True)]
