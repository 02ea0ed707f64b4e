"""What the watch charts, step by step, and that no order of arrival, no restart and no second watch doubles anything."""

from typing import Any
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ketachart.treatment import kinds
from ketachart.treatment.alarm_guard import alarm_problem
from ketachart.treatment.alarm_log import alarm_log, next_moment, standing_alarms, to_chart
from ketachart.treatment.entries import Entry
from ketachart.treatment.rules import discharge_findings
from ketachart.treatment.state import EMPTY, fold_all

from .charting import GOOD_VITALS, Chart, event_id, minute, recovered
from .test_alarm_rules import running, session

SESSION = UUID("0192f0aa-0000-7000-8000-0000000000aa")
LADDER = {"treatment.alarms.charge_nurse_after_seconds": 60, "treatment.alarms.prescriber_after_seconds": 180}


def watch(chart: Chart, at: float) -> list[tuple[str, str]]:
    """Look once, and chart what the watch says: (kind, what it is about)."""
    said = []
    for one in to_chart(chart.state, SESSION, minute(at)):
        assert alarm_problem(chart.state, one.content) is None
        entry = chart.add(at, one.content, author="Ketachart")
        chart.entries[-1] = msgspec.structs.replace(entry, id=str(one.id), author=None)
        said.append((entry.kind.removeprefix("treatment.alarm_"), one.content.alarm_id.partition("/")[0]))  # type: ignore[attr-defined]
    return said


def answer(chart: Chart, at: float, rule_id: str, who: str = "Kim") -> None:
    record = next(one for one in standing_alarms(chart.state) if one.raised.rule_id == rule_id)
    chart.say(at, "alarm_acknowledged", {"alarm_id": record.alarm_id}, author=who)


def test_an_alarm_is_raised_once_answered_by_name_and_ended_by_a_better_reading() -> None:
    chart = running()
    chart.say(21, "vitals_charted", {"systolic_mmhg": 190})
    assert watch(chart, 21.1) == [("raised", "AL04")]
    assert watch(chart, 21.2) == []
    answer(chart, 21.5, "AL04")
    (record,) = standing_alarms(chart.state)
    assert (record.acknowledged_by, record.acknowledged_at) == ("Kim", minute(21.5))
    assert watch(chart, 22) == []
    chart.say(23, "vitals_charted", {"systolic_mmhg": 150})
    assert watch(chart, 23.1) == [("ended", "AL04")]
    assert standing_alarms(chart.state) == ()


def test_an_answer_covers_what_was_seen_and_no_later_reading() -> None:
    chart = running()
    chart.say(21, "vitals_charted", {"systolic_mmhg": 190})
    watch(chart, 21.1)
    answer(chart, 21.5, "AL04")
    chart.say(24, "vitals_charted", {"systolic_mmhg": 195})
    assert watch(chart, 24.1) == [("ended", "AL04"), ("raised", "AL04")]
    (record,) = standing_alarms(chart.state)
    assert record.unanswered
    chart.say(26, "vitals_charted", {"systolic_mmhg": 196})
    assert watch(chart, 26.1) == [], "nobody has answered: it is still the same alarm"


def test_without_the_clinics_seconds_everybody_is_told_at_once_and_with_them_it_climbs() -> None:
    bare, laddered = running(), running(session(LADDER))
    for chart in (bare, laddered):
        chart.say(21, "sedation_scored", {"value": 3})
        watch(chart, 21)
    assert standing_alarms(bare.state)[0].tell == ("nurse", "charge nurse", "prescriber")
    assert standing_alarms(laddered.state)[0].tell == ("nurse", "prescriber")  # AL12 pages the prescriber by itself
    assert next_moment(laddered.state, minute(21)) == minute(22)
    assert watch(laddered, 21.9) == []
    assert watch(laddered, 22) == [("escalated", "AL12")]
    assert standing_alarms(laddered.state)[0].tell == ("nurse", "charge nurse", "prescriber")


def test_an_answered_alarm_climbs_no_further() -> None:
    chart = running(session(LADDER))
    chart.say(21, "vitals_charted", {"heart_rate_per_min": 130})
    watch(chart, 21)
    answer(chart, 21.5, "AL11")
    assert watch(chart, 28) == []


def test_a_missing_reading_climbs_to_the_prescriber_even_when_somebody_answered() -> None:
    chart = running()
    assert next_moment(chart.state, minute(21)) == minute(32)
    assert watch(chart, 31.9) == []
    assert watch(chart, 32) == [("raised", "AL15")]
    assert standing_alarms(chart.state)[0].tell == ("nurse", "charge nurse")
    answer(chart, 33, "AL15")
    assert watch(chart, 34.9) == []
    assert watch(chart, 35) == [("escalated", "AL15")]
    chart.say(36, "vitals_charted", GOOD_VITALS)
    chart.say(36, "sedation_scored", {"value": 5})
    assert watch(chart, 36) == [("ended", "AL15")]


def test_what_was_due_during_an_outage_is_raised_at_restart_with_its_own_time() -> None:
    chart = running()
    assert watch(chart, 39) == [("raised", "AL15")]
    assert watch(chart, 39) == [("escalated", "AL15")]
    (record,) = standing_alarms(chart.state)
    assert (record.raised.since, record.raised_at) == (minute(32), minute(39))


def test_a_call_is_over_when_somebody_comes_and_the_next_call_is_a_new_one() -> None:
    chart = running()
    chart.say(21, "patient_called", {})
    assert watch(chart, 21) == [("raised", "PC01")]
    chart.say(21.2, "patient_called", {})
    assert watch(chart, 21.3) == []
    answer(chart, 21.5, "PC01")
    assert watch(chart, 21.6) == [("ended", "PC01")]
    assert watch(chart, 21.7) == []
    chart.say(24, "patient_called", {})
    assert watch(chart, 24) == [("raised", "PC01")]


def test_an_alarm_that_comes_back_after_a_late_entry_is_raised_again() -> None:
    chart = running()
    chart.say(21, "sedation_scored", {"value": 3})
    watch(chart, 21)
    wrong = chart.say(21.5, "sedation_scored", {"value": 5})
    assert watch(chart, 22) == [("ended", "AL12")]
    chart.say(22.5, "event_corrected", {"target_id": wrong.id, "reason": "another patient's"})
    assert watch(chart, 23) == [("raised", "AL12")]
    (record,) = standing_alarms(chart.state)
    assert record.alarm_id.endswith("#2")


def test_what_stands_at_discharge_ends_with_the_session() -> None:
    chart = running()
    chart.say(21, "vitals_charted", {"heart_rate_per_min": 130})
    watch(chart, 21)
    chart.say(25, "discharged", {"at": minute(25).isoformat()})
    assert standing_alarms(chart.state) == ()
    assert watch(chart, 25) == [("ended", "AL11")]
    assert next_moment(chart.state, minute(26)) is None


def test_a_second_watch_says_the_same_with_the_same_ids() -> None:
    chart = running()
    chart.say(21, "vitals_charted", {"systolic_mmhg": 190, "heart_rate_per_min": 130})
    first, second = (to_chart(fold_all(chart.entries), SESSION, minute(at)) for at in (21.1, 21.4))
    assert [one.id for one in first] == [one.id for one in second]
    assert len({one.id for one in first}) == 2


def test_the_guard_lets_nothing_happen_twice_and_nothing_to_an_alarm_that_was_not_raised() -> None:
    chart = running()
    chart.say(21, "vitals_charted", {"systolic_mmhg": 190})
    (raised,) = to_chart(chart.state, SESSION, minute(21.1))
    before = chart.state
    watch(chart, 21.1)
    problem = alarm_problem(chart.state, raised.content)
    assert problem is not None
    assert problem.status == 409
    chart.say(22, "vitals_charted", {"systolic_mmhg": 150})
    (ended,) = to_chart(chart.state, SESSION, minute(22))
    assert alarm_problem(before, ended.content) is not None


def test_nobody_leaves_while_an_alarm_stands_without_an_answer() -> None:
    chart = recovered()
    chart.say(120.6, "vitals_charted", {"heart_rate_per_min": 130})

    def verdict() -> str:
        return next(one.verdict for one in discharge_findings(chart.state, minute(121)) if one.rule_id == "DI30")

    assert verdict() == "met"
    assert watch(chart, 120.7) == [("raised", "AL11")]
    assert verdict() == "not met"
    answer(chart, 120.8, "AL11")
    assert verdict() == "met"


SOMETHING = st.one_of(
    st.tuples(st.just("vitals_charted"), st.sampled_from([150, 185, 190]).map(lambda value: {"systolic_mmhg": value})),
    st.tuples(st.just("sedation_scored"), st.integers(0, 5).map(lambda value: {"value": value})),
    st.tuples(st.just("patient_called"), st.just({})),
    st.tuples(
        st.just("presence_charted"), st.booleans().map(lambda here: {"person": "Kim", "in_room": here})
    ),
    st.tuples(st.just("answer"), st.sampled_from(["AL04", "AL12", "AL13", "AL15", "AL16B", "PC01"]).map(lambda one: {"rule": one})),
    st.tuples(st.just("watch"), st.just({})),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    steps=st.lists(st.tuples(SOMETHING, st.integers(1, 240)), max_size=14),
    order=st.randoms(use_true_random=False),
    values=st.sampled_from([{}, LADDER]),
)
def test_whatever_happens_one_alarm_of_a_rule_stands_at_a_time_and_order_does_not_matter(
    steps: list[tuple[tuple[str, dict[str, Any]], int]], order: Any, values: dict[str, float]
) -> None:
    chart = running(session(values))
    at = 20.0
    for (kind, content), seconds in steps:
        at += seconds / 60
        if kind == "watch":
            for _ in range(4):
                if not watch(chart, at):
                    break
            assert watch(chart, at) == [], "the watch comes to rest"
        elif kind == "answer":
            for record in standing_alarms(chart.state):
                if record.raised.rule_id == content["rule"]:
                    chart.say(at, "alarm_acknowledged", {"alarm_id": record.alarm_id}, author="Kim")
        else:
            chart.say(at, kind, content)
        standing = [record.raised.key for record in standing_alarms(chart.state)]
        assert len(standing) == len(set(standing))
    for _ in range(4):
        watch(chart, at + 0.01)
    broken = {one.raised.rule_id for one in standing_alarms(chart.state)}
    ids = [entry.id for entry in chart.entries]
    assert len(ids) == len(set(ids))
    shuffled: list[Entry] = list(chart.entries)
    order.shuffle(shuffled)
    again = fold_all([*shuffled, *shuffled[:5]], EMPTY)
    assert alarm_log(again) == alarm_log(chart.state)
    assert {one.raised.rule_id for one in standing_alarms(again)} == broken
    assert to_chart(again, SESSION, minute(at + 0.02)) == ()


def test_an_answer_that_arrives_before_the_alarm_was_raised_counts() -> None:
    """A tablet without a line saw it first: its answer names the alarm that the server raises later."""
    chart = running()
    reading = chart.say(21, "vitals_charted", {"systolic_mmhg": 190})
    chart.say(21.5, "alarm_acknowledged", {"alarm_id": f"AL04/{reading.id}"}, author="Kim")
    assert watch(chart, 25) == [("raised", "AL04")]
    (record,) = standing_alarms(chart.state)
    assert record.acknowledged_by == "Kim"
    assert watch(chart, 25.1) == []


def test_a_state_of_nothing_has_no_alarms() -> None:
    assert alarm_log(EMPTY) == {}
    assert to_chart(EMPTY, SESSION, minute(5)) == ()
    assert kinds.SitePolicy().alarm_values == {}
    assert event_id(1) != event_id(2)
