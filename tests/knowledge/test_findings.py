from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketachart.knowledge.findings import (
    Finding,
    Guardrail,
    Override,
    OverrideGiven,
    Rule,
    Seen,
    Source,
    gate_holds,
    standing_blocks,
)

SOURCE = Source(citation="A label", authority="label", grade="read")


def finding(verdict="met", *, blocks=True, overridable=None, rule_id="R1", version="1"):
    return Finding(
        rule_id=rule_id,
        rule_version=version,
        verdict=verdict,
        meaning="m",
        action="a",
        source=SOURCE,
        blocks=blocks,
        overridable=overridable,
        seen=(Seen(what="systolic_mmhg", value=131, at=datetime(2026, 11, 1, tzinfo=UTC)),),
    )


def override(verdict="not met", **changes):
    fields = {
        "rule_id": "R1",
        "rule_version": "1",
        "verdict": verdict,
        "reason": "weighed with cardiology",
        "by_name": "Dr A",
        "by_role": "prescriber",
        "by_id": "u1",
    }
    return OverrideGiven(**{**fields, **changes})


@pytest.mark.parametrize(
    ("findings", "holds"),
    [
        ((), False),
        ((finding("met"),), True),
        ((finding("missing"),), False),
        ((finding("not met"),), False),
        ((finding("met"), finding("missing", rule_id="R2")), False),
        ((finding("met"), finding("not met", blocks=False)), True),
        ((finding("met", blocks=False),), False),
    ],
)
def test_a_gate_holds_only_when_something_blocking_was_judged_and_all_of_it_is_met(findings, holds):
    assert gate_holds(findings) is holds


@pytest.mark.parametrize(
    ("allowed", "given_override", "verdict", "holds"),
    [
        (None, override(), "not met", False),
        (Override(), override(), "not met", True),
        (Override(), override(reason="  "), "not met", False),
        (Override(), override(by_name=""), "not met", False),
        (Override(), override(by_role="front_desk"), "not met", False),
        (Override(), override(rule_version="0"), "not met", False),
        (Override(), override(rule_id="R9"), "not met", False),
        (Override(), override(verdict="missing"), "missing", False),
        (Override(covers_missing=True), override(verdict="missing"), "missing", True),
        (Override(covers_missing=True), override(verdict="not met"), "missing", False),
        (Override(second_signature=True), override(), "not met", False),
        (Override(second_signature=True), override(second_id="u1", second_name="Dr A"), "not met", False),
        (Override(second_signature=True), override(second_id="u2", second_name="Dr B"), "not met", True),
    ],
)
def test_an_override_counts_only_when_allowed_complete_and_made_for_this_very_finding(
    allowed, given_override, verdict, holds
):
    assert gate_holds((finding(verdict, overridable=allowed),), (given_override,)) is holds


@given(st.lists(st.sampled_from(["met", "not met", "missing"]), min_size=1, max_size=8), st.data())
def test_making_any_one_finding_worse_never_opens_a_gate(verdicts, data):
    before = tuple(finding(verdict) for verdict in verdicts)
    position = data.draw(st.integers(0, len(verdicts) - 1))
    worse = list(before)
    worse[position] = finding(data.draw(st.sampled_from(["not met", "missing"])))
    assert not gate_holds(worse)


def test_standing_blocks_name_what_still_holds_the_gate_shut():
    findings = (finding("met"), finding("missing", rule_id="R2"), finding("not met", rule_id="R3", blocks=False))
    assert [one.rule_id for one in standing_blocks(findings)] == ["R2"]


def test_a_finding_survives_json_unchanged():
    one = finding("not met", overridable=Override(second_signature=True))
    assert msgspec.json.decode(msgspec.json.encode(one), type=Finding) == one


def rule(**changes):
    fields = {
        "id": "R1",
        "version": "1",
        "title": "t",
        "rule_class": "relative",
        "meaning": "m",
        "action": "a",
        "source": SOURCE,
        "effective_from": date(2026, 1, 1),
    }
    return Rule(**{**fields, **changes})


@pytest.mark.parametrize(
    ("on", "in_force"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_a_rule_holds_between_its_dates_inclusive(on, in_force):
    assert rule(effective_to=date(2026, 12, 31)).in_force(on) is in_force


@pytest.mark.parametrize(
    ("routes", "route", "applies"),
    [((), "IV", True), (("IV", "IM"), "IV", True), (("IM",), "IV", False), (("IM",), None, True)],
)
def test_a_rule_is_left_out_only_by_a_known_value_that_it_does_not_name(routes, route, applies):
    assert rule(routes=routes).applies(route=route) is applies


BOUNDS = Guardrail(
    name="systolic",
    unit="mmHg",
    source=SOURCE,
    absolute_minimum=40,
    recommended_minimum=90,
    recommended_maximum=160,
    absolute_maximum=300,
)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (39.9, "impossible low"),
        (40, "unusual low"),
        (89, "unusual low"),
        (90, "usual"),
        (160, "usual"),
        (161, "unusual high"),
        (300, "unusual high"),
        (301, "impossible high"),
        (float("nan"), "impossible high"),
    ],
)
def test_a_guardrail_places_a_value_by_inclusive_bounds(value, place):
    assert BOUNDS.place(value) == place


def test_a_guardrail_whose_bounds_do_not_nest_is_refused():
    with pytest.raises(ValueError, match="do not nest"):
        Guardrail(name="x", unit="kg", source=SOURCE, absolute_minimum=10, recommended_minimum=5)
