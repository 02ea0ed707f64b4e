"""Treatment-resistant depression by each definition: tables of cases, and that nothing left out makes one hold."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketachart.knowledge import loader
from ketachart.knowledge.adequate_trials import Trial, assess, definitions, failed_antidepressants
from ketachart.knowledge.screening import Fact
from ketachart.knowledge.site_settings import site_settings

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
TABLE = loader.medicine_table()
BY_ID = {one.id: one for one in definitions()}
SITE = {"intake.trials.carefirst_trials": 2.0, "intake.trials.western_health_trials": 2.0}


def trial(name="sertraline", **changes):
    given = {
        "kind": "medicine",
        "weeks": 8.0,
        "outcome": "no benefit",
        "adequate": "adequate",
        "best_change_percent": 10.0,
    }
    return Trial(name=name, **{**given, **changes})


SSRI, SNRI, ADDED = trial("sertraline"), trial("venlafaxine"), trial("aripiprazole", kind="added medicine")
TALK = trial("cognitive behavioural therapy", kind="talking therapy")


def facts(**changes):
    values = {"age_years": 41, "phq9_total": 19, "result_pdmp": "acceptable", "condition_substance_use_3_months": False}
    return {name: Fact(value=value, at=NOW) for name, value in {**values, **changes}.items() if value is not None}


def judged(definition, trials, known=None, site=SITE):
    return assess(BY_ID[definition], trials, facts() if known is None else known, medicines=TABLE, site=site, at=NOW)


@pytest.mark.parametrize(
    ("definition", "trials", "verdict"),
    [
        ("TRD-LABEL-EU", None, "missing"),
        ("TRD-LABEL-EU", (), "not met"),
        ("TRD-LABEL-EU", (SSRI,), "not met"),
        ("TRD-LABEL-EU", (SSRI, SSRI), "not met"),
        ("TRD-LABEL-EU", (trial("Zoloft"), trial("sertraline hydrochloride")), "not met"),
        ("TRD-LABEL-EU", (SSRI, trial("fluoxetine")), "met"),
        ("TRD-LABEL-EU", (SSRI, trial("fluoxetine", adequate=None)), "missing"),
        ("TRD-LABEL-EU", (SSRI, trial("fluoxetine", adequate="cannot be known")), "missing"),
        ("TRD-LABEL-EU", (SSRI, trial("fluoxetine", adequate="not adequate")), "not met"),
        ("TRD-LABEL-EU", (SSRI, trial("fluoxetine", outcome="good benefit, later lost")), "not met"),
        ("TRD-LABEL-EU", (SSRI, trial("fluoxetine", outcome="not known")), "missing"),
        ("TRD-LABEL-EU", (SSRI, trial("fluoxetine", kind=None)), "missing"),
        ("TRD-LABEL-EU", (SSRI, trial("Xyzzyx")), "missing"),
        ("TRD-LABEL-EU", (SSRI, ADDED), "not met"),
        ("TRD-LABEL-EU", (SSRI, trial("lisinopril")), "not met"),
        ("TRD-CIGNA", (SSRI, SNRI), "met"),
        ("TRD-CIGNA", (SSRI, trial("fluoxetine")), "not met"),
        ("TRD-CIGNA", (trial("bupropion"), trial("mirtazapine")), "met"),
        ("TRD-CIGNA", (SSRI, trial("venlafaxine", weeks=6.0)), "met"),
        ("TRD-CIGNA", (SSRI, trial("venlafaxine", weeks=5.9)), "not met"),
        ("TRD-CIGNA", (SSRI, trial("venlafaxine", weeks=None)), "missing"),
        ("TRD-CIGNA", (SSRI, trial("venlafaxine", best_change_percent=25.0)), "met"),
        ("TRD-CIGNA", (SSRI, trial("venlafaxine", best_change_percent=26.0)), "not met"),
        ("TRD-CIGNA", (SSRI, trial("venlafaxine", best_change_percent=None)), "missing"),
        ("TRD-CIGNA", (SSRI, trial("venlafaxine", best_change_percent=float("nan"))), "missing"),
        ("TRD-CAREFIRST", (SSRI, SNRI, TALK), "met"),
        ("TRD-CAREFIRST", (SSRI, SNRI, ADDED), "met"),
        ("TRD-CAREFIRST", (SSRI, SNRI), "not met"),
        ("TRD-CAREFIRST", (SSRI, trial("venlafaxine", weeks=7.0), TALK), "not met"),
        ("TRD-QUALCHOICE", (SSRI, SNRI, ADDED, trial("lithium", kind="added medicine")), "met"),
        ("TRD-QUALCHOICE", (SSRI, SNRI, ADDED), "not met"),
        ("TRD-QUALCHOICE", (SSRI, SNRI, ADDED, trial("lithium", kind="added medicine", outcome=None)), "missing"),
        ("TRD-WESTERN-HEALTH", (SSRI, trial("venlafaxine", weeks=4.0)), "met"),
        ("TRD-WESTERN-HEALTH", (SSRI, trial("venlafaxine", weeks=3.0)), "not met"),
        ("TRD-CLINIC-IV", (SSRI, SNRI), "met"),
    ],
)
def test_a_history_meets_a_definition_as_its_source_says(definition, trials, verdict):
    assert judged(definition, trials).verdict == verdict


@pytest.mark.parametrize(
    ("definition", "changes", "verdict"),
    [
        ("TRD-CIGNA", {"age_years": 17}, "not met"),
        ("TRD-CIGNA", {"age_years": None}, "missing"),
        ("TRD-CIGNA", {"result_pdmp": "not acceptable"}, "not met"),
        ("TRD-CIGNA", {"result_pdmp": None}, "missing"),
        ("TRD-CAREFIRST", {"condition_substance_use_3_months": True}, "not met"),
        ("TRD-CAREFIRST", {"condition_substance_use_3_months": None}, "missing"),
        ("TRD-QUALCHOICE", {"phq9_total": 15}, "not met"),
        ("TRD-QUALCHOICE", {"phq9_total": 16}, "met"),
        ("TRD-QUALCHOICE", {"phq9_total": None}, "missing"),
    ],
)
def test_what_a_payer_asks_beside_the_trials_is_judged_too(definition, changes, verdict):
    trials = (SSRI, SNRI, ADDED, trial("lithium", kind="added medicine"), TALK)
    assert judged(definition, trials, facts(**changes)).verdict == verdict


@pytest.mark.parametrize(("days", "verdict"), [(28, "met"), (29, "missing"), (-1, "missing")])
def test_a_score_older_than_the_payer_allows_is_missing(days, verdict):
    known = {**facts(), "phq9_total": Fact(value=19, at=NOW - timedelta(days=days))}
    trials = (SSRI, SNRI, ADDED, trial("lithium", kind="added medicine"))
    assert judged("TRD-QUALCHOICE", trials, known).verdict == verdict


@pytest.mark.parametrize("definition", [one.id for one in definitions() if one.antidepressants_setting])
def test_a_number_that_nobody_read_is_missing_until_the_clinic_enters_it(definition):
    found = judged(definition, (SSRI, SNRI, TALK), site={})
    assert found.verdict == "missing"
    assert BY_ID[definition].antidepressants_setting in found.finding.missing
    assert BY_ID[definition].antidepressants_setting in site_settings()


def test_an_unknown_name_asks_who_knows_its_class():
    found = judged("TRD-LABEL-EU", (SSRI, trial("Xyzzyx")))
    assert "Xyzzyx is not in the table: who knows its class?" in found.lines[1].why


def test_the_number_of_failed_antidepressants_is_known_once_it_decides():
    assert failed_antidepressants(judged("TRD-LABEL-EU", (SSRI, SNRI))) == 2
    assert failed_antidepressants(judged("TRD-LABEL-EU", (SSRI,))) == 1
    assert failed_antidepressants(judged("TRD-LABEL-EU", (SSRI, trial("Xyzzyx")))) is None


NAMES = [
    "sertraline",
    "Zoloft",
    "fluoxetine",
    "venlafaxine",
    "bupropion",
    "mirtazapine",
    "lithium",
    "Xyzzyx",
    "lisinopril",
]
TRIALS = st.lists(
    st.builds(
        Trial,
        name=st.sampled_from(NAMES),
        kind=st.sampled_from([None, "medicine", "added medicine", "talking therapy", "ECT"]),
        weeks=st.sampled_from([None, 3.0, 4.0, 6.0, 8.0]),
        outcome=st.sampled_from([None, "no benefit", "not enough benefit", "good benefit", "not known"]),
        adequate=st.sampled_from([None, "adequate", "not adequate", "cannot be known"]),
        best_change_percent=st.sampled_from([None, 0.0, 25.0, 60.0]),
    ),
    max_size=5,
)
KNOWN = st.fixed_dictionaries(
    {},
    optional={
        "age_years": st.sampled_from([17, 18]),
        "phq9_total": st.sampled_from([15, 16]),
        "result_pdmp": st.sampled_from(["acceptable", "not acceptable"]),
        "condition_substance_use_3_months": st.booleans(),
    },
)
FIELDS = ("kind", "weeks", "outcome", "adequate", "best_change_percent")


@settings(deadline=None)
@given(TRIALS, KNOWN, st.data())
def test_removing_a_datum_never_makes_a_definition_hold(trials, known, data):
    """A datum of a trial, a whole trial, a fact about the person, the whole history, or the clinic's own number."""
    values = {name: Fact(value=value, at=NOW) for name, value in known.items()}
    fewer, smaller, site = list(trials), dict(values), dict(SITE)
    what = data.draw(
        st.sampled_from(["history", "site", *(["trial", "field"] if trials else []), *(["fact"] if known else [])])
    )
    if what == "history":
        fewer = None
    elif what == "site":
        site = {}
    elif what == "fact":
        del smaller[data.draw(st.sampled_from(sorted(smaller)))]
    else:
        place = data.draw(st.integers(0, len(trials) - 1))
        if what == "trial":
            del fewer[place]
        else:
            fewer[place] = msgspec.structs.replace(fewer[place], **{data.draw(st.sampled_from(FIELDS)): None})
    for name in BY_ID:
        before = judged(name, tuple(trials), values).verdict
        after = judged(name, None if fewer is None else tuple(fewer), smaller, site).verdict
        assert not (after == "met" and before != "met"), name
