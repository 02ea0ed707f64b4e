"""Every route but the vein: arithmetic on paper, limits, and nothing that becomes met because a datum is missing."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as with_changes

from ketachart.course.dose_limits import RouteLimits, SiteLimits, dose_knowledge
from ketachart.course.doses import compute_dose
from ketachart.course.plan_check import PlanSetting, Tolerated, check
from ketachart.course.rules import EarlierWeight, PlanInput, ProductChoice
from ketachart.knowledge.loader import catalogue

D = Decimal
KNOWLEDGE = dose_knowledge()
ON = date(2026, 11, 22)
WITH_CEILING = with_changes(
    KNOWLEDGE,
    site=SiteLimits(
        routes={
            route: RouteLimits(ceiling_mg_per_kg=D("3"), minimum_interval_minutes=D(10))
            for route in ("IM", "SC", "nasal", "sublingual", "oral", "rectal")
        }
    ),
)
VIAL = ProductChoice(
    name="Ketamine 50 mg/mL",
    molecule="racemic ketamine",
    salt_or_base="base",
    strength_mg_per_ml=D(50),
    vial_volume_ml=D(10),
    routes=("IV", "IM", "SC"),
)


def counted(form, routes, unit_mg, stated="base", molecule="racemic ketamine"):
    return ProductChoice(
        name=f"{form} {unit_mg} mg",
        molecule=molecule,
        salt_or_base=stated,
        strength_mg_per_ml=None,
        vial_volume_ml=None,
        routes=routes,
        form=form,
        unit_mg=D(unit_mg),
    )


DEVICE = counted("device", ("nasal",), 28, molecule="esketamine")
SPRAY = counted("spray", ("nasal",), 10)
TROCHE = counted("troche", ("sublingual", "oral"), 100, stated="hydrochloride")
CAPSULE = counted("oral", ("oral",), 50)
SUPPOSITORY = counted("suppository", ("rectal",), 50)

BODY = {"weight_kg": D(80), "indication": "TRD"}
INJECTION = {**BODY, "dose_mg_per_kg": D("0.5"), "product": VIAL, "confirmed_strength_mg_per_ml": D(50)}
PLANS = {
    "IM": PlanInput(route="IM", **INJECTION),
    "IM in two": PlanInput(route="IM", **INJECTION, second_part_mg_per_kg=D("0.2"), second_after_minutes=D(15)),
    "SC": PlanInput(route="SC", **INJECTION),
    "Spravato": PlanInput(route="nasal", indication="TRD", units=2, product=DEVICE, confirmed_unit_mg=D(28)),
    "compounded nasal": PlanInput(route="nasal", **BODY, units=3, product=SPRAY, confirmed_unit_mg=D(10)),
    "sublingual": PlanInput(
        route="sublingual",
        **BODY,
        units=1,
        product=TROCHE,
        confirmed_unit_mg=D(100),
        hold_minutes=D(10),
        then="spit out",
    ),
    "oral": PlanInput(route="oral", **BODY, units=1, product=CAPSULE, confirmed_unit_mg=D(50)),
    "rectal": PlanInput(route="rectal", **BODY, units=1, product=SUPPOSITORY, confirmed_unit_mg=D(50)),
}
PROTOCOL = {
    "IM": "TRD-IM",
    "IM in two": "TRD-IM",
    "SC": "TRD-SC-KADS",
    "Spravato": "TRD-SPR",
    "sublingual": "TRD-SL-VERYLOW",
    "oral": "TRD-PO-STEPS",
}


def setting(name="IM", **changes):
    return replace(
        PlanSetting(
            protocol=KNOWLEDGE.protocol(PROTOCOL.get(name, "")),
            indication=catalogue().indication_by_id("TRD"),
            sessions=1,
            age_years=45,
            earlier_weight=EarlierWeight(weight_kg=D(80), measured_on=ON),
            weight_measured_on=ON,
        ),
        **changes,
    )


def verdicts(plan, within, knowledge=KNOWLEDGE):
    return {finding.rule_id: finding.verdict for finding in check(plan, within, knowledge=knowledge, on=ON)}


# --- arithmetic ---------------------------------------------------------------------------------------------------------


def test_forty_milligrams_into_a_muscle_are_eight_tenths_of_a_millilitre():
    dose = compute_dose(PLANS["IM"], KNOWLEDGE)
    assert (dose.dose_mg, dose.drug_volume_ml, dose.dose_mg_per_kg, dose.vials) == (D(40), D("0.80"), D("0.5"), 1)
    assert [part.dose_mg for part in dose.parts] == [D(40)]


def test_a_divided_injection_adds_up_to_the_whole():
    dose = compute_dose(PLANS["IM in two"], KNOWLEDGE)
    assert [(part.dose_mg, part.volume_ml, part.after_minutes) for part in dose.parts] == [
        (D(24), D("0.48"), None),
        (D(16), D("0.32"), D(15)),
    ]
    assert dose.dose_mg == D(40)


def test_two_devices_are_fifty_six_milligrams():
    dose = compute_dose(PLANS["Spravato"], KNOWLEDGE)
    assert (dose.dose_mg, dose.base_dose_mg, dose.units) == (D(56), D(56), 2)


def test_a_hundred_milligrams_of_hydrochloride_are_less_than_87_of_base():
    dose = compute_dose(PLANS["sublingual"], KNOWLEDGE)
    assert dose.dose_mg == D(100)
    assert dose.base_dose_mg.quantize(D("0.01")) == D("86.73")


def test_a_label_that_says_neither_base_nor_salt_gives_no_dose_of_base():
    plan = replace(PLANS["sublingual"], product=replace(TROCHE, salt_or_base="unknown"))
    assert compute_dose(plan, KNOWLEDGE).base_dose_mg is None
    assert verdicts(plan, setting("sublingual"))["DO38"] == "not met"


@settings(deadline=None)
@given(
    st.decimals("30", "200", places=1),
    st.decimals("0.05", "6", places=3),
    st.decimals("0", "1", places=2),
    st.sampled_from([D(10), D(50), D(100)]),
)
def test_rounding_never_raises_an_injected_dose(weight, mg_per_kg, share, strength):
    second = mg_per_kg * share
    plan = replace(
        PLANS["IM"],
        weight_kg=weight,
        dose_mg_per_kg=mg_per_kg,
        product=replace(VIAL, strength_mg_per_ml=strength),
        second_part_mg_per_kg=second if D(0) < second < mg_per_kg else None,
    )
    dose = compute_dose(plan, KNOWLEDGE)
    assert dose.dose_mg <= weight * mg_per_kg
    assert sum(part.volume_ml for part in dose.parts) * strength == dose.dose_mg


# --- limits -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "changes", "rule", "verdict"),
    [
        ("IM", {}, "DO21", "met"),
        ("IM", {"dose_mg_per_kg": D("0.51")}, "DO21", "not met"),
        ("IM", {"dose_mg_per_kg": D("6.5")}, "DO20", "not met"),
        ("IM", {"dose_mg_per_kg": D("6.4")}, "DO20", "met"),
        ("IM", {"weight_kg": None}, "DO21", "met"),  # the typed mg/kg is known; DO01 holds the plan
        ("IM", {"weight_kg": None}, "DO01", "missing"),
        ("IM", {"confirmed_strength_mg_per_ml": D(100)}, "DO02", "not met"),
        ("IM", {"confirmed_strength_mg_per_ml": None}, "DO02", "missing"),
        ("IM", {"product": replace(VIAL, salt_or_base="hydrochloride")}, "DO16", "not met"),
        ("IM in two", {"second_part_mg_per_kg": D("0.5")}, "DO25", "not met"),
        ("IM in two", {"second_after_minutes": None}, "DO01", "missing"),
        ("IM in two", {"second_after_minutes": None}, "DO26", "missing"),
        ("IM in two", {}, "DO26", "missing"),  # the clinic has set no interval
        ("SC", {"dose_mg_per_kg": D("1.0")}, "DO22", "met"),
        ("SC", {"dose_mg_per_kg": D("1.01")}, "DO22", "not met"),
        ("Spravato", {}, "DO32", "met"),
        ("Spravato", {"units": 3}, "DO32", "met"),
        ("Spravato", {"units": 4}, "DO32", "not met"),
        ("Spravato", {"units": 1}, "DO33", "not met"),
        ("Spravato", {"units": None}, "DO32", "missing"),
        ("Spravato", {"confirmed_unit_mg": D(14)}, "DO02", "not met"),
        ("Spravato", {"product": replace(DEVICE, form="spray")}, "DO32", "not met"),
        ("sublingual", {"units": 4}, "DO27", "met"),
        ("sublingual", {"units": 5}, "DO27", "not met"),
        ("sublingual", {"hold_minutes": None}, "DO01", "missing"),
        ("sublingual", {"then": None}, "DO01", "missing"),
        ("oral", {"units": 6}, "DO28", "met"),
        ("oral", {"units": 7}, "DO28", "not met"),
        ("compounded nasal", {}, "DO31", "not met"),
        ("compounded nasal", {}, "DO29", "missing"),
        ("rectal", {}, "DO29", "missing"),
        ("rectal", {}, "DO30", "not met"),
        ("oral", {}, "DO23", "missing"),
    ],
)
def test_a_limit_of_its_route(name, changes, rule, verdict):
    assert verdicts(replace(PLANS[name], **changes), setting(name))[rule] == verdict


def test_racemic_spray_and_spravato_are_judged_by_rules_of_their_own():
    spravato, spray = verdicts(PLANS["Spravato"], setting("Spravato")), verdicts(PLANS["compounded nasal"], setting())
    assert {"DO32", "DO33"} <= set(spravato)
    assert not {"DO23", "DO24", "DO29", "DO31", "DO12"} & set(spravato)
    assert {"DO23", "DO29", "DO30", "DO31", "DO12"} <= set(spray)
    assert not {"DO32", "DO33"} & set(spray)


def test_a_racemic_device_and_an_esketamine_vial_into_a_muscle_belong_nowhere():
    racemic_device = replace(PLANS["Spravato"], product=replace(DEVICE, molecule="racemic ketamine"))
    assert (
        verdicts(racemic_device, setting())["DO31"] == "not met"
    )  # it is taken for a compounded spray, never for Spravato
    esketamine_vial = replace(PLANS["IM"], product=replace(VIAL, molecule="esketamine"))
    assert verdicts(esketamine_vial, setting())["DO17"] == "not met"


def test_the_clinics_ceiling_stops_what_is_above_it():
    plan = replace(PLANS["oral"], units=6)  # 300 mg of base for 80 kg: 3.75 mg/kg
    found = verdicts(plan, setting("oral"), WITH_CEILING)
    assert (found["DO23"], found["DO24"]) == ("met", "not met")
    assert verdicts(PLANS["oral"], setting("oral"), WITH_CEILING)["DO24"] == "met"
    assert verdicts(replace(plan, weight_kg=None), setting("oral"), WITH_CEILING)["DO24"] == "missing"


@pytest.mark.parametrize(
    ("tolerated", "mg_per_kg", "verdict"),
    [
        (None, "0.5", None),
        ("0.5", "0.5", "met"),
        ("0.75", "0.5", "met"),
        ("0.5", "0.6", "met"),
        ("0.5", "0.75", "not met"),
        ("0.9", "0.95", "not met"),
    ],
)
def test_a_dose_goes_up_by_the_steps_of_its_protocol(tolerated, mg_per_kg, verdict):
    within = setting("SC", tolerated=Tolerated(mg_per_kg=D(tolerated), dose_mg=D(40)) if tolerated else None)
    found = verdicts(replace(PLANS["SC"], dose_mg_per_kg=D(mg_per_kg)), within)
    assert found.get("DO18") == verdict


@pytest.mark.parametrize(
    ("protocol", "units", "verdict"),
    [
        ("TRD-SPR", 2, "met"),
        ("TRD-SPR", 3, "not met"),
        ("MDSI-SPR", 3, "met"),
        ("TRD-SPR-65", 2, "not met"),
        (None, 2, "missing"),
    ],
)
def test_the_first_dose_is_the_labels(protocol, units, verdict):
    within = setting("Spravato", protocol=KNOWLEDGE.protocol(protocol or ""))
    assert verdicts(replace(PLANS["Spravato"], units=units), within)["DO15"] == verdict


def test_into_a_muscle_no_source_gives_a_start():
    assert verdicts(PLANS["IM"], setting("IM"))["DO15"] == "missing"


@pytest.mark.parametrize(("age", "verdict"), [(64, "not met"), (65, "met"), (None, "not met")])
def test_the_protocol_of_the_old_is_for_the_old(age, verdict):
    within = setting("Spravato", protocol=KNOWLEDGE.protocol("TRD-SPR-65"), age_years=age)
    assert verdicts(PLANS["Spravato"], within)["DO42"] == verdict


def test_a_research_only_indication_has_no_routine_plan():
    within = setting(indication=catalogue().indication_by_id("OTHER"), protocol=None)
    found = next(f for f in check(PLANS["IM"], within, knowledge=KNOWLEDGE, on=ON) if f.rule_id == "DO41")
    assert (found.verdict, found.overridable) == ("not met", None)
    assert "research only" in found.meaning
    assert verdicts(PLANS["IM"], setting(indication=None))["DO41"] == "missing"


def test_pain_infusions_have_the_limits_of_pain_studies():
    plan = PlanInput(
        route="IV", weight_kg=D(80), dose_mg_per_kg=D("1.4"), infusion_minutes=D(240), product=VIAL,
        bag_volume_ml=D(250), confirmed_strength_mg_per_ml=D(50), indication="CRPS",
    )  # fmt: skip
    within = setting(indication=catalogue().indication_by_id("CRPS"), protocol=KNOWLEDGE.protocol("CRPS-IV-10"))
    found = verdicts(plan, within)
    assert found["DO19"] == "not met"  # 28 mg/h
    assert "DO10" not in found
    slower = verdicts(replace(plan, dose_mg_per_kg=D("1.2")), within)
    assert slower["DO19"] == "met"  # 24 mg/h
    assert "DO19" not in verdicts(replace(plan, indication="TRD", infusion_minutes=D(40)), within)


# --- missing is never met -------------------------------------------------------------------------------------------------

OPTIONAL = [field.name for field in fields(PlanInput) if field.name not in ("route", "indication")]
ABOUT = [field.name for field in fields(PlanSetting)]


@pytest.mark.parametrize("name", PLANS)
@settings(deadline=None)
@given(data=st.data())
def test_removing_a_datum_never_makes_anything_met(name, data):
    plan, within = PLANS[name], setting(name, tolerated=Tolerated(dose_mg=D(28), mg_per_kg=D("0.4")))
    knowledge = data.draw(st.sampled_from([KNOWLEDGE, WITH_CEILING]))
    units = data.draw(st.integers(1, 9))
    if plan.units is not None:
        plan = replace(plan, units=units)
    else:
        plan = replace(plan, dose_mg_per_kg=data.draw(st.decimals("0.3", "8", places=2)))
    before = verdicts(plan, within, knowledge)
    if data.draw(st.booleans()):
        plan = replace(plan, **{data.draw(st.sampled_from(OPTIONAL)): None})
    else:
        within = replace(within, **{data.draw(st.sampled_from([n for n in ABOUT if n != "tolerated"])): None})
    after = verdicts(plan, within, knowledge)
    became_met = {rule for rule, verdict in after.items() if verdict == "met" and before.get(rule, "met") != "met"}
    assert not became_met
