"""One thread that stores for all connections. Group commit: what waits shares one fsync, then all of it is answered."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from dataclasses import dataclass
from datetime import UTC
from uuid import UUID

from django.db import close_old_connections, connection

from ketachart.devices.acknowledgement import NOT_STORED
from ketachart.devices.messages import read_message
from ketachart.devices.storing import Arrived, Storage, Stored

log = logging.getLogger("ketachart.devices")

LARGEST_COMMIT = 256


@dataclass(slots=True, eq=False)
class _Submission:
    arrived: Arrived
    done: asyncio.Future[Stored]


class StoringThread:
    def __init__(self, clinic_id: UUID) -> None:
        self._clinic_id = clinic_id
        self._waiting: queue.SimpleQueue[_Submission | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="devices-storing", daemon=True)

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """Store what has arrived, then end."""
        self._waiting.put(None)
        self._thread.join(timeout=30)

    async def store(self, arrived: Arrived) -> Stored:
        """Returns when it is durable."""
        submission = _Submission(arrived, self._loop.create_future())
        self._waiting.put(submission)
        return await submission.done

    def _run(self) -> None:
        storage: Storage | None = None
        running = True
        while running:
            taken = self._take()
            running = taken[-1] is not None
            submissions = [one for one in taken if one is not None]
            if not submissions:
                continue
            try:
                storage = storage or Storage(self._clinic_id)
            except Exception as error:
                log.error("the device store cannot be opened: %s", type(error).__name__)
                close_old_connections()
                self._settle(submissions, [_not_stored(one.arrived) for one in submissions])
                continue
            self._settle(submissions, _stored(storage, [one.arrived for one in submissions]))
        connection.close()

    def _take(self) -> list[_Submission | None]:
        taken = [self._waiting.get()]
        while taken[-1] is not None and len(taken) < LARGEST_COMMIT:
            try:
                taken.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return taken

    def _settle(self, submissions: list[_Submission], results: list[Stored]) -> None:
        def settle() -> None:
            for submission, result in zip(submissions, results, strict=True):
                if not submission.done.done():
                    submission.done.set_result(result)

        try:
            self._loop.call_soon_threadsafe(settle)
        except RuntimeError:  # the loop has ended: what is stored is stored, the sender sends again
            return


def _stored(storage: Storage, arrived: list[Arrived]) -> list[Stored]:
    try:
        return storage.store(arrived)
    except Exception:  # one bad message must not take the others with it
        close_old_connections()
    results = []
    for one in arrived:
        try:
            results += storage.store([one])
        except Exception as error:
            # Only the kind of failure: an exception's text may hold what was measured.
            log.error("a device message could not be stored: %s", type(error).__name__)
            close_old_connections()
            results.append(_not_stored(one))
    return results


def _not_stored(one: Arrived) -> Stored:
    return Stored(read_message(one.raw, UTC), NOT_STORED)
