from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from ketachart.desk.situation import Told, situation_of, with_standing

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def told(*events: tuple[str, dict[str, Any]]) -> list[Told]:
    return [
        Told(kind, START + timedelta(hours=n), SimpleNamespace(**content)) for n, (kind, content) in enumerate(events)
    ]


PLAN = ("course.plan_written", {"sessions": 6, "version": 1, "needs_second_signature": False})
HELD_PLAN = ("course.plan_written", {"sessions": 6, "version": 2, "needs_second_signature": True})
DISCHARGED = ("treatment.discharged", {})


def test_nothing_known_blocks_nothing_and_promises_nothing() -> None:
    found = situation_of([])
    assert (found.blocks, found.details, found.undone) == ({}, {}, frozenset())


def test_sessions_are_counted_against_the_plan_and_the_step_stays_open_until_all_are_given() -> None:
    found = situation_of(told(PLAN, DISCHARGED, DISCHARGED))
    assert found.details["session"] == "2 of 6"
    assert found.undone == {"session"}
    assert situation_of(told(PLAN, *[DISCHARGED] * 6)).undone == frozenset()


def test_a_withdrawn_consent_blocks_until_a_new_one_is_signed() -> None:
    signed, withdrawn = ("intake.consent_signed", {}), ("intake.consent_withdrawn", {})
    assert "consent" in situation_of(told(signed, withdrawn)).blocks
    assert "consent" not in situation_of(told(signed, withdrawn, signed)).blocks


def test_a_plan_that_waits_for_a_second_name_blocks_until_it_is_there() -> None:
    assert situation_of(told(HELD_PLAN)).blocks["plan"] == ("Waits for the second signature",)
    assert "plan" not in situation_of(told(HELD_PLAN, ("course.plan_countersigned", {}))).blocks
    assert "plan" in situation_of(told(PLAN, ("course.plan_withdrawn", {}))).blocks


def test_not_eligible_blocks_and_a_later_decision_stands() -> None:
    no = ("intake.eligibility_decided", {"outcome": "not eligible"})
    yes = ("intake.eligibility_decided", {"outcome": "eligible"})
    assert situation_of(told(yes, no)).blocks["decision"] == ("Decided: not eligible",)
    assert "decision" not in situation_of(told(no, yes)).blocks


def test_the_order_of_events_is_that_of_their_times_not_of_their_arrival() -> None:
    late_news = list(reversed(told(("intake.consent_signed", {}), ("intake.consent_withdrawn", {}))))
    assert "consent" in situation_of(late_news).blocks


def test_a_step_that_was_done_and_does_not_hold_today_is_blocked_in_words() -> None:
    yes = ("intake.eligibility_decided", {"outcome": "eligible"})
    stale = with_standing(situation_of(told(yes)), {"decision": ("Screen again",), "consent": ()})
    assert stale.blocks == {"decision": ("Screen again",)}
    assert stale.details == situation_of(told(yes)).details
