"""The answer to a message: HL7 v2 original mode (AA, AE, AR), or enhanced mode where the sender asks for it. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ketachart.devices.hl7_time import time_text
from ketachart.devices.messages import Message, Problem

Verdict = Literal["accept", "error", "reject"]

APPLICATION, FACILITY = "KETACHART", ""

NOT_STORED = Problem("207", "it could not be stored now; send it again")
TOO_MANY = Problem(
    "207", "this sender is not registered and too much of it waits already; register it, then send again"
)

WHEN = frozenset({"AL", "NE", "ER", "SU"})
"""HL7 table 0155. Anything else in MSH-15 asks for nothing, and the original mode holds."""

_ORIGINAL: dict[Verdict, str] = {"accept": "AA", "error": "AE", "reject": "AR"}
_ENHANCED: dict[Verdict, str] = {"accept": "CA", "error": "CE", "reject": "CR"}


def verdict_on(problem: Problem | None) -> Verdict:
    if problem is None:
        return "accept"
    return "reject" if problem.rejects else "error"


def acknowledgement(message: Message, problem: Problem | None, at: datetime, number: str) -> bytes | None:
    """The ACK as bytes; None when the standard or the sender wants none."""
    if message.type == "ACK":
        return None  # an acknowledgement is never acknowledged: two such machines would talk for good
    verdict = verdict_on(problem)
    enhanced = message.accept_when in WHEN
    if not _wanted(message.accept_when if enhanced else message.answer_when, verdict):
        return None
    code = (_ENHANCED if enhanced else _ORIGINAL)[verdict]
    event = f"^{message.event}^ACK" if message.event.isalnum() else ""
    version = message.version if message.version.startswith("2.") else "2.6"
    segments = [
        "|".join(
            [
                "MSH", "^~\\&", APPLICATION, FACILITY, _safe(message.application), _safe(message.facility),
                time_text(at), "", f"ACK{event}", number, _safe(message.processing) or "P", _safe(version),
            ]
        ),
        f"MSA|{code}|{_safe(message.control_id)}",
    ]  # fmt: skip
    if problem is not None:
        segments.append(f"ERR|||{problem.code}^{_escaped(problem.text)}^HL70357|E||||{_escaped(problem.text)}")
    return ("\r".join(segments) + "\r").encode()


def _wanted(when: str, verdict: Verdict) -> bool:
    """HL7 table 0155: always, never, on error or reject only, on success only."""
    if when == "NE":
        return False
    if when == "ER":
        return verdict != "accept"
    if when == "SU":
        return verdict == "accept"
    return True


def _safe(text: str) -> str:
    """What the sender wrote, without anything that would begin a new field or segment here."""
    return "".join(char for char in text if char.isprintable() and char not in "|\\")[:199]


def _escaped(text: str) -> str:
    return text.replace("\\", "").replace("|", " ").replace("^", " ").replace("~", " ").replace("&", "and")
