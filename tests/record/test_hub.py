"""The hub delivers in order and misses nothing, however the news reaches it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from uuid import UUID

from ketachart.record.append import Appended
from ketachart.record.identity import new_id
from ketachart.record.live.hub import Hub, StoredFrame, Subscriber

CLINIC, SESSION = new_id(), new_id()


def frame(position: int) -> StoredFrame:
    return StoredFrame.of(position, SESSION, "session", f"frame {position}")


def committed(*positions: int) -> list[Appended]:
    return [
        Appended(
            new_id(), "created", "probe.counted", SESSION, "session", position, position, "hash", f"frame {position}"
        )
        for position in positions
    ]


class Stored:
    """What the database holds, and how often it was read."""

    def __init__(self) -> None:
        self.positions: list[int] = []
        self.reads = 0
        self.before_read: Callable[[], None] = lambda: None
        self.after_read: Callable[[], None] = lambda: None

    def since(self, clinic_id: UUID, position: int) -> list[StoredFrame]:
        self.reads += 1
        self.before_read()
        found = [frame(stored) for stored in self.positions if stored > position]
        self.after_read()
        return found


async def told(subscriber: Subscriber, count: int) -> list[int]:
    positions: list[int] = []
    async with asyncio.timeout(5):
        while len(positions) < count:
            positions += [each.position for each in await subscriber.take(1)]
    return positions


def hub_with(stored: Stored, position: int = 0) -> tuple[Hub, Subscriber]:
    hub = Hub(stored.since)
    hub.start(asyncio.get_running_loop())
    subscriber = Subscriber(CLINIC, frozenset({SESSION}))
    hub.subscribe(subscriber, position)
    return hub, subscriber


def test_commits_in_order_need_no_read():
    async def story() -> tuple[list[int], int]:
        stored = Stored()
        hub, subscriber = hub_with(stored)
        hub.committed(CLINIC, committed(1, 2))
        hub.committed(CLINIC, committed(3))
        return await told(subscriber, 3), stored.reads

    assert asyncio.run(story()) == ([1, 2, 3], 0)


def test_commits_heard_out_of_order_are_delivered_in_order():
    async def story() -> list[int]:
        stored = Stored()
        hub, subscriber = hub_with(stored)
        stored.positions = [1, 2, 3]
        hub.committed(CLINIC, committed(3))
        hub.committed(CLINIC, committed(1, 2))
        found = await told(subscriber, 3)
        await asyncio.sleep(0.05)
        return found + [each.position for each in await subscriber.take(0)]

    assert asyncio.run(story()) == [1, 2, 3]


def test_news_that_comes_while_reading_is_not_lost():
    """The read saw the database before the second commit; only the second look finds it."""

    async def story() -> list[int]:
        stored = Stored()
        hub, subscriber = hub_with(stored)
        reading, go_on = threading.Event(), threading.Event()

        def wait_once() -> None:
            reading.set()
            go_on.wait(5)
            stored.after_read = lambda: None

        stored.positions = [1]
        stored.after_read = wait_once
        hub.look(CLINIC)
        await asyncio.to_thread(reading.wait, 5)
        stored.positions = [1, 2]
        hub.look(CLINIC)
        go_on.set()
        return await told(subscriber, 2)

    assert asyncio.run(story()) == [1, 2]


def test_a_hole_in_a_damaged_record_does_not_silence_the_room():
    async def story() -> list[int]:
        stored = Stored()
        hub, subscriber = hub_with(stored, position=3)
        stored.positions = [5, 6]
        hub.committed(CLINIC, committed(6))
        first = await told(subscriber, 2)
        hub.committed(CLINIC, committed(7))
        return first + await told(subscriber, 1)

    assert asyncio.run(story()) == [5, 6, 7]


def test_a_failed_read_is_tried_again_with_the_next_news(caplog):
    async def story() -> list[int]:
        stored = Stored()
        hub, subscriber = hub_with(stored)

        def fail() -> None:
            stored.before_read = lambda: None
            raise OSError("contents")

        stored.before_read = fail
        stored.positions = [1]
        hub.look(CLINIC)
        await asyncio.sleep(0.1)
        hub.look(CLINIC)
        return await told(subscriber, 1)

    assert asyncio.run(story()) == [1]
    assert "OSError" in caplog.text
    assert "contents" not in caplog.text
