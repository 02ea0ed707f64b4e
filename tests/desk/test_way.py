from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketachart.desk.way import STAGES, Happening, Situation, way_through

HISTORY = ("intake.conditions_recorded", "intake.medicines_recorded", "intake.allergies_recorded")
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def happened(*kinds: str) -> list[Happening]:
    return [Happening(kind, START + timedelta(days=number)) for number, kind in enumerate(kinds)]


def states(*kinds: str, situation: Situation | None = None) -> dict[str, str]:
    return {step.id: step.state for step in way_through(happened(*kinds), situation)}


def test_a_person_without_events_stands_at_the_first_step() -> None:
    assert list(states().values()) == ["now", *["ahead"] * (len(STAGES) - 1)]


def test_the_first_step_that_is_not_done_is_where_the_person_is() -> None:
    found = states("people.patient_registered", *HISTORY)
    assert (found["inquiry"], found["history"], found["scales"], found["decision"]) == ("done", "done", "now", "ahead")


def test_a_step_done_out_of_order_is_shown_done_and_the_skipped_one_is_now() -> None:
    found = states("people.patient_registered", "course.plan_written")
    assert (found["history"], found["plan"], found["session"]) == ("now", "done", "ahead")


def test_a_history_without_medicines_is_not_done() -> None:
    assert states("people.patient_registered", HISTORY[0], HISTORY[2])["history"] == "now"


def test_a_blocked_step_is_never_shown_as_done() -> None:
    withdrawn = Situation(blocks={"consent": ("The consent was withdrawn",)})
    found = states("people.patient_registered", "intake.consent_signed", situation=withdrawn)
    assert found["consent"] == "blocked"


def test_a_step_that_does_not_hold_any_more_is_not_done() -> None:
    found = states("people.patient_registered", *HISTORY, situation=Situation(undone=frozenset({"history"})))
    assert found["history"] == "now"


def test_a_step_is_dated_by_the_last_time_it_was_done() -> None:
    steps = way_through(
        [
            *happened("people.patient_registered", "scales.submitted"),
            Happening("scales.submitted", START + timedelta(days=9)),
        ]
    )
    assert next(step.at for step in steps if step.id == "scales") == START + timedelta(days=9)


@pytest.mark.parametrize("stage", STAGES)
def test_every_step_can_be_done(stage: object) -> None:
    kinds = [group[0] for group in stage.done_by]  # type: ignore[attr-defined]
    assert states(*kinds)[stage.id] == "done"  # type: ignore[attr-defined]


KINDS = sorted({kind for stage in STAGES for group in stage.done_by for kind in group} | {"something.else"})


@given(st.lists(st.sampled_from(KINDS)))
def test_there_is_never_more_than_one_now_and_nothing_is_lost_by_more_events(kinds: list[str]) -> None:
    found = way_through(happened(*kinds))
    assert [step.id for step in found] == [stage.id for stage in STAGES]
    assert sum(step.state == "now" for step in found) <= 1
    more = way_through(happened(*kinds, "course.plan_written"))
    done = {step.id for step in found if step.state == "done"}
    assert done <= {step.id for step in more if step.state == "done"}
