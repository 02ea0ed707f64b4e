from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketachart.knowledge import loader
from ketachart.knowledge.findings import gate_holds
from ketachart.knowledge.screening import LAST_TAKEN, Answers, Fact, Numbers, Result, data_needed, judge, judge_all

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
RULES = loader.screening_rules()
BY_ID = {rule.id: rule for rule in RULES}
TABLE = loader.medicine_table()

NEEDED = {name for rule in RULES for name in data_needed(rule.test)}
WANTED = {name for rule in RULES if isinstance(rule.test, Answers) and rule.test.must_be for name in rule.test.facts}

CLEAR = {
    **{name: name in WANTED for name, item in loader.data_items().items() if item.kind == "yes_no"},
    **{name: "acceptable" for name, item in loader.data_items().items() if item.section == "results"},
    "hepatic_impairment": "none",
    "pregnancy": "test negative",
    "sex_at_birth": "female",
    "medicines": ("sertraline",),
    "adequate_failed_trials": 2,
    "failed_antidepressants": 2,
    "phq9_total": 19,
    "gad7_total": 12,
    "pcl5_total": 20,
    "age_years": 41,
    "systolic_mmhg": 124,
    "diastolic_mmhg": 78,
    "heart_rate_per_min": 71,
    "respiratory_rate_per_min": 14,
    "spo2_percent": 98,
    "weight_kg": 80.0,
    "height_cm": 175,
}


SITE = {"intake.screening.pregnancy_test_days": 7.0, "intake.screening.review_unverified_conditions": True}


def facts(**changes):
    values = {**CLEAR, **changes}
    return {name: Fact(value=value, at=NOW) for name, value in values.items() if value is not None}


def verdict(rule_id, **changes):
    return judge(BY_ID[rule_id], facts(**changes), medicines=TABLE, at=NOW, site=SITE).verdict


def test_a_person_about_whom_everything_is_known_and_clear_meets_every_rule():
    findings = judge_all(RULES, facts(), medicines=TABLE, at=NOW, site=SITE)
    assert [one.rule_id for one in findings if one.verdict != "met"] == []
    assert gate_holds(findings)


def test_a_person_about_whom_nothing_is_known_meets_no_rule():
    findings = judge_all(RULES, {}, medicines=TABLE, at=NOW, site=SITE)
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
        ("EL06", {"condition_accelerated_hypertension": True}, "not met"),
        ("EL10B", {"systolic_mmhg": 89}, "not met"),
        ("EL10B", {"systolic_mmhg": 180}, "met"),
        ("EL11", {"heart_rate_per_min": 49}, "not met"),
        ("EL11", {"respiratory_rate_per_min": 31}, "not met"),
        ("EL11", {"respiratory_rate_per_min": None}, "missing"),
        ("EL12B", {"spo2_percent": 94}, "not met"),
        ("EL13B", {"condition_difficult_airway": True}, "not met"),
        ("EL15", {"condition_serious_head_injury": True}, "not met"),
        ("EL17", {"condition_hypertensive_encephalopathy": True}, "not met"),
        ("EL20C", {"contraception": False}, "not met"),
        ("EL20C", {"contraception": None, "pregnancy": "not possible"}, "met"),
        ("EL20C", {"contraception": None, "sex_at_birth": "male"}, "met"),
        ("EL20C", {"contraception": None, "sex_at_birth": None}, "missing"),
        ("EL25", {"condition_neurocognitive_disorder": True}, "not met"),
        ("EL26H", {"condition_substance_use_3_months": True}, "not met"),
        ("EL27H", {"condition_ketamine_misuse": True}, "not met"),
        ("EL28H", {"condition_suicide_intent": None}, "missing"),
        ("EL29S", {"age_years": 17}, "not met"),
        ("EL30", {"age_years": 64}, "met"),
        ("EL30", {"age_years": 65}, "not met"),
        ("EL33", {"result_liver_tests": "not acceptable"}, "not met"),
        ("EL33", {"result_liver_tests": None}, "missing"),
        ("EL34", {"result_ecg": "not needed"}, "met"),
        ("EL34", {"result_ecg": "not needed", "condition_cardiovascular_risk": True}, "not met"),
        ("EL34", {"result_ecg": "not needed", "condition_cardiovascular_risk": None}, "missing"),
        ("EL34", {"result_ecg": "acceptable", "condition_cardiovascular_risk": True}, "met"),
        ("EL35", {"result_urine_drug_test": "not needed", "condition_suspected_drug_use": True}, "not met"),
        ("EL39", {"rems_patient_enrolled": False}, "not met"),
        ("EL39", {"rems_pharmacy_certified": None}, "missing"),
        ("EL40", {"condition_severe_personality_disorder": True}, "not met"),
        ("EL42", {"condition_porphyria": True}, "not met"),
        ("FIT01", {"failed_antidepressants": 1}, "not met"),
        ("FIT01", {"failed_antidepressants": None}, "missing"),
        ("FIT01B", {"medicines": ("lisinopril",)}, "not met"),
        ("FIT01B", {"medicines": ("Lexapro",)}, "met"),
        ("FIT01B", {"medicines": ("xyzzy",)}, "missing"),
        ("FIT06", {"phq9_total": 9, "gad7_total": 10}, "met"),
        ("FIT06", {"phq9_total": 9, "gad7_total": 9}, "not met"),
        ("FIT06", {"phq9_total": 9, "gad7_total": None}, "missing"),
        ("FIT07", {"phq9_total": 9, "gad7_total": 9, "pcl5_total": 33}, "met"),
        ("FIT08", {"adequate_failed_trials": 0}, "not met"),
        ("FIT09", {"adequate_failed_trials": 1}, "not met"),
        ("DI02", {"medicines": ("gabapentin",)}, "not met"),
        ("DI02", {"medicines": ("alcohol",)}, "not met"),
        ("DI02", {"medicines": ("Percocet",)}, "not met"),
        ("DI05", {"medicines": ("theophylline",)}, "not met"),
        ("DI05", {"medicines": ("vasopressin",)}, "not met"),
        ("DI10", {"medicines": ("haloperidol",)}, "not met"),
        ("DI10", {"medicines": ("olanzapine",)}, "met"),
        ("DI11", {"medicines": ("grapefruit juice",)}, "not met"),
        ("DI12", {"medicines": ("St John’s wort",)}, "not met"),
        ("DI14", {"condition_unprescribed_psychoactives_4_weeks": True}, "not met"),
        ("DI15", {"medicines": ("Prozac",)}, "not met"),
        ("DI16", {"medicines": ("clonidine",)}, "not met"),
        ("DI17", {"condition_concurrent_ect_tms_ketamine": True}, "not met"),
    ],
)
def test_a_screening_rule_gives_the_verdict_of_its_source(rule_id, changes, expected):
    assert verdict(rule_id, **changes) == expected


@pytest.mark.parametrize("name", sorted({name for rule in RULES for name in data_needed(rule.test)}))
def test_every_rule_that_needs_a_datum_says_missing_without_it(name):
    without = facts(**{name: None})
    for rule in RULES:
        reason_only = isinstance(rule.test, Result) and name in rule.test.reasons
        other_is_enough = isinstance(rule.test, Numbers) and rule.test.one_is_enough
        if name in data_needed(rule.test) and not (reason_only or other_is_enough):
            finding = judge(rule, without, medicines=TABLE, at=NOW, site=SITE)
            assert finding.verdict == "missing", rule.id
            assert name in finding.missing


@pytest.mark.parametrize(
    ("medicines", "taken", "expected"),
    [
        ((), {}, "met"),
        (("sertraline",), {}, "met"),
        (("lorazepam",), {}, "missing"),
        (("lorazepam",), {"lorazepam": 11.9}, "not met"),
        (("lorazepam",), {"lorazepam": 12.0}, "met"),
        (("lorazepam",), {"lorazepam": -1.0}, "not met"),
        (("lorazepam", "zolpidem"), {"lorazepam": 20.0}, "missing"),
        (("lorazepam", "zolpidem"), {"zolpidem": 2.0}, "not met"),
        (("xyzzy",), {}, "missing"),
        (None, {}, "missing"),
    ],
)
def test_twelve_hours_without_a_sedative_are_known_only_from_the_time_of_the_last_dose(medicines, taken, expected):
    known = facts(medicines=medicines)
    known |= {LAST_TAKEN + name: Fact(value=True, at=NOW - timedelta(hours=hours)) for name, hours in taken.items()}
    assert judge(BY_ID["DI01T"], known, medicines=TABLE, at=NOW, site=SITE).verdict == expected


@pytest.mark.parametrize(
    ("days_old", "site", "status", "expected"),
    [
        (3, 7.0, "test negative", "met"),
        (8, 7.0, "test negative", "missing"),
        (300, 7.0, "not possible", "met"),
        (3, 7.0, "pregnant", "not met"),
        (3, None, "test negative", "missing"),
        (-1, 7.0, "test negative", "missing"),
    ],
)
def test_how_old_a_pregnancy_test_may_be_is_the_clinics_own_value(days_old, site, status, expected):
    known = {"pregnancy": Fact(value=status, at=NOW - timedelta(days=days_old))}
    values = {} if site is None else {"intake.screening.pregnancy_test_days": site}
    finding = judge(BY_ID["EL20A"], known, medicines=TABLE, at=NOW, site=values)
    assert finding.verdict == expected
    assert finding.blocks is (site is not None)


@pytest.mark.parametrize(("said", "verdicts"), [(None, ["missing"]), (False, []), (True, ["met"])])
def test_a_rule_that_no_source_carries_is_judged_only_where_the_clinic_wants_it(said, verdicts):
    setting = "intake.screening.review_unverified_conditions"
    site = {} if said is None else {setting: said}
    found = [one for one in judge_all(RULES, facts(), medicines=TABLE, at=NOW, site=site) if one.rule_id == "EL42"]
    assert [one.verdict for one in found] == verdicts
    assert not any(one.blocks for one in found if said is None)


FACT_BASE = (
    [f"EL{n:02}" for n in range(1, 43)] + [f"FIT{n:02}" for n in range(1, 11)] + [f"DI{n:02}" for n in range(1, 18)]
)
ELSEWHERE = {
    **dict.fromkeys(("EL08", "EL09", "EL36", "EL37"), "the room judges the day's own readings (session.toml, ST..)"),
    "EL38": "DI13",
    **dict.fromkeys(("FIT03", "FIT04", "FIT05"), "payers: adequate_trials.toml"),
    "FIT10": "evidence for pain: indications.toml",
}


@pytest.mark.parametrize("fact", FACT_BASE)
def test_every_rule_of_the_fact_base_is_judged_somewhere(fact):
    assert (fact in BY_ID) is not (fact in ELSEWHERE)


POSSIBLE = {
    name: [False, True]
    if item.kind == "yes_no"
    else list(item.choices)
    if item.kind == "choice"
    else [(), ("sertraline",), ("lorazepam",), ("nonsense",), ("theophylline", "nonsense"), ("zolpidem", "budesonide")]
    if item.kind == "list"
    else [0, 1, 2, 9, 10, 14, 17, 18, 31, 44, 64, 80, 92, 93, 95, 116, 161, 400]
    for name, item in loader.data_items().items()
} | {LAST_TAKEN + name: [True] for name in ("lorazepam", "zolpidem", "budesonide")}
AGES = st.sampled_from([timedelta(0), timedelta(hours=2), timedelta(hours=13), timedelta(days=30), timedelta(days=-1)])
SITES = st.fixed_dictionaries(
    {},
    optional={
        "intake.screening.pregnancy_test_days": st.sampled_from([0.0, 7.0, 60.0]),
        "intake.screening.review_unverified_conditions": st.just(True),
    },
)


@settings(deadline=None)
@given(
    st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in POSSIBLE.items()}),
    SITES,
    st.data(),
)
def test_removing_a_datum_never_turns_missing_or_not_met_into_met(values, site, data):
    """A datum is an answer, a number, a time, or a value that the clinic has set."""
    known = {name: Fact(value=value, at=NOW - data.draw(AGES)) for name, value in values.items()}
    if not known and not site:
        return
    gone = data.draw(st.sampled_from(sorted([*known, *site])))
    fewer = {name: fact for name, fact in known.items() if name != gone}
    if gone in known and data.draw(st.booleans()):
        fewer = {**known, gone: Fact(value=known[gone].value, at=None)}
    smaller = {name: value for name, value in site.items() if name != gone}
    for rule in RULES:
        before = judge(rule, known, medicines=TABLE, at=NOW, site=site).verdict
        after = judge(rule, fewer, medicines=TABLE, at=NOW, site=smaller).verdict
        assert not (after == "met" and before != "met"), rule.id


@settings(deadline=None)
@given(
    st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in POSSIBLE.items()}), st.data()
)
def test_adding_a_datum_never_turns_met_into_missing(values, data):
    """The other direction: what is met needs nothing more; more knowledge can only confirm it or speak against it."""
    known = {name: Fact(value=value, at=NOW) for name, value in values.items()}
    new = data.draw(st.sampled_from(sorted(set(POSSIBLE) - set(known)) or ["age_years"]))
    more = {**known, new: Fact(value=data.draw(st.sampled_from(POSSIBLE[new])), at=NOW)}
    for rule in RULES:
        before = judge(rule, known, medicines=TABLE, at=NOW, site=SITE).verdict
        after = judge(rule, more, medicines=TABLE, at=NOW, site=SITE).verdict
        assert not (before == "met" and after == "missing" and new not in known), rule.id


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
        assert judge(fresh_rule, known, medicines=TABLE, at=NOW, site=SITE).verdict == expected


def test_rules_apply_only_to_their_product_and_are_silent_for_another():
    ids = {
        one.rule_id
        for one in judge_all(RULES, {}, medicines=TABLE, at=NOW, site=SITE, product="ketamine-injection", route="IV")
    }
    assert "EL01R" in ids
    assert "EL01" not in ids
    assert "EL10" in ids


def test_a_rule_not_yet_in_force_gives_no_finding():
    assert judge_all(RULES, {}, medicines=TABLE, site=SITE, at=datetime(2024, 12, 31, tzinfo=UTC)) == ()


def test_a_finding_shows_what_it_saw_and_where_that_comes_from():
    finding = judge(BY_ID["EL10"], facts(systolic_mmhg=171), medicines=TABLE, at=NOW, site=SITE)
    assert [(one.what, one.value) for one in finding.seen] == [("systolic_mmhg", 171), ("diastolic_mmhg", 78)]
    assert "PMC6727003" in finding.source.citation
    assert finding.overridable is not None
