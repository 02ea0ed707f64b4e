"""Telemetry comes back exactly as it went in, small; a drawing never invents a point."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketachart.devices.telemetry import Sample, bins, pack_raw, pack_samples, unpack_raw, unpack_samples

SAMPLES = st.lists(
    st.builds(
        Sample,
        device_ms=st.integers(-(2**52), 2**52),
        received_ms=st.integers(0, 2**52),
        measure=st.sampled_from(["heart_rate_per_min", "spo2_percent", "temperature_c", "strange"]),
        value=st.one_of(
            st.floats(allow_nan=False),
            st.integers(0, 300).map(float),
            st.decimals(30, 45, places=1).map(float),
        ),
        flag=st.sampled_from(["", "the device marks it X", "ü\x00|^"]),
        person=st.sampled_from(["", "MRN-1", "MRN-2"]),
    ),
    max_size=40,
)


@given(SAMPLES)
def test_every_sample_comes_back_in_its_place(samples: list[Sample]):
    back = unpack_samples(pack_samples(samples))
    assert back == samples
    assert [str(one.value) for one in back] == [str(one.value) for one in samples], "not even a minus zero is lost"


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_raw_messages_come_back_byte_for_byte(messages: list[bytes]):
    assert unpack_raw(pack_raw(messages)) == messages


def test_ten_minutes_of_one_monitor_take_less_than_two_and_a_half_bytes_a_value():
    chance = random.Random(1)
    samples = [
        Sample(second * 1000, second * 1000 + chance.randint(5, 40), measure, float(round(middle + chance.gauss(0, 2))))
        for second in range(600)
        for measure, middle in (("heart_rate_per_min", 75), ("spo2_percent", 97), ("respiratory_rate_per_min", 14))
    ]
    assert len(pack_samples(samples)) / len(samples) < 2.5


@given(st.lists(st.tuples(st.integers(-50, 150), st.floats(0, 300)), max_size=60), st.integers(1, 30))
def test_a_drawing_holds_every_point_of_its_span_and_nothing_else(points: list[tuple[int, float]], count: int):
    drawn = bins(points, 0, 100, count)
    inside = [value for at, value in points if 0 <= at < 100]
    assert max((value for value in drawn.greatest if value is not None), default=None) == max(inside, default=None)
    assert min((value for value in drawn.least if value is not None), default=None) == min(inside, default=None)
    for least, middle, greatest in zip(drawn.least, drawn.middle, drawn.greatest, strict=True):
        if least is None:
            assert middle is None
            assert greatest is None
        else:
            assert middle is not None
            assert greatest is not None
            assert least <= middle <= greatest


def test_an_empty_step_stays_empty():
    assert bins([(0, 70.0), (95, 90.0)], 0, 100, 4).middle == [70.0, None, None, 90.0]
    with pytest.raises(ValueError):
        bins([], 10, 10, 4)
