"""One HL7 v2 message as bytes, read into header and observations. Pure; it never raises: what cannot be read says why.

The library splits and unescapes; what the parts mean is decided here, against the code map.
"""

from __future__ import annotations

import codecs
import re
from datetime import datetime, tzinfo
from typing import Final

import hl7
import msgspec

from ketachart.devices.codes import measure_of, unit_of
from ketachart.devices.hl7_time import time_from

CHARSETS: Final = {
    # MSH-18, HL7 table 0211
    "": "utf-8",  # the standard says ASCII; UTF-8 holds it, and is what is sent in practice
    "ASCII": "ascii",
    "UNICODE UTF-8": "utf-8",
    "UNICODE": "utf-8",
    "8859/1": "iso-8859-1",
    "8859/2": "iso-8859-2",
    "8859/9": "iso-8859-9",
    "8859/15": "iso-8859-15",
    "GB 18030-2000": "gb18030",
}

UNOBTAINED: Final = frozenset({"X", "D", "W", "N", "I", "O"})
"""OBX-11 (table 0085): no result, deleted, wrong, not asked, pending, order detail. A value beside it is not one."""

NO_VALUE: Final = frozenset({"NI", "NA", "NAV", "OFF", "MSK", "OTH", "NAN", "PINF", "NINF"})
"""OBX-8: why there is no value (IHE PCD Technical Framework, null flavors; wiki.ihe.net/index.php/NullFlavorsInPCD)."""

MOST_OBSERVATIONS: Final = 500
LONGEST_ID: Final = 199

_NUMBER = re.compile(r"^[+-]?(?:[0-9]{1,7}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})$")
_VERSION = re.compile(r"^2\.[0-9](?:\.[0-9])?$")


class Problem(msgspec.Struct, frozen=True):
    """Why a message is not taken. ``code`` is of HL7 table 0357; ``rejects``: it is the message as such, not its content."""

    code: str
    text: str
    rejects: bool = False


class Observation(msgspec.Struct, frozen=True):
    """One value in our unit, at the device's own time. ``flag`` says why it must not count, empty when it may."""

    measure: str
    value: float
    at: datetime | None
    flag: str = ""


class NotUsed(msgspec.Struct, frozen=True):
    code: str
    why: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    control_id: str = ""
    type: str = ""
    event: str = ""
    processing: str = ""
    version: str = ""
    application: str = ""
    facility: str = ""
    sent_at: datetime | None = None
    accept_when: str = ""
    answer_when: str = ""
    person: str | None = None
    equipment: str = ""
    observations: tuple[Observation, ...] = ()
    not_used: tuple[NotUsed, ...] = ()
    problem: Problem | None = None


def read_message(raw: bytes, zone: tzinfo) -> Message:
    """Header and observations of one message. ``zone`` is that of times which name none."""
    text, trouble = _decoded(raw)
    header = _header(text, zone)
    if header is None:
        return Message(problem=Problem("100", "the message does not begin with a readable MSH segment", True))
    if trouble is not None:
        return msgspec.structs.replace(header, problem=trouble)
    problem = _not_ours(header)
    if problem is not None:
        return msgspec.structs.replace(header, problem=problem)
    try:
        return _with_content(header, hl7.parse(text), zone)
    except Exception:  # whatever a hostile message does to the library, it is kept and answered
        return msgspec.structs.replace(header, problem=Problem("100", "the segments cannot be read"))


def _decoded(raw: bytes) -> tuple[str, Problem | None]:
    text = raw.decode("ascii", "replace").lstrip("\r\n ")
    separator = text[3:4] or "|"
    fields = text.split("\r", 1)[0].split("\n", 1)[0].split(separator)
    named = (fields[17] if len(fields) > 17 else "").split("~")[0].strip().upper()
    charset = CHARSETS.get(named)
    if charset is None:
        return text, Problem("103", "the character set named in MSH-18 is not known", True)
    try:
        decoded = codecs.decode(raw, charset, "strict").lstrip("\r\n ")
    except (UnicodeDecodeError, LookupError):
        return text, Problem("102", f"the bytes are not {named or 'UTF-8'}, which MSH-18 says or leaves open")
    return decoded.replace("\r\n", "\r").replace("\n", "\r"), None


def _header(text: str, zone: tzinfo) -> Message | None:
    if not text.startswith("MSH") or len(text) < 8:
        return None
    separator = text[3]
    if separator.isalnum() or separator in "\r\n ":
        return None
    fields = text.split("\r", 1)[0].split(separator)
    component = fields[1][:1] or "^"

    def field(number: int) -> str:
        return fields[number - 1].strip()[:LONGEST_ID] if len(fields) >= number else ""

    parts = field(9).split(component)
    return Message(
        control_id=field(10),
        type=parts[0].upper(),
        event=parts[1].upper() if len(parts) > 1 else "",
        processing=field(11).split(component)[0].upper(),
        version=field(12).split(component)[0],
        application=field(3),
        facility=field(4),
        sent_at=time_from(field(7), zone),
        accept_when=field(15).upper(),
        answer_when=field(16).upper(),
    )


def _not_ours(header: Message) -> Problem | None:
    if header.type != "ORU":
        return Problem("200", "only ORU messages are taken here", True)
    if header.event != "R01":
        return Problem("201", "only the event R01 is taken here", True)
    if header.processing != "P":
        return Problem("202", "only production messages are taken here (MSH-11 P)", True)
    if not _VERSION.match(header.version):
        return Problem("203", "only HL7 versions 2.x are taken here", True)
    if not header.control_id:
        return Problem("101", "MSH-10 (message control id) is missing")
    return None


def _with_content(header: Message, parsed: hl7.Message, zone: tzinfo) -> Message:
    person: str | None = None
    equipment = ""
    at_of_request: datetime | None = None
    found: list[Observation] = []
    not_used: list[NotUsed] = []
    for segment in parsed:
        name = str(segment[0])
        if name == "PID":
            person = _first_id(_text(segment, 3)) or person
        elif name == "OBR":
            at_of_request = time_from(_text(segment, 7), zone)
        elif name == "PV1" and not equipment:
            equipment = _text(segment, 3)[:LONGEST_ID]
        elif name == "OBX":
            if len(found) + len(not_used) >= MOST_OBSERVATIONS:
                return msgspec.structs.replace(
                    header, problem=Problem("102", f"more than {MOST_OBSERVATIONS} observations in one message")
                )
            unit_id = _text(segment, 18).split("^")[0]
            equipment = unit_id[:LONGEST_ID] or equipment
            one = _observation(segment, zone, at_of_request)
            if isinstance(one, NotUsed):
                not_used.append(one)
            elif one is not None:
                found.append(one)
    if not found and not not_used:
        return msgspec.structs.replace(header, problem=Problem("100", "there is no OBX segment with a value"))
    return msgspec.structs.replace(
        header, person=person, equipment=equipment, observations=tuple(found), not_used=tuple(not_used)
    )


def _observation(segment: hl7.Segment, zone: tzinfo, at_of_request: datetime | None) -> Observation | NotUsed | None:
    identifier = _text(segment, 3)
    value_type, value = _text(segment, 2), _text(segment, 5).strip()
    label = identifier.split("^")[0][:40]
    if not value and value_type not in {"NM", "ST"}:
        return None  # the headings of a PCD-01 message: device, channel
    code = measure_of(_coded(identifier))
    if code is None:
        return NotUsed(label, "not in the code map")
    if not value:
        return NotUsed(label, "no value")
    if value_type not in {"NM", "ST", ""}:
        return NotUsed(label, f"a value of type {value_type[:4]} is not read")
    if not _NUMBER.match(value):
        return NotUsed(label, "not a number")
    unit = unit_of(tuple(part.strip() for part in _text(segment, 6).split("^") if part.strip()), code.measure)
    if unit is None:
        return NotUsed(label, "the unit is missing or not one of this measure")
    stamp = _text(segment, 14)
    at = time_from(stamp, zone) if stamp.strip() else at_of_request
    status = _text(segment, 11).strip().upper()
    marks = sorted(NO_VALUE.intersection(_text(segment, 8).upper().replace("^", "~").split("~")))
    flag = f"the device marks it {status}" if status in UNOBTAINED else ""
    flag = flag or (f"the device marks it {marks[0]}" if marks else "")
    if stamp.strip() and at is None:
        flag = flag or "its time cannot be read"
    return Observation(code.measure, unit.converted(float(value)), at, flag)


def _coded(identifier: str) -> tuple[tuple[str, str], ...]:
    """CE/CWE: code^text^system^alternate code^text^system."""
    parts = [part.strip() for part in identifier.split("^")] + [""] * 6
    return ((parts[2].upper(), parts[0]), (parts[5].upper(), parts[3]))


def _first_id(identifiers: str) -> str | None:
    first = identifiers.split("~")[0].split("^")[0].strip()
    return first[:LONGEST_ID] or None


def _text(segment: hl7.Segment, number: int) -> str:
    """A field with ``^`` between its components, whatever separators the sender chose."""
    if len(segment) <= number:
        return ""
    return "~".join(_components(repetition) for repetition in segment[number])


def _components(repetition: object) -> str:
    if isinstance(repetition, str):
        return repetition
    assert isinstance(repetition, list)
    return "^".join(str(part) for part in repetition)
