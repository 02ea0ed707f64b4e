"""What may be offered from a monitor, and where pump and chart disagree: tables of cases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketachart.devices.rules import (
    Limits,
    Mark,
    clock_offset_ms,
    names_another,
    offers,
    place,
    pump_differences,
)
from ketachart.devices.telemetry import Sample

from .sent import AT, second

LIMITS = {
    "heart_rate_per_min": Limits(20, 40, 130, 250),
    "spo2_percent": Limits(50, 90, 100, 100),
    "systolic_mmhg": Limits(50, 80, 180, 300),
    "diastolic_mmhg": Limits(20, 40, 110, 200),
}


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def sample(seconds: float, measure: str, value: float, *, flag: str = "", person: str = "") -> Sample:
    return Sample(ms(second(seconds)), ms(second(seconds)) + 20, measure, value, flag, person)


def feed(measure: str, values: list[float], **more: Any) -> list[Sample]:
    """One value a second, the last one now."""
    return [sample(index - len(values) + 1, measure, value, **more) for index, value in enumerate(values)]


def offered(samples: list[Sample], *, now: float = 0, **more: Any) -> dict[str, float]:
    placed = place(samples, 0, more.pop("mrn", None), LIMITS, more.pop("marks", ()))
    return {name: value for one in offers(placed, second(now), LIMITS, **more) for name, value in one.content.items()}


def test_the_median_of_the_last_minute_is_offered_and_a_spike_does_not_move_it():
    assert offered(feed("heart_rate_per_min", [70.0] * 40 + [200.0] * 5 + [72.0] * 15)) == {"heart_rate_per_min": 70.0}


def test_what_is_older_than_a_minute_does_not_count():
    assert offered(feed("heart_rate_per_min", [180.0] * 600 + [70.0] * 60)) == {"heart_rate_per_min": 70.0}


def test_a_feed_that_has_fallen_silent_offers_nothing():
    assert offered(feed("heart_rate_per_min", [70.0] * 60), now=16) == {}
    assert offered(feed("heart_rate_per_min", [70.0] * 60), now=10) == {"heart_rate_per_min": 70.0}


def test_a_probe_that_fell_off_never_gives_a_saturation():
    flagged = feed("spo2_percent", [8388607.0] * 60, flag="the device marks it X")
    impossible = feed("spo2_percent", [0.0] * 60)
    assert offered(flagged) == {}
    assert offered(impossible) == {}


def test_values_of_a_monitor_that_names_another_person_are_never_offered():
    assert offered(feed("heart_rate_per_min", [70.0] * 60, person="MRN-9"), mrn="MRN-1") == {}
    assert offered(feed("heart_rate_per_min", [70.0] * 60, person="mrn-1 "), mrn="MRN-1") == {
        "heart_rate_per_min": 70.0
    }
    assert offered(feed("heart_rate_per_min", [70.0] * 60, person=""), mrn="MRN-1") == {"heart_rate_per_min": 70.0}


def test_a_marked_artefact_is_not_offered_again():
    mark = Mark(("heart_rate_per_min",), ms(second(-60)), ms(second(0)), "artefact: movement")
    samples = feed("heart_rate_per_min", [70.0] * 60)
    assert offered(samples, marks=[mark]) == {}
    placed = place(samples, 0, None, LIMITS, [mark])
    assert [one.left_out for one in placed] == ["artefact: movement"] * 60, "it is still there, and says why"


def test_the_electrocardiogram_goes_before_the_pulse_and_the_pulse_stands_in():
    both = [*feed("heart_rate_per_min", [70.0] * 60), *feed("pulse_rate_per_min", [64.0] * 60)]
    assert offered(both) == {"heart_rate_per_min": 70.0}
    assert offered(feed("pulse_rate_per_min", [64.0] * 60)) == {"heart_rate_per_min": 64.0}


def test_a_cuff_pressure_is_offered_with_its_own_time_and_once():
    samples = [sample(-100, "systolic_mmhg", 132), sample(-100, "diastolic_mmhg", 84)] * 3
    placed = place(samples, 0, None, LIMITS)
    (one,) = offers(placed, second(0), LIMITS)
    assert (one.at, one.content) == (second(-100), {"systolic_mmhg": 132, "diastolic_mmhg": 84})
    assert offers(placed, second(0), LIMITS, last_pressure_at=second(-100)) == ()
    assert offers(placed, second(501), LIMITS) == (), "ten minutes after the inflation it is not a present pressure"


@pytest.mark.parametrize(
    "samples",
    [
        [sample(-10, "systolic_mmhg", 132)],
        [sample(-10, "systolic_mmhg", 132), sample(-11, "diastolic_mmhg", 84)],
        [sample(-10, "systolic_mmhg", 84), sample(-10, "diastolic_mmhg", 132)],
        [sample(-10, "systolic_mmhg", 132), sample(-10, "diastolic_mmhg", 84, flag="the device marks it X")],
        [sample(10, "systolic_mmhg", 132), sample(10, "diastolic_mmhg", 84)],
    ],
)
def test_half_a_pressure_is_none(samples: list[Sample]):
    assert offered(samples) == {}


def test_an_unusual_value_is_offered_as_unusual():
    placed = place(feed("heart_rate_per_min", [150.0] * 60), 0, None, LIMITS)
    assert offers(placed, second(0), LIMITS)[0].unusual == ("heart_rate_per_min",)


def test_a_message_that_waited_does_not_make_a_clock_look_slow():
    live = [(ms(second(at)) + 240_000, ms(second(at)) + 15) for at in range(5)]
    waited = [(ms(second(-1800)) + 240_000, ms(second(0)))]
    assert clock_offset_ms([*waited, *live]) == 240_000 - 15
    assert clock_offset_ms([]) is None


@given(st.integers(-86_400_000, 86_400_000))
def test_a_wrong_clock_of_any_amount_moves_no_sample(off_ms: int):
    samples = [Sample(ms(second(at)) + off_ms, ms(second(at)), "heart_rate_per_min", 70.0) for at in range(5)]
    offset = clock_offset_ms((one.device_ms, one.received_ms) for one in samples)
    assert offset == off_ms
    assert [one.at_ms for one in place(samples, offset, None, LIMITS)] == [ms(second(at)) for at in range(5)]


def test_the_same_sample_twice_is_one():
    once = feed("heart_rate_per_min", [70.0, 71.0, 72.0])
    assert len(place(once * 3, 0, None, LIMITS)) == 3


@pytest.mark.parametrize(
    ("person", "mrn", "another"), [("", "1", False), ("1", "1", False), ("2", "1", True), ("2", None, False)]
)
def test_naming_another_person(person: str, mrn: str | None, another: bool):
    assert names_another(person, mrn) is another


def pump(rate: float, *, since: float = -30, volume: float | None = None) -> list[Sample]:
    found = [sample(at, "pump_rate_ml_per_h", rate) for at in range(int(since), 1)]
    return found + ([sample(0, "pump_volume_ml", volume)] if volume is not None else [])


Step = tuple[datetime, datetime | None, float]


@pytest.mark.parametrize(
    ("samples", "steps", "volume", "found"),
    [
        (pump(156), [(second(-300), None, 156.0)], None, []),
        (pump(155), [(second(-300), None, 156.0)], None, []),
        (pump(120), [(second(-300), None, 156.0)], None, ["rate"]),
        (pump(0), [(second(-300), None, 156.0)], None, ["running"]),
        (pump(156), [], None, ["running"]),
        (pump(0), [], None, []),
        (pump(0), [(second(-300), second(-100), 156.0)], None, []),
        (pump(0, volume=104), [(second(-300), second(-100), 156.0)], 104.0, []),
        (pump(0, volume=80), [(second(-300), second(-100), 156.0)], 104.0, ["volume"]),
        ([], [(second(-300), None, 156.0)], None, []),
        ([sample(-90, "pump_rate_ml_per_h", 10)], [(second(-300), None, 156.0)], None, []),
    ],
)
def test_pump_and_chart(samples: list[Sample], steps: list[Step], volume: float | None, found: list[str]):
    placed = place(samples, 0, None, {})
    differences = pump_differences(placed, steps, volume, AT, 2.0, 0.0)
    assert [one.what for one in differences] == found
    assert all("nothing is changed by itself" in one.action for one in differences)


def test_a_change_by_hand_has_its_time_when_the_clinic_has_set_one():
    placed = place(pump(120, since=-10), 0, None, {})
    steps: list[Step] = [(AT - timedelta(minutes=5), None, 156.0)]
    assert pump_differences(placed, steps, None, AT, 2.0, 30.0) == ()
    assert [one.what for one in pump_differences(placed, steps, None, AT, 2.0, 5.0)] == ["rate"]
