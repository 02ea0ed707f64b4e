"""What to order, and what is due again: an item is never "not needed" because somebody did not ask."""

from datetime import UTC, datetime, timedelta

import pytest

from ketachart.knowledge.panel import checks, panel
from ketachart.knowledge.screening import Fact

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
LIVER_DAYS = "intake.long_term.liver_tests_days"


def state(item_id, known, site=None, route="IV", indication="TRD"):
    facts = {name: Fact(value=value, at=NOW - timedelta(days=days)) for name, (value, days) in known.items()}
    found = checks(panel(), facts, site=site or {}, at=NOW, route=route, indication=indication)
    return {one.item.id: one.state for one in found}.get(item_id)


@pytest.mark.parametrize(
    ("item", "known", "expected"),
    [
        ("PA-ECG", {}, "cannot tell"),
        ("PA-ECG", {"condition_cardiovascular_risk": (True, 1)}, "due"),
        ("PA-ECG", {"condition_cardiovascular_risk": (False, 1)}, "not needed"),
        ("PA-ECG", {"result_ecg": ("acceptable", 1)}, "done"),
        ("PA-ECG", {"result_ecg": ("not acceptable", 1)}, "done"),
        ("PA-ECG", {"result_ecg": ("not needed", 1)}, "not needed"),
        ("PA-ECG", {"result_ecg": ("not needed", 1), "condition_cardiovascular_risk": (True, 1)}, "due"),
        ("PA-KIDNEY", {}, "due"),
        ("PA-PREGNANCY", {}, "due"),
        ("PA-PREGNANCY", {"pregnancy": ("possible, not tested", 1)}, "due"),
        ("PA-PREGNANCY", {"pregnancy": ("test negative", 1)}, "done"),
        ("PA-PREGNANCY", {"pregnancy": ("not possible", 1)}, "not needed"),
        ("PA-PREGNANCY", {"sex_at_birth": ("male", 1)}, "not needed"),
        ("PA-VITALS", {"systolic_mmhg": (120, 1)}, "due"),
        ("LT-LIVER", {}, "no interval"),
        ("LT-LIVER", {"result_liver_tests": ("acceptable", 10)}, "no interval"),
    ],
)
def test_an_item_is_judged_from_what_is_known(item, known, expected):
    assert state(item, known) == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, "due"),
        ({"result_liver_tests": ("acceptable", 89)}, "done"),
        ({"result_liver_tests": ("acceptable", 90)}, "due"),
        ({"result_liver_tests": ("not needed", 1)}, "due"),
    ],
)
def test_what_is_due_again_follows_the_clinics_own_interval(known, expected):
    assert state("LT-LIVER", known, {LIVER_DAYS: 90.0}) == expected


def test_an_item_is_listed_only_where_it_belongs():
    assert state("PA-STOP-BANG", {}, route="oral") is None
    assert state("LT-MOOD-SWITCH", {}) is None
    assert state("LT-MOOD-SWITCH", {}, indication="BIPOLAR") == "no interval"
