"""Hands committed frames to open browsers, in order, whoever wrote them.

Positions within a clinic have no gaps, so the hub knows when it has missed something (another process wrote it, or two
threads finished out of order) and reads it from the database before going on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from ketachart.record.append import Appended

QUEUE_LENGTH = 1000

StoredFrame = tuple[int, UUID, str]
"""Position, stream and frame text."""


@dataclass(eq=False)
class Subscriber:
    """One open event stream. ``streams`` None means every session of the clinic."""

    clinic_id: UUID
    streams: frozenset[UUID] | None
    queue: asyncio.Queue[StoredFrame | None] = field(default_factory=lambda: asyncio.Queue(QUEUE_LENGTH))

    def wants(self, stream_id: UUID) -> bool:
        return self.streams is None or stream_id in self.streams


class Hub:
    """Lives on the event loop. ``read_since(clinic_id, position)`` reads stored frames, in a thread."""

    def __init__(self, read_since: Callable[[UUID, int], list[StoredFrame]]) -> None:
        self._read_since = read_since
        self._loop: asyncio.AbstractEventLoop | None = None
        self._subscribers: dict[UUID, set[Subscriber]] = {}
        self._delivered: dict[UUID, int] = {}
        self._early: dict[UUID, dict[int, StoredFrame]] = {}
        self._catching_up: set[UUID] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def stop(self) -> None:
        for subscribers in self._subscribers.values():
            for subscriber in list(subscribers):
                _close(subscriber)
        self._loop = None

    def subscribe(self, subscriber: Subscriber, position: int) -> None:
        """From now on; ``position`` is the clinic's last position as read just before."""
        self._subscribers.setdefault(subscriber.clinic_id, set()).add(subscriber)
        self._delivered.setdefault(subscriber.clinic_id, position)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        listening = self._subscribers.get(subscriber.clinic_id, set())
        listening.discard(subscriber)
        if not listening:  # nobody listens: forget where we were, the next subscriber says it anew
            self._subscribers.pop(subscriber.clinic_id, None)
            self._delivered.pop(subscriber.clinic_id, None)
            self._early.pop(subscriber.clinic_id, None)

    def clinics(self) -> list[UUID]:
        return list(self._subscribers)

    def count(self) -> int:
        return sum(len(subscribers) for subscribers in self._subscribers.values())

    def committed(self, clinic_id: UUID, appended: list[Appended]) -> None:
        """Called in any writing thread, after its commit."""
        loop = self._loop
        if loop is None or clinic_id not in self._subscribers:
            return
        frames = [_stored(result) for result in appended if result.frame is not None]
        try:
            loop.call_soon_threadsafe(self._arrived, clinic_id, frames)
        except RuntimeError:  # the loop has ended: nobody listens any more
            return

    def look(self, clinic_id: UUID) -> None:
        """Something may have been written elsewhere: read on from where we are."""
        if clinic_id in self._delivered and clinic_id not in self._catching_up:
            self._catching_up.add(clinic_id)
            task = asyncio.ensure_future(self._catch_up(clinic_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _arrived(self, clinic_id: UUID, frames: list[StoredFrame]) -> None:
        if clinic_id not in self._delivered:
            return
        early = self._early.setdefault(clinic_id, {})
        for frame in frames:
            if frame[0] > self._delivered[clinic_id]:
                early[frame[0]] = frame
        self._deliver(clinic_id)
        if early:
            self.look(clinic_id)

    def _deliver(self, clinic_id: UUID) -> None:
        early = self._early.setdefault(clinic_id, {})
        subscribers = self._subscribers.get(clinic_id, set())
        while (frame := early.pop(self._delivered[clinic_id] + 1, None)) is not None:
            self._delivered[clinic_id] = frame[0]
            for subscriber in list(subscribers):
                if not subscriber.wants(frame[1]):
                    continue
                try:
                    subscriber.queue.put_nowait(frame)
                except asyncio.QueueFull:  # too slow: end its stream, it will come back and replay
                    subscribers.discard(subscriber)
                    _close(subscriber)

    async def _catch_up(self, clinic_id: UUID) -> None:
        try:
            since = self._delivered.get(clinic_id)
            if since is None:
                return
            for frame in await asyncio.to_thread(self._read_since, clinic_id, since):
                if clinic_id in self._delivered and frame[0] > self._delivered[clinic_id]:
                    self._early.setdefault(clinic_id, {})[frame[0]] = frame
            if clinic_id in self._delivered:
                self._deliver(clinic_id)
        finally:
            self._catching_up.discard(clinic_id)


def _stored(result: Appended) -> StoredFrame:
    assert result.position is not None
    assert result.frame is not None
    assert result.stream_id is not None
    return result.position, result.stream_id, result.frame


def _close(subscriber: Subscriber) -> None:
    while True:
        try:
            subscriber.queue.put_nowait(None)
        except asyncio.QueueFull:
            subscriber.queue.get_nowait()
        else:
            return
