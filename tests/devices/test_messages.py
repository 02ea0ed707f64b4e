"""Reading of HL7 v2: what is a value, what is not, and that nothing a sender writes can break it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketachart.devices.codes import MEASURE_WORDS, code_map
from ketachart.devices.hl7_time import time_from, time_text
from ketachart.devices.messages import read_message

from .sent import message, obx

HEART = "OBX|1|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.1|{value}|{unit}|||||{status}|||{at}"


def heart(value: str = "72", unit: str = "264864^MDC_DIM_BEAT_PER_MIN^MDC", status: str = "R", at: str = "") -> str:
    return HEART.format(value=value, unit=unit, status=status, at=at)


def test_a_vendors_example_message_is_read():
    # GE B40 HL7 reference 2062665-001 G, page 15: the two lines as printed there
    read = read_message(
        obx(
            "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X",
            "OBX|11|NM|147842^MDC_ECG_HEART_RATE^MDC|1.5.1.1|80|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R|||||||080019FFFE0B4020^B40_GE",
            "OBX|12|NM|148066^MDC_ECG_V_P_C_RATE^MDC|1.5.1.2|0|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R|||||||080019FFFE0B4020^B40_GE",
        ),
        UTC,
    )
    assert read.problem is None
    assert [(one.measure, one.value, one.flag) for one in read.observations] == [("heart_rate_per_min", 80.0, "")]
    assert [(one.code, one.why) for one in read.not_used] == [("148066", "not in the code map")]
    assert read.equipment == "080019FFFE0B4020"
    assert read.observations[0].at == datetime(2026, 11, 22, 16, 59, 55, tzinfo=UTC), (
        "the time of the request stands in"
    )


@pytest.mark.parametrize(
    ("segment", "why"),
    [
        (heart("1e5"), "not a number"),
        (heart("１２"), "not a number"),
        (heart("7_2"), "not a number"),
        (heart("nan"), "not a number"),
        (heart(""), "no value"),
        (heart(unit=""), "the unit is missing or not one of this measure"),
        (heart(unit="262688^MDC_DIM_PERCENT^MDC"), "the unit is missing or not one of this measure"),
        (heart().replace("|NM|", "|NA|"), "a value of type NA is not read"),
        (heart().replace("147842", "147843"), "not in the code map"),
        (heart().replace("^MDC|1.1", "^LOCAL|1.1"), "not in the code map"),
    ],
)
def test_what_is_no_sure_value_is_no_value(segment: str, why: str):
    read = read_message(obx(segment), UTC)
    assert read.problem is None
    assert read.observations == ()
    assert [one.why for one in read.not_used] == [why]


@pytest.mark.parametrize("status", ["X", "D", "W", "N"])
def test_a_value_that_the_device_does_not_stand_by_is_marked(status: str):
    (one,) = read_message(obx(heart("8388607", status=status)), UTC).observations
    assert one.flag == f"the device marks it {status}"


def test_a_null_flavor_in_the_abnormal_flags_marks_the_value():
    (one,) = read_message(obx(heart().replace("|||||R", "||NAV|||R")), UTC).observations
    assert one.flag == "the device marks it NAV"


def test_fahrenheit_becomes_celsius_and_never_by_guessing():
    known = "OBX|1|NM|150344^MDC_TEMP^MDC|1|98.6|268160^MDC_DIM_FAHR^MDC|||||R"
    unknown = "OBX|1|NM|150344^MDC_TEMP^MDC|1|98.6||||||R"
    assert [one.value for one in read_message(obx(known), UTC).observations] == [37.0]
    assert read_message(obx(unknown), UTC).observations == ()


@pytest.mark.parametrize(
    ("header", "code", "rejects"),
    [
        ("MSH|^~\\&|MON|FAC|||20261122170000||ADT^A01|42|P|2.6", "200", True),
        ("MSH|^~\\&|MON|FAC|||20261122170000||ORU^R32|42|P|2.6", "201", True),
        ("MSH|^~\\&|MON|FAC|||20261122170000||ORU^R01|42|T|2.6", "202", True),
        ("MSH|^~\\&|MON|FAC|||20261122170000||ORU^R01|42|P|3.0", "203", True),
        ("MSH|^~\\&|MON|FAC|||20261122170000||ORU^R01||P|2.6", "101", False),
        ("MSH|^~\\&|MON|FAC|||20261122170000||ORU^R01|42|P|2.6||||||KLINGON", "103", True),
        ("XSH|^~\\&|MON|FAC|||20261122170000||ORU^R01|42|P|2.6", "100", True),
    ],
)
def test_a_message_that_is_not_ours_says_why_by_the_standards_codes(header: str, code: str, rejects: bool):
    problem = read_message(obx(heart(), header=header), UTC).problem
    assert problem is not None
    assert (problem.code, problem.rejects) == (code, rejects)


def test_bytes_that_are_not_the_named_character_set_are_a_problem_and_latin_1_is_read_when_named():
    named = "MSH|^~\\&|MON|FAC|||20261122170000||ORU^R01|42|P|2.6||||||{}"
    latin = obx(heart(), pid="PID|||7^^^H||Mül", header=named.format("8859/1")).decode().encode("latin-1")
    assert read_message(latin, UTC).problem is None
    wrong = latin.replace(b"8859/1", b"UNICODE UTF-8")
    problem = read_message(wrong, UTC).problem
    assert problem is not None
    assert problem.code == "102"
    assert read_message(wrong, UTC).control_id == "42", "the answer can still name the message"


def test_other_separators_are_the_senders_right():
    text = obx(heart(at="20261122165959+0000")).decode()
    swapped = text.replace("|", "\x01").replace("^", "|").replace("\x01", "^")
    (one,) = read_message(swapped.encode(), UTC).observations
    assert (one.measure, one.value) == ("heart_rate_per_min", 72.0)


def test_more_observations_than_any_monitor_has_are_refused():
    problem = read_message(obx(*[heart()] * 501), UTC).problem
    assert problem is not None
    assert problem.code == "102"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20261122170000.1234+0100", datetime(2026, 11, 22, 16, 0, 0, 123400, tzinfo=UTC)),
        ("202611221700-0500", datetime(2026, 11, 22, 22, 0, tzinfo=UTC)),
        ("20260722170000", datetime(2026, 7, 22, 21, 0, tzinfo=UTC)),
        ("20261122", None),
        ("20261322170000", None),
        ("20261122250000", None),
        ("00010101000000+1400", None),
        ("2026112217000x", None),
        ("", None),
    ],
)
def test_time_stamps(text: str, expected: datetime | None):
    assert time_from(text, ZoneInfo("America/New_York")) == expected


@given(st.integers(-2_208_988_800_000, 7_258_118_400_000))
def test_a_time_as_we_write_it_is_read_back_to_the_millisecond(since_1970_ms: int):
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=since_1970_ms)
    assert time_from(time_text(at), UTC) == at


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(raw: bytes):
    read = read_message(raw, UTC)
    assert read.problem is not None or read.control_id


@given(st.data())
def test_no_change_to_a_good_message_breaks_the_reader(data: st.DataObject):
    good = message({"heart_rate_per_min": 72, "spo2_percent": 98, "systolic_mmhg": 120, "diastolic_mmhg": 70})
    at = data.draw(st.integers(0, len(good)))
    cut = data.draw(st.integers(0, 40))
    noise = data.draw(
        st.binary(max_size=40) | st.sampled_from([b"|" * 300, b"^~\\&" * 50, b"\r" * 100, b"\\H\\", b"\x00"])
    )
    read = read_message(good[:at] + noise + good[at + cut :], UTC)
    for one in read.observations:
        assert one.measure in MEASURE_WORDS
        assert one.value == one.value


def test_every_code_has_a_source_and_a_dimension_that_some_unit_serves():
    known = code_map()
    dimensions = {unit.dimension for unit in known.unit}
    for code in known.code:
        assert code.source in known.sources
        assert known.dimensions[code.measure] in dimensions
        assert code.measure in MEASURE_WORDS
    assert all(unit.source in known.sources for unit in known.unit)
    pairs = [(code.system, code.code) for code in known.code]
    assert len(set(pairs)) == len(pairs)
