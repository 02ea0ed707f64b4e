"""Hands committed frames to open browsers, in order, whoever wrote them.

Positions within a clinic have no gaps, so the hub knows when it has missed something (another process wrote it, or two
threads finished out of order) and reads on from the database, which is right by definition.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import NamedTuple
from uuid import UUID

from ketachart.record.append import Appended

log = logging.getLogger("ketachart.live")

QUEUE_LENGTH = 1000
"""A browser that is so many frames behind is dropped; it comes back and replays."""

LARGEST_READ = 5000


class StoredFrame(NamedTuple):
    """A committed frame on its way to browsers; ``message`` is made once for all of them."""

    position: int
    stream_id: UUID
    stream_kind: str
    message: bytes

    @classmethod
    def of(cls, position: int, stream_id: UUID, stream_kind: str, text: str) -> StoredFrame:
        message = f"id: {position}\nevent: charted\ndata: {text}\n\n".encode()
        return cls(position, stream_id, stream_kind, message)


class Subscriber:
    """One open event stream. ``streams`` None means every session of the clinic."""

    def __init__(self, clinic_id: UUID, streams: frozenset[UUID] | None) -> None:
        self.clinic_id = clinic_id
        self.streams = streams
        self.ended = False
        self._pending: list[StoredFrame] = []
        self._waiter: asyncio.Future[None] | None = None

    def wants(self, frame: StoredFrame) -> bool:
        return frame.stream_kind == "session" if self.streams is None else frame.stream_id in self.streams

    def put(self, frame: StoredFrame) -> None:
        if len(self._pending) >= QUEUE_LENGTH:
            self.end()
        elif not self.ended:
            self._pending.append(frame)
            self._wake()

    def end(self) -> None:
        """Nothing more follows; what was not sent yet is replayed when the browser comes back."""
        self.ended = True
        self._pending.clear()
        self._wake()

    async def take(self, within_s: float) -> list[StoredFrame]:
        """What has arrived; waits for it, but no longer than this."""
        if not self._pending and not self.ended and within_s > 0:
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            timer = loop.call_later(within_s, self._wake)
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        taken, self._pending = self._pending, []
        return taken

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Hub:
    """Lives on the event loop. ``read_since(clinic_id, position)`` reads stored frames, in a thread."""

    def __init__(self, read_since: Callable[[UUID, int], list[StoredFrame]]) -> None:
        self._read_since = read_since
        self._loop: asyncio.AbstractEventLoop | None = None
        self._subscribers: dict[UUID, set[Subscriber]] = {}
        self._delivered: dict[UUID, int] = {}
        self._reading: set[UUID] = set()
        self._read_again: set[UUID] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def stop(self) -> None:
        """End every stream, now and from now on: the browsers come back when there is a server again."""
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.call_soon_threadsafe(self._end_all)

    def _end_all(self) -> None:
        for subscribers in self._subscribers.values():
            for subscriber in subscribers:
                subscriber.end()

    def subscribe(self, subscriber: Subscriber, position: int) -> None:
        """From now on; ``position`` is the clinic's last position as read just before."""
        if self._loop is None:
            subscriber.end()
        self._subscribers.setdefault(subscriber.clinic_id, set()).add(subscriber)
        self._delivered.setdefault(subscriber.clinic_id, position)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        listening = self._subscribers.get(subscriber.clinic_id, set())
        listening.discard(subscriber)
        if not listening:  # nobody listens: forget where we were, the next subscriber says it anew
            self._subscribers.pop(subscriber.clinic_id, None)
            self._delivered.pop(subscriber.clinic_id, None)

    def clinics(self) -> list[UUID]:
        return list(self._subscribers)

    def count(self) -> int:
        return sum(len(subscribers) for subscribers in self._subscribers.values())

    def committed(self, clinic_id: UUID, created: list[Appended]) -> None:
        """Called in any writing thread, after its commit."""
        loop = self._loop
        if loop is None or clinic_id not in self._subscribers:
            return
        frames = [_stored(result) for result in created]
        try:
            loop.call_soon_threadsafe(self._arrived, clinic_id, frames)
        except RuntimeError:  # the loop has ended: nobody listens any more
            return

    def look(self, clinic_id: UUID) -> None:
        """Something may have been written elsewhere: read on from where we are."""
        if clinic_id not in self._delivered:
            return
        if clinic_id in self._reading:
            self._read_again.add(clinic_id)  # what is being read now may be older than what we heard of
            return
        self._reading.add(clinic_id)
        task = asyncio.ensure_future(self._read_on(clinic_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _arrived(self, clinic_id: UUID, frames: list[StoredFrame]) -> None:
        delivered = self._delivered.get(clinic_id)
        if delivered is None or not frames:
            return
        if frames[0].position <= delivered + 1:
            self._deliver(clinic_id, frames)
        else:
            self.look(clinic_id)

    def _deliver(self, clinic_id: UUID, frames: Iterable[StoredFrame]) -> None:
        subscribers = self._subscribers.get(clinic_id, set())
        for frame in frames:
            if frame.position <= self._delivered[clinic_id]:
                continue
            self._delivered[clinic_id] = frame.position
            for subscriber in subscribers:
                if subscriber.wants(frame):
                    subscriber.put(frame)

    async def _read_on(self, clinic_id: UUID) -> None:
        try:
            while (since := self._delivered.get(clinic_id)) is not None:
                self._read_again.discard(clinic_id)
                frames = await asyncio.to_thread(self._read_since, clinic_id, since)
                if clinic_id in self._delivered:
                    self._deliver(clinic_id, frames)
                if len(frames) < LARGEST_READ and clinic_id not in self._read_again:
                    return
        except Exception as error:
            log.error("could not read on for the live streams: %s", type(error).__name__)
        finally:
            self._reading.discard(clinic_id)
            self._read_again.discard(clinic_id)


def _stored(result: Appended) -> StoredFrame:
    assert result.position is not None
    assert result.frame is not None
    assert result.stream_id is not None
    assert result.stream_kind is not None
    return StoredFrame.of(result.position, result.stream_id, result.stream_kind, result.frame)
