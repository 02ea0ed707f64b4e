"""The answer to a message, by the HL7 standard, read back with the library that devices' makers use."""

from __future__ import annotations

from datetime import UTC

import hl7
import pytest

from ketachart.devices.acknowledgement import NOT_STORED, TOO_MANY, acknowledgement
from ketachart.devices.messages import Message, Problem, read_message

from .sent import AT, message, obx


def answered(read: Message, problem: Problem | None) -> hl7.Message | None:
    raw = acknowledgement(read, problem, AT, "ack-1")
    return None if raw is None else hl7.parse(raw.decode())


@pytest.mark.parametrize(
    ("problem", "code"),
    [(None, "AA"), (NOT_STORED, "AE"), (TOO_MANY, "AE"), (Problem("200", "not ours", True), "AR")],
)
def test_original_mode(problem: Problem | None, code: str):
    ack = answered(read_message(message(number=7), UTC), problem)
    assert ack is not None
    assert str(ack.segment("MSA")[1]) == code
    assert str(ack.segment("MSA")[2]) == "SIM-1-7"
    assert str(ack.segment("MSH")[9]) == "ACK^R01^ACK"
    assert str(ack.segment("MSH")[5]) == "KETACHART^SIMULATOR", "the answer goes to whoever sent"
    if problem is not None:
        assert str(ack.segment("ERR")[3]).startswith(f"{problem.code}^")


@pytest.mark.parametrize(
    ("accept", "application", "problem", "code"),
    [
        ("AL", "NE", None, "CA"),
        ("AL", "NE", NOT_STORED, "CE"),
        ("AL", "", Problem("200", "not ours", True), "CR"),
        ("NE", "NE", None, None),
        ("ER", "", None, None),
        ("ER", "", NOT_STORED, "CE"),
        ("SU", "", None, "CA"),
        ("SU", "", NOT_STORED, None),
        ("", "NE", None, None),
        ("", "AL", None, "AA"),
    ],
)
def test_enhanced_mode(accept: str, application: str, problem: Problem | None, code: str | None):
    header = f"MSH|^~\\&|MON|FAC|||20261122170000||ORU^R01|42|P|2.6|||{accept}|{application}"
    ack = answered(read_message(obx("OBX|1|NM|147842^x^MDC|1|72|/min|||||R", header=header), UTC), problem)
    assert (None if ack is None else str(ack.segment("MSA")[1])) == code


def test_an_acknowledgement_is_never_acknowledged():
    read = read_message(b"MSH|^~\\&|MON|FAC|||20261122170000||ACK|42|P|2.6\rMSA|AA|1\r", UTC)
    assert answered(read, read.problem) is None


def test_what_a_sender_writes_cannot_begin_a_segment_of_ours():
    read = read_message(b"MSH$^~\\&$A|B\x0bMSA|AA$F$$$20261122170000$$ORU^R01$4|2$P$2.6\rOBX$1\r", UTC)
    raw = acknowledgement(read, Problem("100", "x|y^z"), AT, "ack-1")
    assert raw is not None
    assert [segment[:3] for segment in raw.decode().strip("\r").split("\r")] == ["MSH", "MSA", "ERR"]
    assert str(hl7.parse(raw.decode()).segment("MSA")[2]) == "42"
