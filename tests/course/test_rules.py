"""Dose arithmetic and dose checks: published vectors, slips, missing data in every position."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D  # noqa: N817  (a number in every line)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketachart.course.dose_limits import SiteLimits, dose_knowledge
from ketachart.course.rules import EarlierWeight, PlanInput, ProductChoice, check_plan, compute_infusion
from ketachart.knowledge.findings import Finding, OverrideGiven, gate_holds, standing_blocks

KNOWLEDGE = dose_knowledge()
TODAY = date(2026, 11, 22)


def vial(strength: str, **changes) -> ProductChoice:
    volumes = {"10": "20", "50": "10", "100": "5"}
    return ProductChoice(
        **{
            "name": f"ketamine {strength} mg/mL",
            "molecule": "racemic ketamine",
            "salt_or_base": "base",
            "strength_mg_per_ml": D(strength),
            "vial_volume_ml": D(volumes.get(strength, "10")),
            "routes": ("IV", "IM"),
            **changes,
        }
    )


def plan(**changes) -> PlanInput:
    return PlanInput(
        **{
            "route": "IV",
            "weight_kg": D(80),
            "dose_mg_per_kg": D("0.5"),
            "infusion_minutes": D(40),
            "product": vial("50"),
            "bag_volume_ml": D(100),
            "confirmed_strength_mg_per_ml": D(50),
            **changes,
        }
    )


def check(order: PlanInput, **changes) -> dict[str, Finding]:
    context = {
        "knowledge": KNOWLEDGE,
        "earlier_weight": EarlierWeight(weight_kg=D(80), measured_on=TODAY - timedelta(days=30)),
        "weight_measured_on": TODAY,
        "tolerated_mg_per_kg": None,
        "on": TODAY,
        **changes,
    }
    return {finding.rule_id: finding for finding in check_plan(order, **context)}


def test_every_check_of_an_ordinary_plan_is_met():
    findings = check(plan())
    assert {finding.verdict for finding in findings.values()} == {"met"}
    assert gate_holds(findings.values())


@pytest.mark.parametrize(("strength", "volume_ml"), [("10", "4.0"), ("50", "0.8"), ("100", "0.4")])
def test_80_kg_at_half_a_mg_per_kg_is_40_mg_from_any_vial(strength, volume_ml):
    infusion = compute_infusion(plan(product=vial(strength)), KNOWLEDGE)
    assert infusion.dose_mg == 40
    assert infusion.drug_volume_ml == D(volume_ml)


def test_4_ml_in_a_100_ml_bag_over_40_minutes_runs_at_156_ml_per_h_and_1_mg_per_min():
    infusion = compute_infusion(plan(product=vial("10")), KNOWLEDGE)
    assert infusion.total_volume_ml == 104
    assert infusion.rate_ml_per_h == 156
    assert infusion.rate_mg_per_min == pytest.approx(D(1))
    assert infusion.rate_mg_per_h == pytest.approx(D(60))
    assert infusion.minutes_at_rate == 40


def test_an_undiluted_syringe_needs_somebody_to_say_that_it_is_undiluted():
    assert compute_infusion(plan(bag_volume_ml=None), KNOWLEDGE).rate_ml_per_h is None
    infusion = compute_infusion(plan(bag_volume_ml=None, undiluted=True), KNOWLEDGE)
    assert infusion.total_volume_ml == D("0.8")
    assert infusion.rate_ml_per_h == D("1.2")


def test_rounding_takes_the_volume_down_and_the_dose_is_what_that_volume_holds():
    infusion = compute_infusion(plan(weight_kg=D("83.4")), KNOWLEDGE)
    assert infusion.ordered_dose_mg == D("41.70")
    assert infusion.drug_volume_ml == D("0.83")
    assert infusion.dose_mg == D("41.50")
    assert infusion.rounded_down_percent == pytest.approx(D("0.4796"), abs=D("0.0001"))


def test_950_mg_ordered_for_95_mg_is_stopped_as_a_slipped_decimal_point():
    findings = check(
        plan(weight_kg=D(95), dose_mg_per_kg=D("10.0"), product=vial("100"), confirmed_strength_mg_per_ml=D(100)),
        earlier_weight=EarlierWeight(weight_kg=D(95), measured_on=TODAY - timedelta(days=3)),
    )
    assert findings["DO06"].verdict == "not met"
    assert "950 mg for 95 mg" in findings["DO06"].meaning
    assert findings["DO06"].overridable is None
    assert findings["DO03"].verdict == "not met"
    assert findings["DO03"].overridable is None


def test_the_100_mg_per_ml_vial_taken_for_10_mg_per_ml_is_stopped_and_says_950_mg():
    findings = check(
        plan(
            weight_kg=D(95),
            dose_mg_per_kg=D("1.0"),
            product=vial("10"),
            confirmed_strength_mg_per_ml=D(100),
        ),
        earlier_weight=EarlierWeight(weight_kg=D(95), measured_on=TODAY - timedelta(days=3)),
    )
    wrong_vial = findings["DO02"]
    assert wrong_vial.verdict == "not met"
    assert wrong_vial.overridable is None
    assert "9.5 mL of it would hold 950 mg, 10 times the 95 mg planned" in wrong_vial.meaning


def test_a_tenth_of_the_dose_asks_for_a_reason_but_can_be_meant():
    finding = check(plan(dose_mg_per_kg=D("0.05")))["DO06"]
    assert finding.verdict == "not met"
    assert finding.overridable is not None


@pytest.mark.parametrize(
    ("dose", "not_met"),
    [
        ("0.49", {"DO07"}),
        ("0.5", set()),
        ("0.75", {"DO15"}),
        ("1.0", {"DO15"}),
        ("1.01", {"DO04", "DO07", "DO15"}),
        ("3.0", {"DO04", "DO07", "DO15"}),
        ("3.01", {"DO03", "DO04", "DO07", "DO15"}),
        ("5.0", {"DO03", "DO04", "DO06", "DO07", "DO15"}),
        ("10.0", {"DO03", "DO04", "DO06", "DO07", "DO15"}),
        ("0.1", {"DO06", "DO07"}),
        ("0.04", {"DO07"}),
    ],
)
def test_each_dose_meets_its_limits_from_either_side(dose, not_met):
    findings = check(plan(dose_mg_per_kg=D(dose)))
    assert {rule_id for rule_id, finding in findings.items() if finding.verdict == "not met"} == not_met


def test_a_dose_over_the_second_check_limit_needs_two_different_people():
    findings = check(plan(dose_mg_per_kg=D("1.2")), tolerated_mg_per_kg=D("1.0")).values()
    reasons = tuple(
        OverrideGiven(
            rule_id=finding.rule_id,
            rule_version=finding.rule_version,
            verdict=finding.verdict,
            reason="partial response at 1.0 mg/kg",
            by_name="A",
            by_role="prescriber",
            by_id="a",
        )
        for finding in standing_blocks(findings)
    )
    assert [finding.rule_id for finding in standing_blocks(findings, reasons)] == ["DO04"]
    same_person = tuple(
        OverrideGiven(**{**given_as_dict(one), "second_id": "a", "second_name": "A"}) for one in reasons
    )
    assert not gate_holds(findings, same_person)
    two_people = tuple(OverrideGiven(**{**given_as_dict(one), "second_id": "b", "second_name": "B"}) for one in reasons)
    assert gate_holds(findings, two_people)


def given_as_dict(given: OverrideGiven) -> dict:
    return {name: getattr(given, name) for name in given.__struct_fields__}


@pytest.mark.parametrize(
    ("bag", "undiluted", "verdict"),
    [
        (D(100), None, "met"),
        (D("0.4"), None, "met"),
        (D("0.3"), None, "not met"),
        (None, True, "not met"),
        (None, None, "missing"),
    ],
)
def test_a_100_mg_per_ml_vial_must_be_diluted_with_at_least_its_own_volume(bag, undiluted, verdict):
    order = plan(product=vial("100"), bag_volume_ml=bag, undiluted=undiluted, confirmed_strength_mg_per_ml=D(100))
    assert check(order)["DO08"].verdict == verdict


@pytest.mark.parametrize(
    ("minutes", "not_met"),
    [
        ("40", set()),
        ("60", set()),
        ("39", {"DO09"}),
        ("100", {"DO09"}),
        ("101", {"DO09", "DO10"}),
        ("1", {"DO09", "DO10"}),
    ],
)
def test_minutes_outside_the_protocol_need_a_reason_and_outside_the_literature_are_refused(minutes, not_met):
    findings = check(plan(infusion_minutes=D(minutes)))
    assert {rule_id for rule_id, finding in findings.items() if finding.verdict == "not met"} == not_met


@pytest.mark.parametrize(
    ("weight", "not_met"),
    [
        ("45", {"DO14"}),
        ("44.9", {"DO12", "DO14"}),
        ("115", {"DO14"}),
        ("116", {"DO12", "DO14"}),
        ("8.0", {"DO12", "DO13", "DO14"}),
        ("800", {"DO12", "DO13", "DO14"}),
        ("176.4", {"DO12", "DO13", "DO14"}),
        ("84", set()),
        ("84.1", {"DO14"}),
        ("76", set()),
        ("75.9", {"DO14"}),
    ],
)
def test_a_weight_that_cannot_be_or_does_not_fit_the_last_one_is_held(weight, not_met):
    findings = check(plan(weight_kg=D(weight)))
    assert {rule_id for rule_id, finding in findings.items() if finding.verdict == "not met"} == not_met


def test_after_six_months_ten_percent_are_allowed():
    long_ago = EarlierWeight(weight_kg=D(80), measured_on=TODAY - timedelta(days=184))
    assert check(plan(weight_kg=D(88)), earlier_weight=long_ago)["DO14"].verdict == "met"
    assert check(plan(weight_kg=D("88.1")), earlier_weight=long_ago)["DO14"].verdict == "not met"


def test_a_missing_last_weight_is_missing_and_not_fine():
    finding = check(plan(), earlier_weight=None)["DO14"]
    assert finding.verdict == "missing"
    assert finding.missing == ("second_weight_kg",)
    again = EarlierWeight(weight_kg=D("80.2"), measured_on=TODAY, second_weighing=True)
    assert check(plan(), earlier_weight=again)["DO14"].verdict == "met"


def test_a_weighing_in_the_future_is_refused():
    assert check(plan(), weight_measured_on=TODAY + timedelta(days=1))["DO01"].verdict == "not met"


def test_a_product_stated_as_hydrochloride_or_of_another_molecule_is_refused():
    salt = vial("50", salt_or_base="hydrochloride")
    assert check(plan(product=salt))["DO16"].verdict == "not met"
    esketamine = vial("50", molecule="esketamine")
    assert check(plan(product=esketamine))["DO17"].verdict == "not met"
    nasal_only = vial("50", routes=("nasal",))
    assert check(plan(product=nasal_only))["DO17"].verdict == "not met"


def test_a_site_limit_that_nobody_set_is_no_finding_and_one_that_is_set_is_checked():
    assert "DO05" not in check(plan())
    assert "DO11" not in check(plan())
    site = SiteLimits(maximum_dose_mg=D(39), maximum_rate_mg_per_min=D("0.9"))
    strict = type(KNOWLEDGE)(**{**{f: getattr(KNOWLEDGE, f) for f in KNOWLEDGE.__struct_fields__}, "site": site})
    findings = check(plan(), knowledge=strict)
    assert findings["DO05"].verdict == "not met"
    assert findings["DO11"].verdict == "not met"


MISSING_NUMBERS = [None, D(0), D(-1), D("NaN"), D("Infinity")]


@pytest.mark.parametrize("value", MISSING_NUMBERS)
@pytest.mark.parametrize(
    "field", ["weight_kg", "dose_mg_per_kg", "infusion_minutes", "confirmed_strength_mg_per_ml", "bag_volume_ml"]
)
def test_a_missing_number_in_any_position_holds_the_gate(field, value):
    assert not gate_holds(check(replace(plan(), **{field: value})).values())


@pytest.mark.parametrize("field", ["route", "product"])
def test_a_missing_choice_holds_the_gate(field):
    assert not gate_holds(check(replace(plan(), **{field: None})).values())


weights = st.decimals(min_value=D(30), max_value=D(300), places=1)
doses = st.decimals(min_value=D("0.1"), max_value=D(3), places=2)
minutes_range = st.integers(min_value=2, max_value=100)
bags = st.sampled_from([D(50), D(100), D(250), D(500)])
strengths = st.sampled_from(["10", "50", "100"])


@given(weight=weights, dose=doses, minutes=minutes_range, bag=bags, strength=strengths)
def test_volume_times_strength_is_the_dose_and_rounding_never_raises_it(weight, dose, minutes, bag, strength):
    order = plan(
        weight_kg=weight, dose_mg_per_kg=dose, infusion_minutes=D(minutes), bag_volume_ml=bag, product=vial(strength)
    )
    infusion = compute_infusion(order, KNOWLEDGE)
    assert infusion.drug_volume_ml * D(strength) == infusion.dose_mg
    assert infusion.dose_mg <= weight * dose
    assert weight * dose - infusion.dose_mg < D("0.01") * D(strength)
    # The pump gives the whole dose in the minutes it runs; the rate is the ordered one to half a pump step.
    assert infusion.rate_mg_per_h * infusion.minutes_at_rate / 60 == pytest.approx(infusion.dose_mg)
    assert abs(infusion.rate_ml_per_h - infusion.total_volume_ml * 60 / minutes) <= D("0.05")


@given(
    weight=st.none() | weights,
    dose=st.none() | st.decimals(min_value=D("0.01"), max_value=D(20), places=2),
    minutes=st.none() | st.integers(min_value=1, max_value=200).map(D),
    bag=st.none() | bags,
    strength=st.none() | strengths,
    confirmed=st.none() | strengths.map(D),
    earlier=st.none() | weights,
    removed=st.sampled_from(
        ["weight_kg", "dose_mg_per_kg", "infusion_minutes", "bag_volume_ml", "product", "confirmed_strength_mg_per_ml"]
    ),
)
def test_taking_a_value_away_never_makes_a_finding_met(
    weight, dose, minutes, bag, strength, confirmed, earlier, removed
):
    order = PlanInput(
        route="IV",
        weight_kg=weight,
        dose_mg_per_kg=dose,
        infusion_minutes=minutes,
        product=vial(strength) if strength else None,
        bag_volume_ml=bag,
        confirmed_strength_mg_per_ml=confirmed,
    )
    known = EarlierWeight(weight_kg=earlier, measured_on=TODAY) if earlier else None
    before = check(order, earlier_weight=known)
    after = check(replace(order, **{removed: None}), earlier_weight=known)
    for rule_id, finding in after.items():
        if finding.verdict == "met":
            assert before[rule_id].verdict == "met"
    assert gate_holds(before.values()) or not gate_holds(after.values())


def test_on_a_day_without_rules_in_force_the_gate_stays_shut():
    findings = check(plan(), on=date(2024, 12, 31), weight_measured_on=date(2024, 12, 31))
    assert {finding.verdict for finding in findings.values()} == {"missing"}
    assert not any(finding.overridable for finding in findings.values())
    assert not gate_holds(findings.values())
