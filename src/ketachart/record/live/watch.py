"""What comes due by itself: looks at the streams that run, and charts what a clock says although nobody charted anything.

A part registers which of its streams run and a pure decision (state, stream, time) -> events to chart, and when to look
again. The ids of those events follow from what they say, so that a restart, a second process or a replay never doubles
one. One process decides at a time; another takes over when it ends.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import close_old_connections, connection, connections

from ketachart.record import append, clock
from ketachart.record.append import Appended, Charting, Head, as_uuid, database_uuid
from ketachart.record.kinds import Content
from ketachart.record.live.guards import StateCache, rules_of
from ketachart.record.live.writer import LaneWriter

log = logging.getLogger("ketachart.live")

LOOK_EVERY_S = 1.0
AT_MOST_EVERY_S = 0.1
LOOK_AGAIN_AFTER = timedelta(seconds=15)
"""A stream is looked at so often even if nothing was charted and nothing was said to come due."""

MOST_EVENTS = 200
SYSTEM_NAME = "Ketachart"
ADVISORY_LOCK = 0x6B65746163686172  # "ketachar"


@dataclass(frozen=True, slots=True)
class ToChart:
    id: UUID
    content: Content


@dataclass(frozen=True, slots=True)
class Decision:
    """What to chart now, and when the answer may change by the clock alone."""

    events: tuple[ToChart, ...] = ()
    next_at: datetime | None = None


Running = Callable[[], Iterable[UUID]]
Decide = Callable[[Any, UUID, datetime], Decision]


@dataclass(frozen=True, slots=True)
class WatchRules:
    running: Running
    decide: Decide


_watched: dict[str, WatchRules] = {}


def register(stream_kind: str, *, running: Running, decide: Decide) -> None:
    _watched[stream_kind] = WatchRules(running, decide)


@dataclass(frozen=True, slots=True)
class _Looked:
    number: int
    hash: str
    again_at: datetime


class Watch:
    """A task on the event loop and one thread that reads; what it charts goes through the lane's writer."""

    def __init__(self, writer: LaneWriter, turn: Turn | None = None) -> None:
        self._writer = writer
        self._states = StateCache()
        self._looked: dict[UUID, _Looked] = {}
        self._turn = turn or Turn()
        self._thread: ThreadPoolExecutor | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="watch")
        append.on_committed(self._committed)
        try:
            while True:
                try:
                    chartings = await self._loop.run_in_executor(self._thread, self._look_afresh, clock.now())
                    for start in range(0, len(chartings), MOST_EVENTS):
                        await self._writer.append(chartings[start : start + MOST_EVENTS])
                except Exception as error:  # only the kind of failure: its text may hold what was charted
                    self._looked.clear()  # whatever was not charted is decided anew
                    log.error("the watch could not look: %s", type(error).__name__)
                await asyncio.sleep(AT_MOST_EVERY_S)
                await self._woken()
        finally:
            append.forget_listener(self._committed)
            self._loop = None
            self._thread.submit(self._end)
            self._thread.shutdown(wait=False)

    async def _woken(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    def _committed(self, _: UUID, created: list[Appended]) -> None:
        """Called in the writing thread: something was charted, look at once."""
        loop = self._loop
        if loop is None or not any(result.stream_kind in _watched for result in created):
            return
        try:
            loop.call_soon_threadsafe(self._wake.set)
        except RuntimeError:  # the loop has ended
            return

    def _look_afresh(self, at: datetime) -> list[Charting]:
        close_old_connections()
        return self.look(at)

    def look(self, at: datetime) -> list[Charting]:
        """What is to be charted now, in the streams that moved or were due to be looked at."""
        if not _watched or not self._turn.mine():
            return []
        found: list[Charting] = []
        running: set[UUID] = set()
        for stream_kind, watched in _watched.items():
            streams = set(watched.running())
            running |= streams
            ended = {stream_id for stream_id in self._looked if stream_id not in streams}
            for head in _heads(streams | ended):
                if head.kind == stream_kind:
                    found += self._decide(head, watched, at)
        for stream_id in set(self._looked) - running:  # looked at once more, for what ends with it
            del self._looked[stream_id]
        return found

    def _decide(self, head: Head, watched: WatchRules, at: datetime) -> list[Charting]:
        looked = self._looked.get(head.stream_id)
        moved = looked is None or (looked.number, looked.hash) != (head.number, head.hash)
        rules = rules_of(head.kind)
        if rules is None or not (moved or (looked is not None and looked.again_at <= at)):
            return []
        decision = watched.decide(self._states.at_head(head, rules), head.stream_id, at)
        again_at = at + LOOK_AGAIN_AFTER
        if decision.next_at is not None and decision.next_at > at:
            again_at = min(again_at, decision.next_at)
        self._looked[head.stream_id] = _Looked(head.number, head.hash, again_at)
        return [
            Charting(
                id=event.id,
                clinic_id=head.clinic_id,
                stream_id=head.stream_id,
                stream_kind=head.kind,
                content=event.content,
                effective_at=at,
                author_id=None,
                author_name=SYSTEM_NAME,
                source="server",
            )
            for event in decision.events
        ]

    def _end(self) -> None:
        self._turn.release()
        connection.close()


def _heads(streams: Sequence[UUID] | set[UUID]) -> list[Head]:
    if not streams:
        return []
    marks = ", ".join(["%s"] * len(streams))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, clinic_id, kind, head_number, head_hash FROM record_stream WHERE id IN ({marks})",  # noqa: S608
            [database_uuid(stream) for stream in streams],
        )
        return [Head(as_uuid(row[0]), as_uuid(row[1]), row[2], row[3], row[4]) for row in cursor.fetchall()]


class Turn:
    """Whose turn it is among the processes on one database. Lost with the process, however it ends."""

    def __init__(self) -> None:
        self._file: int | None = None
        self._session: Any = None

    def mine(self) -> bool:
        return self._on_postgresql() if connection.vendor == "postgresql" else self._on_sqlite()

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._session is not None:
            self._session.close()
            self._session = None

    def _on_sqlite(self) -> bool:
        if self._file is not None:
            return True
        name = str(connections["default"].settings_dict["NAME"])
        if ":memory:" in name or "mode=memory" in name:
            return True
        file = os.open(f"{name}.watch", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        self._file = file
        return True

    def _on_postgresql(self) -> bool:
        """A lock of the session: gone when its connection is."""
        import psycopg

        try:
            if self._session is not None:
                self._session.execute("SELECT 1")
                return True
            given = connection.get_connection_params()
            parameters = {name: value for name, value in given.items() if name in CONNECTION_PARAMETERS}
            session = psycopg.connect(**parameters, autocommit=True)
            row = session.execute("SELECT pg_try_advisory_lock(%s)", (ADVISORY_LOCK,)).fetchone()
            if row is not None and row[0]:
                self._session = session
                return True
            session.close()
        except psycopg.OperationalError:
            self._session = None
        return False


CONNECTION_PARAMETERS = frozenset(
    {"host", "port", "user", "password", "dbname", "passfile", "service",
     "sslmode", "sslrootcert", "sslcert", "sslkey", "options"}
)  # fmt: skip
