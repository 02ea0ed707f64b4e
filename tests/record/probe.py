"""A small kind of stream for tests of the record itself: it counts, and refuses what is too large."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ketachart.record.errors import Refused
from ketachart.record.frames import Frame
from ketachart.record.kinds import Content, kind
from ketachart.record.live import guards
from ketachart.record.live.guards import Meta

LARGEST = 1000


@kind("probe.counted")
class Counted(Content):
    value: int
    note: str | None = None


@kind("probe.closed")
class Closed(Content):
    pass


@kind("probe.internal")
class Internal(Content):
    """Never accepted from a browser."""

    text: str = ""


@dataclass(frozen=True)
class Tally:
    events: int = 0
    total: int = 0
    closed: bool = False


def fold(state: Tally, frame: Frame, content: Any) -> Tally:
    state = replace(state, events=state.events + 1)
    if isinstance(content, Counted):
        return replace(state, total=state.total + content.value)
    return replace(state, closed=True) if isinstance(content, Closed) else state


def guard(state: Tally, content: Any, meta: Meta) -> Refused | None:
    if state.closed:
        return Refused("This is closed.", fix="Write an addendum.")
    if isinstance(content, Counted) and content.value > LARGEST:
        return Refused(f"{content.value} is too large.", field="value", fix=f"Up to {LARGEST}.")
    return None


def register(stream_kind: str = "session") -> None:
    guards.register(
        stream_kind,
        empty=Tally,
        fold=fold,
        guard=guard,
        permission_by_kind={"probe.counted": "treatment.chart", "probe.closed": "treatment.sign"},
        read_permission="treatment.read",
    )
