from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketachart.knowledge import loader
from ketachart.knowledge.findings import gate_holds
from ketachart.knowledge.screening import Fact, data_needed, judge, judge_all

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
RULES = loader.screening_rules()
BY_ID = {rule.id: rule for rule in RULES}
TABLE = loader.medicine_table()

CLEAR = {
    **{name: False for name, item in loader.data_items().items() if item.kind == "yes_no"},
    "hepatic_impairment": "none",
    "pregnancy": "test negative",
    "sex_at_birth": "female",
    "medicines": ("sertraline",),
    "adequate_failed_trials": 2,
    "age_years": 41,
    "systolic_mmhg": 124,
    "diastolic_mmhg": 78,
    "heart_rate_per_min": 71,
    "spo2_percent": 98,
    "weight_kg": 80.0,
    "height_cm": 175,
}


def facts(**changes):
    values = {**CLEAR, **changes}
    return {name: Fact(value=value, at=NOW) for name, value in values.items() if value is not None}


def verdict(rule_id, **changes):
    return judge(BY_ID[rule_id], facts(**changes), medicines=TABLE, at=NOW).verdict


def test_a_person_about_whom_everything_is_known_and_clear_meets_every_rule():
    findings = judge_all(RULES, facts(), medicines=TABLE, at=NOW)
    assert [one.rule_id for one in findings if one.verdict != "met"] == []
    assert gate_holds(findings)


def test_a_person_about_whom_nothing_is_known_meets_no_rule():
    findings = judge_all(RULES, {}, medicines=TABLE, at=NOW)
    assert {one.verdict for one in findings} == {"missing"}
    assert len(findings) == len(RULES)
    assert not gate_holds(findings)


@pytest.mark.parametrize(
    ("rule_id", "changes", "expected"),
    [
        ("EL01R", {"condition_aneurysmal_disease": True}, "not met"),
        ("EL01R", {"condition_arteriovenous_malformation": True}, "not met"),
        ("EL01R", {"condition_arteriovenous_malformation": None}, "missing"),
        ("EL01R", {"condition_aneurysmal_disease": None, "condition_arteriovenous_malformation": True}, "not met"),
        ("EL02R", {"condition_intracerebral_haemorrhage": True}, "not met"),
        ("EL03", {"allergy_ketamine": True}, "not met"),
        ("EL03", {"allergy_ketamine": None}, "missing"),
        ("EL04", {"condition_blood_pressure_rise_hazardous": True}, "not met"),
        ("EL10", {"systolic_mmhg": 160, "diastolic_mmhg": 90}, "met"),
        ("EL10", {"systolic_mmhg": 161}, "not met"),
        ("EL10", {"diastolic_mmhg": 91}, "not met"),
        ("EL10", {"systolic_mmhg": None}, "missing"),
        ("EL10", {"systolic_mmhg": None, "diastolic_mmhg": 91}, "not met"),
        ("EL10", {"systolic_mmhg": float("nan")}, "not met"),
        ("EL12", {"spo2_percent": 93}, "met"),
        ("EL12", {"spo2_percent": 92}, "not met"),
        ("EL18", {"hepatic_impairment": "severe (Child-Pugh C)"}, "not met"),
        ("EL18", {"hepatic_impairment": "moderate (Child-Pugh B)"}, "met"),
        ("EL19", {"hepatic_impairment": "moderate (Child-Pugh B)"}, "not met"),
        ("EL19", {"hepatic_impairment": "fine I think"}, "missing"),
        ("EL20", {"pregnancy": "pregnant"}, "not met"),
        ("EL20", {"pregnancy": "possible, not tested"}, "missing"),
        ("EL20", {"pregnancy": None}, "missing"),
        ("EL20", {"pregnancy": None, "sex_at_birth": "male"}, "met"),
        ("EL20", {"pregnancy": None, "sex_at_birth": None}, "missing"),
        ("EL29", {"age_years": 18}, "met"),
        ("EL29", {"age_years": 17}, "not met"),
        ("EL31", {"weight_kg": 44.9}, "not met"),
        ("EL31", {"weight_kg": 115}, "met"),
        ("EL31", {"weight_kg": 176}, "not met"),
        ("FIT02", {"adequate_failed_trials": 1}, "not met"),
        ("FIT02", {"adequate_failed_trials": None}, "missing"),
        ("DI01", {"medicines": ()}, "met"),
        ("DI01", {"medicines": ("Lorazepam",)}, "not met"),
        ("DI01", {"medicines": ("zolpidem",)}, "not met"),
        ("DI01", {"medicines": ("klonopinish",)}, "missing"),
        ("DI01", {"medicines": ("klonopinish", "lorazepam")}, "not met"),
        ("DI01", {"medicines": None}, "missing"),
        ("DI02", {"medicines": ("meperidine",)}, "not met"),
        ("DI03", {"medicines": ("  Methylphenidate ",)}, "not met"),
        ("DI04", {"medicines": ("tranylcypromine",)}, "not met"),
        ("DI06", {"medicines": ("aminophylline",)}, "not met"),
    ],
)
def test_a_screening_rule_gives_the_verdict_of_its_source(rule_id, changes, expected):
    assert verdict(rule_id, **changes) == expected


@pytest.mark.parametrize("name", sorted({name for rule in RULES for name in data_needed(rule.test)}))
def test_every_rule_that_needs_a_datum_says_missing_without_it(name):
    without = facts(**{name: None})
    for rule in RULES:
        if name in data_needed(rule.test):
            finding = judge(rule, without, medicines=TABLE, at=NOW)
            assert finding.verdict == "missing", rule.id
            assert name in finding.missing


POSSIBLE = {
    name: [False, True]
    if item.kind == "yes_no"
    else list(item.choices)
    if item.kind == "choice"
    else [(), ("sertraline",), ("lorazepam",), ("nonsense",), ("theophylline", "nonsense")]
    if item.kind == "list"
    else [0, 1, 2, 17, 18, 44, 80, 92, 93, 116, 161, 400]
    for name, item in loader.data_items().items()
}


@settings(deadline=None)
@given(
    st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in POSSIBLE.items()}),
    st.data(),
)
def test_removing_a_datum_never_turns_missing_or_not_met_into_met(values, data):
    known = {name: Fact(value=value, at=NOW) for name, value in values.items()}
    if not known:
        return
    gone = data.draw(st.sampled_from(sorted(known)))
    fewer = {name: fact for name, fact in known.items() if name != gone}
    for rule in RULES:
        before = judge(rule, known, medicines=TABLE, at=NOW).verdict
        after = judge(rule, fewer, medicines=TABLE, at=NOW).verdict
        assert not (after == "met" and before != "met"), rule.id


def test_a_reading_that_must_be_fresh_is_missing_when_old_undated_or_from_the_future():
    rule = BY_ID["EL10"]
    limited = type(rule.test)(limits=rule.test.limits, no_older_than_days=30)
    fresh_rule = type(rule)(
        **{**{f: getattr(rule, f) for f in rule.__struct_fields__}, "test": limited},
    )
    for at, expected in [
        (NOW - timedelta(days=30), "met"),
        (NOW - timedelta(days=31), "missing"),
        (NOW + timedelta(days=1), "missing"),
        (None, "missing"),
    ]:
        known = {name: Fact(value=100 if "sys" in name else 70, at=at) for name in ("systolic_mmhg", "diastolic_mmhg")}
        assert judge(fresh_rule, known, medicines=TABLE, at=NOW).verdict == expected


def test_rules_apply_only_to_their_product_and_are_silent_for_another():
    ids = {
        one.rule_id for one in judge_all(RULES, {}, medicines=TABLE, at=NOW, product="ketamine-injection", route="IV")
    }
    assert "EL01R" in ids
    assert "EL01" not in ids
    assert "EL10" in ids


def test_a_rule_not_yet_in_force_gives_no_finding():
    assert judge_all(RULES, {}, medicines=TABLE, at=datetime(2024, 12, 31, tzinfo=UTC)) == ()


def test_a_finding_shows_what_it_saw_and_where_that_comes_from():
    finding = judge(BY_ID["EL10"], facts(systolic_mmhg=171), medicines=TABLE, at=NOW)
    assert [(one.what, one.value) for one in finding.seen] == [("systolic_mmhg", 171), ("diastolic_mmhg", 78)]
    assert "PMC6727003" in finding.source.citation
    assert finding.overridable is not None
