"""Scores that others published or computed, each with where it comes from. Ours must agree."""

import csv
from pathlib import Path

import pytest

from ketachart.instruments.loader import instruments
from ketachart.instruments.scoring import change, fired, score
from ketachart.instruments.totals import eq5d_index

SCALES = instruments()
DATA = Path(__file__).parent / "data"


def numbered(values):
    return {str(number): value for number, value in enumerate(values, start=1)}


def scored(scale, values, **more):
    return score(SCALES[scale], numbered(values), **more)


@pytest.mark.parametrize(
    ("items", "total", "band"),
    [
        ([1, 2, 1, 0, 2, 1, 2, 1, 0, 2, 2, 2, 2, 2, 1, 2], 18, "severe"),  # efondamental
        ([2, 1, 0, 0, 2, 1, 1, 0, 0, 2, 2, 2, 2, 2, 1, 1], 16, "severe"),  # efondamental
        ([3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 3, "none"),  # efondamental
        ([0, 0, 0, 0, 0, 2, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0], 3, "none"),  # efondamental
        ([0, 2, 0, 1, 2, 0, 0, 0, 0, 1, 3, 0, 3, 2, 0, 0], 13, "moderate"),  # MPsychoR Rogers, row 0
        ([3, 2, 0, 0, 1, 0, 0, 0, 2, 2, 1, 0, 0, 2, 1, 1], 12, "moderate"),  # row 1
        ([1, 1, 1, 2, 2, 2, 3, 2, 0, 2, 1, 0, 1, 2, 2, 1], 15, "moderate"),  # row 5
    ],
)
def test_qids_takes_the_highest_of_each_domain(items, total, band):
    result = scored("qids-sr16", items)
    assert (result.total, result.band) == (total, band)


def test_qids_needs_one_of_each_pair_and_no_more():
    answers = numbered([1, 2, 1, 0, 2, 1, None, None, 2, 2, 2, 2, 2, 2, 1, 2])
    assert score(SCALES["qids-sr16"], answers).total == 18
    assert score(SCALES["qids-sr16"], {**answers, "6": None}).total is None
    assert score(SCALES["qids-sr16"], {**answers, "4": None}).total is None


@pytest.mark.parametrize(
    ("items", "obsessions", "compulsions", "total"),
    [
        ([4, 3, 3, 3, 2, 4, 3, 3, 3, 3], 15, 16, 31),  # MPsychoR Rogers, row 0
        ([3, 4, 4, 4, 3, 3, 3, 4, 4, 4], 18, 18, 36),  # row 3
    ],
)
def test_ybocs_sr_and_its_halves(items, obsessions, compulsions, total):
    result = scored("y-bocs-sr", items)
    assert result.total == total
    assert [one.value for one in result.subscales] == [obsessions, compulsions]


@pytest.mark.parametrize(
    ("items", "total", "clusters", "rule", "cut33"),
    [
        ([2, 1, 4, 1, 4, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 3, 3, 4, 3], 66, [12, 6, 27, 21], True, True),
        ([0, 1, 1, 2, 2, 2, 3, 0, 3, 2, 3, 3, 2, 1, 3, 1, 2, 2, 1, 3], 37, [6, 5, 14, 12], True, True),
        ([1, 2, 1, 1, 2, 2, 2, 4, 2, 1, 2, 2, 0, 1, 2, 1, 1, 3, 0, 0], 30, [7, 4, 12, 7], True, False),  # row 294
        ([3, 4, 1, 2, 1, 1, 1, 1, 1, 0, 2, 3, 3, 3, 4, 1, 3, 3, 3, 2], 42, [11, 2, 13, 16], False, True),  # row 29
        ([2] * 20, 40, [10, 4, 14, 12], True, True),  # PTSDdiag edge test
        ([1] * 20, 20, [5, 2, 7, 6], False, False),  # PTSDdiag test
    ],
)
def test_pcl5_total_clusters_and_both_rules(items, total, clusters, rule, cut33):
    result = scored("pcl-5", items)
    assert result.total == total
    assert [one.value for one in result.subscales] == clusters
    assert result.reading("dsm5").holds is rule
    assert result.reading("cut33").holds is cut33


def test_pcl5_counts_symptoms_by_cluster():
    rows = {"B 3, C 2, D 7, E 6": [2, 1, 4, 1, 4, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 3, 3, 4, 3]}
    rows["B 3, C 0, D 4, E 5"] = [3, 4, 1, 2, 1, 1, 1, 1, 1, 0, 2, 3, 3, 3, 4, 1, 3, 3, 3, 2]
    for seen, items in rows.items():
        assert scored("pcl-5", items).reading("dsm5").seen == seen


@pytest.mark.parametrize(
    ("items", "total", "positive"),
    [([0, 1, 2, 3, 4], 10, True), ([1, 2, 1, 2, 1], 7, True), ([1, 1, 1, 1, 1], 5, False), ([2, 1, 1, 1, 1], 6, True)],
)
def test_asrm_like_efondamental(items, total, positive):
    result = scored("asrm", items)
    assert (result.total, result.reading("screen").holds) == (total, positive)


@pytest.mark.parametrize(
    ("yes", "same_period", "problem", "level"),
    [
        (7, 1, 2, "positive"),
        (5, 1, 2, "negative"),
        (7, 0, 2, "negative"),
        (7, 1, 1, "negative"),
        (7, None, 2, "indeterminate"),
    ],
)
def test_mdq_needs_all_three_conditions(yes, same_period, problem, level):
    assert scored("mdq", [1] * yes + [0] * (13 - yes) + [same_period, problem]).level == level


@pytest.mark.parametrize(
    ("items", "total"),
    [
        ([2, 1, 2, 3, 3, 1, 3, 3, 2, 1], 13),
        ([2, 1, 1, 3, 3, 1, 3, 3, 2, 0], 11),
        ([1, 0, 2, 3, 4, 1, 1, 3, 2, 0], 11),
    ],
)
def test_pss10_reverses_four_items(items, total):
    assert scored("pss-10", items).total == total


def test_phq9_and_pss10_agree_with_the_published_rows_of_biopsykit():
    with (DATA / "biopsykit_phq9_pss10.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    for row in rows:
        pss = [int(row[f"PSS_{number}"]) for number in range(1, 11)]
        phq = [int(row[f"PHQ_{number}"]) for number in range(1, 10)]
        assert scored("pss-10", pss).total == int(row["PSS_Total"])
        assert scored("phq-9", phq).total == int(row["PHQ9"])


@pytest.mark.parametrize(
    ("items", "total", "female", "male", "first_alone"),
    [
        ([0, 0, 0], 0, False, False, False),
        ([4, 0, 0], 4, True, True, True),
        ([1, 1, 1], 3, True, False, False),
    ],
)
def test_audit_c_by_sex(items, total, female, male, first_alone):
    result = scored("audit-c", items)
    assert result.total == total
    assert result.reading("q1_only").holds is first_alone
    assert scored("audit-c", items, sex="female").reading("women").holds is female
    assert scored("audit-c", items, sex="male").reading("men").holds is male
    assert result.reading("women").holds is None


@pytest.mark.parametrize(("raw", "metric"), [(7, 7.00), (21, 19.25), (28, 25.03), (35, 35.00)])
def test_swemwbs_raw_to_metric(raw, metric):
    values = [raw // 7] * 7
    result = scored("swemwbs", values)
    assert (result.raw, result.total) == (raw, metric)


@pytest.mark.parametrize(
    ("country", "state", "index"),
    [
        ("USA", "11111", 1),
        ("USA", "21111", 0.904),
        ("USA", "12111", 0.911),
        ("USA", "11211", 0.932),
        ("USA", "11121", 0.940),
        ("USA", "11112", 0.943),
        ("USA", "21354", 0.090),
        ("USA", "55555", -0.573),
        ("England", "23245", 0.247),
        ("England", "55555", -0.285),
    ],
)
def test_eq5d5l_index_like_the_eq5d_package(country, state, index):
    places = ("mobility", "self_care", "usual_activities", "pain", "anxiety")
    answers = dict(zip(places, map(int, state), strict=True))
    assert eq5d_index(SCALES["eq-5d-5l"], answers, country).value == pytest.approx(index, abs=1e-9)


@pytest.mark.parametrize(
    ("items", "percent", "band"),
    [([5] * 5, 100, "not poor"), ([3] * 5, 60, "not poor"), ([2, 2, 3, 2, 3], 48, "poor well-being")],
)
def test_who5_is_the_sum_times_four(items, percent, band):
    result = scored("who-5", items)
    assert (result.total, result.band) == (percent, band)


def test_aldrete_nine_with_consciousness_one_is_no_discharge():
    parts = ("activity", "respiration", "circulation", "consciousness", "oxygen")
    result = score(SCALES["modified-aldrete"], dict(zip(parts, [2, 2, 2, 1, 2], strict=True)))
    assert result.total == 9
    assert result.reading("phase_1").holds is True
    assert result.reading("discharge").holds is False
    assert "consciousness" in result.reading("discharge").seen


def test_padss_ends_of_the_range():
    parts = ("vitals", "activity", "nausea", "pain", "bleeding")
    padss = SCALES["padss"]
    assert score(padss, dict(zip(parts, [2, 2, 2, 2, 2], strict=True))).total == 10
    assert score(padss, dict(zip(parts, [0, 0, 0, 1, 0], strict=True))).total == 1


@pytest.mark.parametrize(
    ("scale", "baseline", "now", "expected"),
    [
        ("phq-9", 20, 10, {"percent": 50, "response": True, "remission": False, "reliable_improvement": True}),
        ("phq-9", 15, 10, {"response": False, "reliable_improvement": False}),
        ("pcl-5", 60, 46, {"reliable_improvement": False}),
        ("pcl-5", 60, 45, {"reliable_improvement": True}),
        ("madrs", 32, 16, {"response": True, "remission": False}),
        ("phq-9", 0, 0, {"percent": None, "response": None}),
    ],
)
def test_change_as_published(scale, baseline, now, expected):
    result = change(SCALES[scale], baseline=baseline, now=now)
    assert {name: getattr(result, name) for name in expected} == expected


@pytest.mark.parametrize(("items", "total"), [([4, 5, 5], 4.7), ([0, 0, 0], 0), ([10, 10, 10], 10), ([7, 8, 6], 7)])
def test_peg_is_a_mean_of_three_to_one_decimal(items, total):
    assert scored("peg", items).total == total
    assert scored("peg", [None, *items[1:]]).total is None


@pytest.mark.parametrize(("raw", "t"), [(8, 38.2), (9, 44.7), (20, 58.5), (39, 78.2), (40, 81.3)])
def test_promis_depression_8a_raw_to_t(raw, t):
    values = [1] * 8
    for step in range(raw - 8):
        values[step % 8] += 1
    assert scored("promis-depression-8a", values).total == t


def test_bpi_interference_is_valid_with_four_of_seven():
    answers = numbered([1, 2, 3, 4, 2, 4, 6, 8, None, None, None])
    result = score(SCALES["bpi-sf"], answers)
    assert result.subscale("severity").value == 2.5
    assert result.subscale("interference").value == 5
    assert score(SCALES["bpi-sf"], {**answers, "8": None}).subscale("interference").value is None


@pytest.mark.parametrize(
    ("items", "major", "other"),
    [
        ([2, 0, 2, 2, 2, 2, 0, 0, 0], True, False),
        ([0, 0, 2, 2, 2, 2, 2, 2, 1], False, False),  # no core symptom
        ([2, 0, 2, 0, 0, 0, 0, 0, 0], False, True),
        ([2, 2, 2, 2, 0, 0, 0, 0, 1], True, False),  # item 9 counts from several days on
        ([2, 2, 2, 2, None, 0, 0, 0, 1], None, None),
    ],
)
def test_the_phq9_algorithm(items, major, other):
    result = scored("phq-9", items)
    assert (result.reading("major").holds, result.reading("other").holds) == (major, other)


def test_ace_counts_kinds_and_not_answers():
    assert scored("ace-brfss", [1, 1, 1, 0, 8, 0, 0, 0, 2, 2, 1]).total == 3
    assert scored("ace-brfss", [1] * 5 + [2] * 6).total == 8
    assert scored("ace-brfss", [1, 1, None, 0, 8, 0, 0, 0, 2, 2, 1]).total is None


def test_an_event_that_never_happened_ends_the_ptsd_screen_with_zero():
    screen = SCALES["pc-ptsd-5"]
    assert score(screen, {"event": 0}).total == 0
    assert score(screen, {}).total is None
    assert score(screen, {"event": 1, **numbered([1, 1, 1, 0, 0])}).reading("screen").holds is True


def test_audit_skips_by_rule_and_counts_the_skipped_as_zero():
    audit = SCALES["audit"]
    assert score(audit, {"1": 0, "9": 0, "10": 2}).total == 2
    assert score(audit, {"1": 2, "2": 0, "3": 0, "9": 0, "10": 0}).total == 2
    assert score(audit, {"1": 2, "2": 0, "9": 0, "10": 0}).total is None
    assert score(audit, numbered([4] * 10)).total == 40


def test_msm_ends_of_the_range():
    msm = SCALES["msm"]
    least = {"duration": 1, "severity": 1, "failures": 1, "augmentation": 0, "ect": 0}
    assert (score(msm, least).total, score(msm, least).band) == (3, "mild")
    most = {"duration": 3, "severity": 5, "failures": 5, "augmentation": 1, "ect": 1}
    assert (score(msm, most).total, score(msm, most).band) == (15, "severe")


def test_a_total_that_asks_for_a_look_fires_only_on_a_form_that_was_sent():
    dast = SCALES["dast-10"]
    answers = numbered([1, 1, 1, 0, 0, 1, 0, 0, 0, 0])
    assert score(dast, answers).total == 3
    assert fired(dast, answers) == ()
    assert [one.finding.rule_id for one in fired(dast, answers, sent=True)] == ["dast-10"]
