"""Mistakes that other people's copies of these scales make. One test for each, named for the trap."""

import tomllib
from importlib.resources import files

import pytest

from ketachart.instruments.loader import instruments
from ketachart.instruments.scoring import WrongAnswer, check_answers, fired, score

SCALES = instruments()


def numbered(values):
    return {str(number): value for number, value in enumerate(values, start=1)}


def codes(scale):
    items = [item.loinc for item in scale.item]
    answers = [option.loinc for options in scale.option_set for option in options.choices]
    return {scale.loinc_panel, scale.loinc_total, *items, *answers} - {None}


def test_trap_1_an_unanswered_phq9_item_is_not_a_zero():
    assert score(SCALES["phq-9"], numbered([3, 3, None, 0, 0, 0, 0, 0, 1])).total is None
    assert score(SCALES["phq-9"], numbered([3, 3])).total is None


def test_trap_2_audit_c_asks_how_often_and_not_how_many_heavy_days():
    first = SCALES["audit-c"].item[0]
    assert first.loinc == "68518-0"
    assert first.text == "How often do you have a drink containing alcohol?"
    assert not any("68517-2" in codes(scale) for scale in SCALES.values())


def test_trap_3_the_who5_does_not_carry_a_promis_code():
    assert not any("71969-0" in codes(scale) for scale in SCALES.values())


def test_trap_4_promis_8a_is_not_8b():
    assert score(SCALES["promis-depression-8a"], numbered([1] * 8)).total == 38.2
    assert "37.1" in SCALES["promis-depression-8a"].note[0].text
    assert "promis-depression-8b" not in SCALES


@pytest.mark.parametrize(("method", "item"), [(0, "16a"), (1, "16b")])
def test_trap_5_weight_not_assessed_is_missing_in_the_hamd(method, item):
    hamd = SCALES["ham-d17"]
    others = {one.id: 1 for one in hamd.scored_items if one.place != "16"}
    assert score(hamd, {**others, "16": method, item: 3}).total is None
    assert score(hamd, {**others, "16": method, item: 2}).total == 16 + 2


def test_trap_5_weight_rated_one_way_counts_and_both_ways_does_not():
    hamd = SCALES["ham-d17"]
    others = {one.id: 0 for one in hamd.scored_items if one.place != "16"}
    assert score(hamd, {**others, "16a": 1}).total == 1
    assert score(hamd, {**others, "16b": 2}).total == 2
    assert score(hamd, {**others, "16": 1, "16a": 1, "16b": 2}).total == 2
    assert score(hamd, {**others, "16a": 1, "16b": 2}).total is None
    assert score(hamd, others).total is None


def test_trap_5_the_four_subtype_items_of_the_hamd_are_never_summed():
    hamd = SCALES["ham-d17"]
    answers = {one.id: 0 for one in hamd.scored_items if one.place != "16"} | {"16": 0, "16a": 0}
    assert score(hamd, {**answers, "18b": 2, "19": 4, "20": 3, "21": 2}).total == 0


def test_trap_6_the_lowest_padss_is_one():
    padss = SCALES["padss"]
    assert (padss.minimum, padss.maximum) == (1, 10)
    pain = padss.item_with("pain")
    assert [option.value for option in padss.options_of(pain)] == [1, 2]


def test_trap_7_gad7_says_not_at_all():
    for scale in ("gad-7", "gad-2", "phq-4"):
        texts = [option.text for option in SCALES[scale].option_set[0].options]
        assert texts == ["Not at all", "Several days", "More than half the days", "Nearly every day"]
    assert not any("LA18938-3" in codes(scale) for scale in SCALES.values())


def test_trap_8_pcl5_does_not_carry_the_code_of_the_pcl_c():
    assert SCALES["pcl-5"].loinc_panel == "101697-1"
    assert not any("70221-7" in codes(scale) for scale in SCALES.values())


def test_trap_9_c_ssrs_intent_is_high_and_nothing_is_summed():
    intent = score(SCALES["c-ssrs-screener"], {"1": 1, "2": 1, "3": 0, "4": 1, "5": 0, "6": 0})
    assert (intent.level, intent.total, intent.raw) == ("high", None, None)
    many = score(SCALES["c-ssrs-screener"], {"1": 1, "2": 1, "3": 1, "4": 0, "5": 0, "6": 1, "6-recent": 0})
    assert many.level == "moderate"


def test_trap_10_a_plan_with_intent_is_high_with_the_answers_that_the_form_really_gives():
    screener = SCALES["c-ssrs-screener"]
    yes = {item.id: next(o.value for o in screener.options_of(item) if o.text == "Yes") for item in screener.item}
    assert score(screener, yes).level == "high"
    with pytest.raises(WrongAnswer):
        score(screener, {**yes, "5": True})


def test_trap_11_dast10_reverses_item_three_and_no_other():
    dast = SCALES["dast-10"]
    assert score(dast, numbered([0] * 10)).total == 1
    assert score(dast, numbered([0, 0, 1] + [0] * 7)).total == 0
    assert score(dast, numbered([1, 1, 0] + [1] * 7)).total == 10


@pytest.mark.parametrize("code", [7, 9, 4])
def test_trap_12_refused_and_unknown_codes_of_surveys_are_not_answers(code):
    with pytest.raises(WrongAnswer):
        check_answers(SCALES["phq-9"], {"1": code})


def test_trap_13_phq9_answers_run_from_zero_to_three():
    options = SCALES["phq-9"].options_of(SCALES["phq-9"].item[0])
    assert [option.value for option in options] == [0, 1, 2, 3]


def test_trap_14_moaas_five_is_alert_and_low_is_dangerous():
    moaas = SCALES["moaa-s"]
    words = {option.value: option.text for option in moaas.options_of(moaas.item[0])}
    assert words[5] == "Responds readily to name spoken in normal tone"
    assert set(words) == set(range(6))
    assert fired(moaas, {"1": 5}) == fired(moaas, {"1": 4}) == ()
    assert all(fired(moaas, {"1": value})[0].urgent for value in (3, 2, 1, 0))
    rass = SCALES["rass"]
    assert rass.options_of(rass.item[0])[4].text.startswith("Alert and calm")


def test_trap_15_a_total_sent_by_a_client_is_refused():
    with pytest.raises(WrongAnswer):
        score(SCALES["phq-9"], {**numbered([1] * 9), "total": 21})


def test_trap_16_names_that_two_scales_share_are_said_in_full():
    assert "Suicide" in SCALES["asq"].full_title
    assert "Mystical" in SCALES["meq-30"].full_title
    assert "Sheehan" in SCALES["sds-sheehan"].full_title
    assert "sdq" not in SCALES


def test_nothing_that_may_not_be_shipped_has_a_word_of_wording_in_its_file():
    data = files("ketachart.instruments") / "data"
    for folder in ("keys", "numbers"):
        for entry in (data / folder).iterdir():
            raw = tomllib.loads(entry.read_text(encoding="utf-8"))
            assert raw["stem"] == ""
            assert all("text" not in item for item in raw["item"]), entry.name
            assert all("options" not in options for options in raw["option_set"]), entry.name
