"""Events after a session, in the patient's stream."""

from datetime import datetime
from typing import Literal

import msgspec

from ketachart.record.kinds import Content, kind


class FindingKept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rule_id: str
    rule_version: str
    verdict: Literal["met", "not met", "missing"]


@kind("aftercare.check_in_opened")
class CheckInOpened(Content, frozen=True, kw_only=True):
    check_in_id: str
    session_id: str
    opens_at: datetime
    late_at: datetime


@kind("aftercare.check_in_answered")
class CheckInAnswered(Content, frozen=True, kw_only=True):
    """The answers as given. A question that is absent or None was not answered; "declined" is an answer."""

    check_in_id: str
    session_id: str
    mode: Literal["self", "staff"]
    answers: dict[str, str | None]
    findings: tuple[FindingKept, ...] = ()


@kind("aftercare.call_tried")
class CallTried(Content, frozen=True, kw_only=True):
    check_in_id: str
    note: str


@kind("aftercare.check_in_reviewed")
class CheckInReviewed(Content, frozen=True, kw_only=True):
    check_in_id: str
    note: str | None = None
