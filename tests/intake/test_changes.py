"""What changed since a decision, finding by finding."""

import pytest

from ketachart.intake.changes import changes_between
from ketachart.intake.kinds import Conditions, Measurements
from tests.intake.test_rules import AT, FIRST, clear_history, said, screen, with_condition

THEN = screen(clear_history())


def test_nothing_changed_is_nothing():
    assert not changes_between(THEN, screen(clear_history()))


def one_of(changes, rule_id):
    return next(one for one in changes.findings if one.rule_id == rule_id)


def test_a_verdict_that_turned_holds_the_decision_up_and_shows_both():
    found = changes_between(THEN, screen(with_condition("condition_stroke")))
    assert [one.rule_id for one in found.findings] == ["EL16"]
    change = one_of(found, "EL16")
    assert (change.kind, change.before.verdict, change.now.verdict) == ("verdict changed", "met", "not met")
    assert [one.rule_id for one in found.holding] == ["EL16"]


def test_what_is_resolved_does_not_hold_anything_up():
    found = changes_between(screen(with_condition("condition_stroke")), THEN)
    assert one_of(found, "EL16").kind == "resolved"
    assert found.holding == ()


def test_an_answer_taken_back_holds_the_decision_up():
    history = clear_history()
    answers = {**history["conditions"].content.answers, "condition_stroke": "not known"}
    history["conditions"] = said(Conditions(**FIRST, answers=answers))
    found = changes_between(THEN, screen(history))
    assert one_of(found, "EL16").now.verdict == "missing"
    assert found.holding


@pytest.mark.parametrize(("before", "now", "kind"), [(THEN, THEN[1:], "gone"), (THEN[1:], THEN, "appeared")])
def test_rules_that_came_or_went_are_named(before, now, kind):
    found = changes_between(before, now)
    assert [(one.rule_id, one.kind) for one in found.findings] == [(THEN[0].rule_id, kind)]
    assert bool(found.holding) is (kind == "gone")


def test_a_value_that_changed_inside_its_limits_is_shown_and_holds_nothing_up():
    history = clear_history()
    measured = Measurements(**FIRST, measured_at=AT, systolic_mmhg=150.0, diastolic_mmhg=78.0)
    found = changes_between(THEN, screen({**history, "measurements 2": said(measured)}))
    assert found.findings == ()
    values = {one.what: (one.before, one.now) for one in found.values}
    assert values == {"systolic_mmhg": ((124.0,), (150.0,))}
    assert found.holding == ()


def test_one_more_medicine_is_one_change_though_many_rules_look_at_the_list():
    from ketachart.intake.kinds import Medicine, Medicines

    listed = tuple(Medicine(ingredient=name) for name in ("sertraline", "Ambien"))
    history = {**clear_history(), "medicines": said(Medicines(**FIRST, stated="listed", medicines=listed))}
    found = changes_between(THEN, screen(history))
    lists = [one for one in found.values if one.what == "medicines"]
    assert [(one.before, one.now) for one in lists] == [(("sertraline",), ("sertraline, Ambien",))]
    assert len(lists[0].rules) > 5
