"""What may be appended to a stream, asked of the stream's own state just before it is written.

A part registers a fold (state, frame, content) -> state and a guard (state, content, meta) -> Refused | None for the kind of
stream it owns. The states of recently used streams are kept; they are rebuilt from the events when anything is in doubt.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection

from ketachart.record import clock
from ketachart.record.append import Charting, Head, database_uuid
from ketachart.record.errors import Refused
from ketachart.record.frames import Frame, decode_frame
from ketachart.record.kinds import decode

if TYPE_CHECKING:
    from ketachart.record.models import Stream

KEPT_STATES = 400


@dataclass(frozen=True, slots=True)
class Meta:
    """What a guard knows of an event besides its content."""

    id: UUID
    kind: str
    effective_at: datetime
    author_id: UUID | None
    source: str
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StreamRules:
    empty: Callable[[], Any]
    fold: Callable[[Any, Frame, Any], Any]
    guard: Callable[[Any, Any, Meta], Refused | None]
    permission_by_kind: Mapping[str, str]
    read_permission: str


_rules: dict[str, StreamRules] = {}


def register(
    stream_kind: str,
    *,
    empty: Callable[[], Any],
    fold: Callable[[Any, Frame, Any], Any],
    guard: Callable[[Any, Any, Meta], Refused | None],
    permission_by_kind: Mapping[str, str],
    read_permission: str,
) -> None:
    """Register the fold and the guard for a kind of stream.

    ``fold`` must not change the state it is given. ``permission_by_kind`` names the kinds of events that may arrive
    through the live lane and what each needs; any other kind is refused there.
    """
    _rules[stream_kind] = StreamRules(empty, fold, guard, permission_by_kind, read_permission)


def rules_of(stream_kind: str) -> StreamRules | None:
    return _rules.get(stream_kind)


def session_rules() -> StreamRules:
    return _rules.get("session", _NO_RULES)


_NO_RULES = StreamRules(
    lambda: None, lambda state, frame, content: state, lambda state, content, meta: None, {}, "nobody"
)


@dataclass(frozen=True, slots=True)
class _Kept:
    number: int
    hash: str
    state: Any


class StateCache:
    """Folded states by stream. A kept state is used only if the chain's hash says that nothing else happened since."""

    def __init__(self) -> None:
        self._kept: OrderedDict[UUID, _Kept] = OrderedDict()
        self._door = threading.Lock()

    def at_head(self, head: Head, rules: StreamRules) -> Any:
        with self._door:
            kept = self._kept.get(head.stream_id)
        if kept is None or (kept.number, kept.hash) != (head.number, head.hash):
            kept = _catch_up(head, rules, kept)
            self.keep(head.stream_id, kept)
        return kept.state

    def keep(self, stream_id: UUID, kept: _Kept) -> None:
        with self._door:
            self._kept[stream_id] = kept
            self._kept.move_to_end(stream_id)
            while len(self._kept) > KEPT_STATES:
                self._kept.popitem(last=False)


_cache = StateCache()


def guard_for_append(head: Head, charting: Charting, frame: Frame, frame_hash: str) -> Refused | None:
    """Check one event against the state that all before it made. Runs while the writer's transaction is open.

    A state folded in a transaction that is then rolled back is harmless: its hash is not in the chain.
    """
    rules = _rules.get(head.kind)
    if rules is None:
        return None
    state = _cache.at_head(head, rules)
    meta = Meta(
        charting.id,
        frame.kind,
        charting.effective_at,
        charting.author_id,
        charting.source,
        clock.from_iso(frame.recorded_at),
    )
    problem = rules.guard(state, charting.content, meta)
    if problem is None:
        after = rules.fold(state, frame, charting.content)
        _cache.keep(head.stream_id, _Kept(frame.number, frame_hash, after))
    return problem


def _catch_up(head: Head, rules: StreamRules, kept: _Kept | None) -> _Kept:
    """Fold what was appended since; from the beginning when what we kept is not part of the chain."""
    start = _Kept(0, "", rules.empty())
    if kept is not None and 0 < kept.number < head.number:
        rows = _stored(head, kept.number)
        if rows and rows[0][0] == kept.hash:
            return _fold_rows(head, rules, kept, rows[1:])
    return _fold_rows(head, rules, start, _stored(head, 1))


def _fold_rows(head: Head, rules: StreamRules, kept: _Kept, rows: list[tuple[str, str]]) -> _Kept:
    state = kept.state
    for _, text in rows:
        frame = decode_frame(text)
        state = rules.fold(state, frame, decode(frame.kind, frame.content))
    return _Kept(head.number, head.hash, state)


def _stored(head: Head, from_number: int) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hash, frame FROM record_event"
            " WHERE clinic_id = %s AND stream_id = %s AND number BETWEEN %s AND %s ORDER BY number",
            (database_uuid(head.clinic_id), database_uuid(head.stream_id), from_number, head.number),
        )
        rows: list[tuple[str, str]] = cursor.fetchall()
        return rows


def state_of(stream: Stream) -> Any:
    """The state of a stream as stored, for pages."""
    head = Head(stream.id, stream.clinic_id, stream.kind, stream.head_number, stream.head_hash)
    rules = _rules[head.kind]
    return _fold_rows(head, rules, _Kept(0, "", rules.empty()), _stored(head, 1)).state
