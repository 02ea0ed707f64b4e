"""Vectors published by others, each with where it comes from, and the traps that others fell into."""

import re

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ketachart.instruments.loader import instruments, problems
from ketachart.instruments.scoring import (
    WrongAnswer,
    change,
    check_answers,
    is_urgent,
    items_to_ask,
    safety_findings,
    score,
)

PHQ9 = instruments()["phq-9"]
GAD7 = instruments()["gad-7"]


def answers(values, instrument=PHQ9):
    return {item.id: value for item, value in zip(instrument.item, values, strict=False)}


@pytest.mark.parametrize(
    ("items", "total", "band", "alert"),
    [
        ([2, 2, 2, 2, 1, 1, 2, 0, 0, 1], 12, "moderate", False),  # HL7 US Core example, 44261-6 = 12
        ([3, 3, 3, 3, 3, 3, 3, 3, 3, 3], 27, "severe", True),  # MII phq-9 response and observation
        ([2, 2, 1, 1, 0, 0, 0, 0, 0], 6, "mild", False),  # SPiER phq9.test.ts
        ([2, 2, 2, 2, 2, 0, 0, 0, 0], 10, "moderate", False),  # SPiER
        ([0, 0, 0, 0, 0, 0, 0, 0, 2], 2, "minimal", True),  # SPiER
        ([0, 0, 0, 0, 0, 0, 0, 0, 1], 1, "minimal", True),  # SPiER
        ([1, 0, 1, 0, 0, 1, 0, 0, 0], 3, "minimal", False),  # BioPsyKit row 0
        ([0, 0, 0, 0, 1, 0, 1, 0, 0], 2, "minimal", False),  # BioPsyKit row 2
        ([3, 3, None, 0, 0, 0, 0, 0, 1], None, None, True),  # a public form would say 7
    ],
)
def test_phq9_scores_like_the_published_vectors(items, total, band, alert):
    result = score(PHQ9, answers(items))
    assert (result.total, result.band) == (total, band)
    assert result.status == ("incomplete" if total is None else "complete")
    assert bool(safety_findings(PHQ9, answers(items))) is alert


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (0, "minimal"),
        (4, "minimal"),
        (5, "mild"),
        (9, "mild"),
        (10, "moderate"),
        (14, "moderate"),
        (15, "moderately severe"),
        (19, "moderately severe"),
        (20, "severe"),
    ],
)
def test_phq9_band_edges(total, band):
    values = [3] * (total // 3) + ([total % 3] if total % 3 else [])
    values += [0] * (9 - len(values))
    assert score(PHQ9, answers(values)).band == band


def test_the_functional_item_is_never_counted():
    without = score(PHQ9, answers([1] * 9))
    with_it = score(PHQ9, answers([1] * 9 + [3]))
    assert without.total == with_it.total == 9


def test_the_functional_item_is_asked_only_when_a_problem_was_reported():
    assert "10" not in [item.id for item in items_to_ask(PHQ9, answers([0] * 9))]
    assert "10" in [item.id for item in items_to_ask(PHQ9, answers([0, 1]))]


@pytest.mark.parametrize("position", range(9))
def test_one_missing_answer_anywhere_means_no_score(position):
    values = [1] * 9
    values[position] = None
    result = score(PHQ9, answers(values))
    assert result.total is None
    assert result.missing == (str(position + 1),)


def test_item_nine_fires_when_it_is_the_only_answer():
    (finding,) = safety_findings(PHQ9, {"9": 1})
    assert finding.rule_id == "phq9-item9"
    assert finding.seen[0].value == 1
    assert not is_urgent(PHQ9, {"9": 1})
    assert is_urgent(PHQ9, {"9": 2})


def test_item_nine_at_zero_or_unanswered_fires_nothing():
    assert safety_findings(PHQ9, {"9": 0}) == ()
    assert safety_findings(PHQ9, {"1": 3}) == ()


@pytest.mark.parametrize("wrong", [4, -1, 1.0, 1.5, True, "2", 7, 9])
def test_an_answer_that_the_item_does_not_offer_is_refused(wrong):
    with pytest.raises(WrongAnswer) as refused:
        check_answers(PHQ9, {"3": wrong})
    assert refused.value.item_id == "3"
    assert "0, 1, 2, 3" in refused.value.fix


def test_a_total_sent_with_the_answers_is_refused_not_believed():
    with pytest.raises(WrongAnswer):
        score(PHQ9, {"1": 1, "total": 21})


@pytest.mark.parametrize(
    ("baseline", "now", "percent", "response", "remission", "reliable"),
    [
        (20, 10, 50, True, False, True),
        (15, 10, pytest.approx(33.33, abs=0.01), False, False, False),
        (0, 0, None, None, True, False),
        (20, 4, 80, True, True, True),
        (16, 10, 37.5, False, False, True),
        (20, None, None, None, None, None),
        (None, 4, None, None, None, None),
    ],
)
def test_phq9_change_has_the_published_meaning(baseline, now, percent, response, remission, reliable):
    result = change(PHQ9, baseline=baseline, now=now)
    assert result.percent == percent
    assert result.response is response
    assert result.remission is remission
    assert result.reliable_improvement is reliable


def test_six_points_up_is_reliable_worsening():
    assert change(PHQ9, baseline=10, now=16).reliable_worsening is True
    assert change(PHQ9, baseline=10, now=15).reliable_worsening is False


def test_gad7_has_no_remission_because_none_was_verified():
    assert change(GAD7, baseline=20, now=0).remission is None
    assert change(GAD7, baseline=20, now=10).response is True
    assert change(GAD7, baseline=10, now=6).reliable_improvement is True


def test_gad7_says_not_at_all_and_not_the_misprint():
    assert GAD7.options_of(GAD7.item[0])[0].text == "Not at all"
    assert GAD7.options_of(GAD7.item[1])[2].text == "More than half the days"


@pytest.mark.parametrize(("values", "total", "band"), [([0] * 7, 0, "minimal"), ([3] * 7, 21, "severe")])
def test_gad7_ends_of_the_range(values, total, band):
    result = score(GAD7, answers(values, GAD7))
    assert (result.total, result.band) == (total, band)


@pytest.mark.parametrize("instrument", instruments().values(), ids=lambda one: one.id)
def test_every_instrument_carries_its_window_notice_codes_and_whole_bands(instrument):
    assert problems(instrument) == []
    assert instrument.recall_window
    assert instrument.notice
    assert instrument.mode in {"self", "clinician", "observer"}


def test_every_code_has_the_shape_of_its_code_system():
    for instrument in instruments().values():
        items = [instrument.loinc_panel, instrument.loinc_total, *(item.loinc for item in instrument.item)]
        answers = [option.loinc for options in instrument.option_set for option in options.choices]
        assert all(re.fullmatch(r"\d{4,6}-\d", code) for code in items if code), instrument.id
        assert all(re.fullmatch(r"LA\d{2,6}-\d", code) for code in answers if code), instrument.id


def test_the_wording_of_the_phq_family_keeps_its_notice():
    for scale in ("phq-9", "phq-2", "phq-4", "gad-7", "gad-2"):
        assert "No permission required" in instruments()[scale].notice


def test_the_codes_of_phq9_are_the_ones_of_loinc():
    assert [item.loinc for item in PHQ9.item] == [
        "44250-9",
        "44255-8",
        "44259-0",
        "44254-1",
        "44251-7",
        "44258-2",
        "44252-5",
        "44253-3",
        "44260-8",
        "69722-7",
    ]


def test_a_scale_with_a_gap_between_its_bands_is_refused():
    assert "gap" in problems(msgspec.structs.replace(PHQ9, band=PHQ9.band[1:]))[0]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=9, max_size=9), st.integers(0, 8))
def test_taking_an_answer_away_takes_the_score_away(values, position):
    fewer = [None if place == position else value for place, value in enumerate(values)]
    assert score(PHQ9, answers(fewer)).total is None
    whole = score(PHQ9, answers(values)).total
    assert whole is None or 0 <= whole <= 27
