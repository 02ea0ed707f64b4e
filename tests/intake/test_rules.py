from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketachart.intake import rules
from ketachart.intake.facts import Person, Recorded, facts_from
from ketachart.intake.kinds import (
    Allergies,
    Allergy,
    Conditions,
    Intended,
    Measurements,
    Medicine,
    Medicines,
    Pregnancy,
    ResultEntry,
    Results,
    Treatment,
    Treatments,
)
from ketachart.intake.rules import Decided, SignedConsent
from ketachart.knowledge import loader
from ketachart.knowledge.findings import OverrideGiven, gate_holds
from ketachart.knowledge.screening import data_needed
from tests.intake.conftest import ASKED_RESULTS, TRIALS

AT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
IV_TRD = Intended(product="ketamine-injection", route="IV", indication="TRD")
RULES = loader.screening_rules()
TABLE = loader.medicine_table()
CONDITION_ITEMS = [item for item in loader.data_items().values() if item.section == "conditions"]
FIRST = {"version": 1, "follows": None}


def said(content):
    return Recorded(content=content, at=AT)


def clear_history():
    answers = {item.id: "none" if item.choices else "no" for item in CONDITION_ITEMS}
    return {
        "conditions": said(Conditions(**FIRST, answers=answers)),
        "medicines": said(Medicines(**FIRST, stated="listed", medicines=(Medicine(ingredient="sertraline"),))),
        "allergies": said(Allergies(**FIRST, stated="none", reaction_to_ketamine="no")),
        "treatments": said(Treatments(**FIRST, stated="listed", treatments=TRIALS)),
        "pregnancy": said(Pregnancy(**FIRST, status="test negative", tested_on=date(2026, 11, 20), breastfeeding="no")),
        "results": said(
            Results(
                **FIRST, results=tuple(ResultEntry(test=one, judged="not needed", note="-") for one in ASKED_RESULTS)
            )
        ),
        "measurements": said(
            Measurements(
                **FIRST,
                measured_at=AT - timedelta(hours=1),
                systolic_mmhg=124.0,
                diastolic_mmhg=78.0,
                heart_rate_per_min=70.0,
                respiratory_rate_per_min=14.0,
                spo2_percent=98.0,
                weight_kg=80.0,
                height_cm=175.0,
            )
        ),
    }


ADULT = Person(birth_date=date(1981, 2, 14), sex_at_birth="female")


SITE = {"intake.screening.pregnancy_test_days": 7.0, "intake.screening.review_unverified_conditions": True}


def screen(history, person=ADULT, intended=IV_TRD, site=SITE):
    return rules.screen(RULES, history, person, intended, medicines=TABLE, at=AT, site=site)


def verdicts(history, person=ADULT):
    return {one.rule_id: one.verdict for one in screen(history, person)}


def test_a_clear_and_complete_history_holds():
    findings = screen(clear_history())
    assert [one.rule_id for one in findings if one.verdict != "met"] == []
    assert gate_holds(findings)


def test_an_empty_history_is_all_missing():
    assert set(verdicts({}, Person()).values()) == {"missing"}


@pytest.mark.parametrize("section", sorted(clear_history()))
def test_a_section_nobody_recorded_makes_rules_missing_and_none_met_anew(section):
    whole = clear_history()
    fewer = {name: content for name, content in whole.items() if name != section}
    before, after = verdicts(whole), verdicts(fewer)
    assert "missing" in after.values()
    assert all(after[rule] == "missing" or after[rule] == before[rule] for rule in before)


JUDGED_FOR_IV = {
    name
    for rule in RULES
    if rule.applies(product="ketamine-injection", route="IV", indication="TRD", phase="course")
    for name in data_needed(rule.test)
}


@pytest.mark.parametrize(
    "item", [item for item in CONDITION_ITEMS if item.id in JUDGED_FOR_IV], ids=lambda item: item.id
)
@pytest.mark.parametrize("said_instead", ["not known", None])
def test_a_condition_not_asked_or_not_known_is_missing(item, said_instead):
    history = clear_history()
    answers = dict(history["conditions"].content.answers)
    answers.pop(item.id)
    if said_instead:
        answers[item.id] = said_instead
    history["conditions"] = said(Conditions(**FIRST, answers=answers))
    waiting = [one for one in screen(history) if item.id in one.missing]
    assert {one.verdict for one in waiting} <= {"missing"}
    assert rules.open_questions(screen(history), loader.data_items())[0].item.id == item.id


@pytest.mark.parametrize(
    ("treatments", "expected"),
    [
        ((), None),
        ((Treatment(name="a"),), None),
        ((Treatment(name="a", adequate="adequate", outcome="no benefit"), Treatment(name="b")), None),
        ((Treatment(name="a", adequate="adequate", outcome="not known"),), None),
        ((Treatment(name="a", adequate="adequate"),), None),
        ((Treatment(name="a", adequate="adequate", outcome="no benefit"),), 1),
        ((Treatment(name="a", adequate="adequate", outcome="not enough benefit"),) * 3, 3),
        ((Treatment(name="a", adequate="adequate", outcome="good benefit"),), 0),
        ((Treatment(name="a", adequate="adequate", outcome="good benefit, later lost"),), 0),
        ((Treatment(name="a", adequate="not adequate", outcome="no benefit"),), 0),
        ((Treatment(name="a", adequate="cannot be known"),), 0),
    ],
)
def test_failed_adequate_trials_are_counted_only_when_each_was_judged(treatments, expected):
    content = Treatments(**FIRST, stated="listed", treatments=treatments)
    facts = facts_from({"treatments": said(content)}, Person(), at=AT)
    found = facts.get("adequate_failed_trials")
    assert (found.value if found else None) == expected


def test_none_is_not_the_same_as_not_asked():
    nothing = facts_from({}, Person(), at=AT)
    none = facts_from({"medicines": said(Medicines(**FIRST, stated="none"))}, Person(), at=AT)
    assert "medicines" not in nothing
    assert none["medicines"].value == ()


def test_allergies_without_the_ketamine_question_say_nothing_about_ketamine():
    content = Allergies(**FIRST, stated="listed", allergies=(Allergy(substance="penicillin"),))
    assert facts_from({"allergies": said(content)}, Person(), at=AT) == {}


def test_a_measurement_keeps_the_time_it_was_measured():
    facts = facts_from(clear_history(), ADULT, at=AT)
    assert facts["weight_kg"].at == AT - timedelta(hours=1)


def at_day(day, content):
    return Recorded(content=content, at=AT + timedelta(days=day))


@pytest.mark.parametrize(
    ("later", "expected"),
    [({}, False), ({"condition_stroke": "yes"}, True), ({"condition_stroke": "not known"}, None)],
)
def test_an_answer_stands_until_it_is_asked_again_and_not_known_takes_it_away(later, expected):
    history = {
        "1": at_day(0, Conditions(**FIRST, answers={"condition_stroke": "no", "condition_sleep_apnoea": "yes"})),
        "2": at_day(9, Conditions(**FIRST, answers=later)),
    }
    facts = facts_from(history, Person(), at=AT + timedelta(days=10))
    found = facts.get("condition_stroke")
    assert (found.value if found else None) == expected
    assert facts["condition_sleep_apnoea"].at == AT


def test_a_value_measured_earlier_but_entered_later_does_not_stand():
    measured = [
        Measurements(**FIRST, measured_at=AT, weight_kg=80.0),
        Measurements(**FIRST, measured_at=AT - timedelta(days=30), weight_kg=92.0, height_cm=175.0),
    ]
    history = {str(place): at_day(place, one) for place, one in enumerate(measured)}
    facts = facts_from(history, Person(), at=AT + timedelta(days=3))
    assert facts["weight_kg"].value == 80.0
    assert facts["height_cm"].at == AT - timedelta(days=30)


def test_a_new_list_of_medicines_or_treatments_replaces_the_old_one_whole():
    judged = Treatment(name="a", adequate="adequate", outcome="no benefit")
    history = {
        "1": at_day(0, Treatments(**FIRST, stated="listed", treatments=(judged, judged))),
        "2": at_day(1, Treatments(**FIRST, stated="listed", treatments=(judged, Treatment(name="b")))),
        "3": at_day(2, Medicines(**FIRST, stated="listed", medicines=(Medicine(ingredient="lorazepam"),))),
        "4": at_day(3, Medicines(**FIRST, stated="none")),
    }
    facts = facts_from(history, Person(), at=AT + timedelta(days=4))
    assert "adequate_failed_trials" not in facts
    assert facts["medicines"].value == ()


ANSWER = st.sampled_from(["yes", "no", "not known"])


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from([item.id for item in CONDITION_ITEMS if not item.choices]), ANSWER),
    st.lists(st.sampled_from(["sertraline", "lorazepam", "qwerty"]), max_size=3),
    st.booleans(),
    st.data(),
)
def test_removing_anything_from_a_history_never_makes_a_rule_met(answers, names, male, data):
    person = Person(birth_date=date(1981, 2, 14), sex_at_birth="male" if male else "female")
    medicines = tuple(Medicine(ingredient=name) for name in names)
    stated = "listed" if names else "none"
    history = {
        **clear_history(),
        "conditions": said(Conditions(**FIRST, answers=answers)),
        "medicines": said(Medicines(**FIRST, stated=stated, medicines=medicines)),
    }
    before = verdicts(history, person)
    removable = ["section", "sex", "birth", *(["answer"] if answers else [])]
    what = data.draw(st.sampled_from(removable))
    if what == "section":
        history.pop(data.draw(st.sampled_from(sorted(history))))
    elif what == "answer":
        gone = data.draw(st.sampled_from(sorted(answers)))
        left = {name: answer for name, answer in answers.items() if name != gone}
        history["conditions"] = said(Conditions(**FIRST, answers=left))
    else:
        person = Person(
            birth_date=None if what == "birth" else person.birth_date,
            sex_at_birth=None if what == "sex" else person.sex_at_birth,
        )
    after = verdicts(history, person)
    assert [rule for rule in after if after[rule] == "met" and before[rule] != "met"] == []


def decision(findings, outcome="eligible"):
    return Decided(outcome=outcome, at=AT, by_name="Dr Test", findings=tuple(findings))


def with_condition(name):
    history = clear_history()
    answers = {**history["conditions"].content.answers, name: "yes"}
    history["conditions"] = said(Conditions(**FIRST, answers=answers))
    return history


@pytest.mark.parametrize(
    ("decided", "now", "verdict"),
    [
        (None, "clear", "missing"),
        ("eligible", "clear", "met"),
        ("conditional", "clear", "not met"),
        ("not eligible", "clear", "not met"),
        ("eligible", "changed", "not met"),
        ("eligible", "empty", "not met"),
    ],
)
def test_eligibility_holds_only_for_an_eligible_decision_that_nothing_has_changed(decided, now, verdict):
    then = screen(clear_history())
    today = {"clear": then, "changed": screen(with_condition("condition_stroke")), "empty": ()}[now]
    found = rules.eligibility_finding(decision(then, decided) if decided else None, today, ())
    assert found.verdict == verdict


def test_an_overridden_finding_holds_as_long_as_it_stays_the_same():
    findings = screen(with_condition("condition_stroke"))
    given_override = OverrideGiven(
        rule_id="EL16",
        rule_version="1",
        verdict="not met",
        reason="old, fully recovered",
        by_name="Dr A",
        by_role="prescriber",
        by_id="1",
    )
    decided = decision(findings)
    assert rules.eligibility_finding(decided, findings, (given_override,)).verdict == "met"
    assert rules.eligibility_finding(decided, findings, ()).verdict == "not met"


@pytest.mark.parametrize(
    ("outcome", "reasons", "conditions", "field"),
    [
        ("eligible", "", None, "reasons"),
        ("eligible", "fits", None, "outcome"),
        ("conditional", "fits", "", "conditions"),
        ("conditional", "fits", "after an ECG", None),
        ("not eligible", "psychosis", None, None),
    ],
)
def test_a_decision_over_standing_findings_is_refused_with_its_field(outcome, reasons, conditions, field):
    problem = rules.decision_problem(outcome, reasons=reasons, conditions=conditions, findings=screen({}), overrides=())
    assert (problem[0] if problem else None) == field


def test_the_digest_changes_with_any_value_seen_and_not_with_the_order():
    findings = screen(clear_history())
    other = clear_history()
    content = msgspec.structs.replace(other["measurements"].content, systolic_mmhg=125.0)
    other["measurements"] = said(content)
    assert rules.findings_sha256(findings) == rules.findings_sha256(tuple(reversed(findings)))
    assert rules.findings_sha256(findings) != rules.findings_sha256(screen(other))


TEXT = loader.consent_text(product="ketamine-injection", route="IV", indication="TRD", on=date(2026, 11, 22))
TEXTS = {(TEXT.id, TEXT.version): TEXT}


def consent(**changes):
    fields = {
        "consent_id": "c",
        "text_id": TEXT.id,
        "text_version": TEXT.version,
        "text_sha256": TEXT.sha256,
        "product": "ketamine-injection",
        "route": "IV",
        "indication": "TRD",
        "signed_at": AT - timedelta(days=3),
    }
    return SignedConsent(**{**fields, **changes})


@pytest.mark.parametrize(
    ("consents", "verdict"),
    [
        ([], "missing"),
        ([consent()], "met"),
        ([consent(product="spravato")], "missing"),
        ([consent(route="IM")], "missing"),
        ([consent(indication="PTSD")], "missing"),
        ([consent(signed_at=AT + timedelta(seconds=1))], "missing"),
        ([consent(withdrawn_at=AT - timedelta(hours=1))], "not met"),
        ([consent(withdrawn_at=AT)], "not met"),
        ([consent(text_sha256="0" * 64)], "not met"),
        ([consent(text_version="1999-01-01")], "not met"),
        ([consent(withdrawn_at=AT - timedelta(hours=1)), consent(signed_at=AT - timedelta(minutes=5))], "met"),
        ([consent(), consent(signed_at=AT - timedelta(days=1), withdrawn_at=AT - timedelta(hours=1))], "not met"),
    ],
)
def test_a_consent_holds_only_for_exactly_this_unaltered_and_not_withdrawn(consents, verdict):
    assert rules.consent_finding(consents, TEXTS, IV_TRD, at=AT).verdict == verdict


def test_a_consent_to_a_text_out_of_force_or_too_old_does_not_hold():
    old = msgspec.structs.replace(TEXT, effective_to=date(2026, 11, 21))
    short = msgspec.structs.replace(TEXT, valid_days=2)
    for text in (old, short):
        texts = {(TEXT.id, TEXT.version): text}
        assert rules.consent_finding([consent()], texts, IV_TRD, at=AT).verdict == "not met"


@pytest.mark.parametrize(
    ("values", "confirmed", "refused", "unconfirmed"),
    [
        ({"systolic_mmhg": 124, "diastolic_mmhg": 78}, (), set(), ()),
        ({"systolic_mmhg": 124, "diastolic_mmhg": None}, (), {"diastolic_mmhg"}, ()),
        ({"systolic_mmhg": 78, "diastolic_mmhg": 124}, (), {"diastolic_mmhg"}, ("systolic_mmhg", "diastolic_mmhg")),
        ({"weight_kg": 176}, (), set(), ("weight_kg",)),
        ({"weight_kg": 176}, ("weight_kg",), set(), ()),
        ({"spo2_percent": 101}, ("spo2_percent",), {"spo2_percent"}, ()),
        ({"heart_rate_per_min": 700}, (), {"heart_rate_per_min"}, ()),
        ({"weight_kg": None}, (), set(), ()),
    ],
)
def test_measurements_are_refused_when_impossible_and_confirmed_when_unusual(values, confirmed, refused, unconfirmed):
    found = rules.check_measurements(values, confirmed, loader.entry_ranges())
    assert set(found.refused) == refused
    assert found.unconfirmed == unconfirmed


@pytest.mark.parametrize(
    "drawn",
    ["", "[]", "[[]]", "nonsense", '[["a","b"]]', "[[[-1,0]]]", "[[[5000,0]]]", "[[[1.5,2]]]", '{"a":1}'],
)
def test_a_drawing_that_is_no_signature_is_refused(drawn):
    with pytest.raises((ValueError, msgspec.DecodeError)):
        rules.drawn_strokes(drawn)


def test_a_drawing_is_read_as_strokes():
    assert rules.drawn_strokes("[[[1,2],[3,4]],[[5,6]]]") == [[(1, 2), (3, 4)], [(5, 6)]]
