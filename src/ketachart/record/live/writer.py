"""The writer thread: takes what has arrived, appends it in one transaction, commits once, then acknowledges."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from django.db import close_old_connections, connection

from ketachart.record import clock
from ketachart.record.append import Appended, Charting, append
from ketachart.record.live.guards import guard_for_append
from ketachart.record.reactions import react
from ketachart.record.unit_of_work import unit_of_work

log = logging.getLogger("ketachart.live")

LARGEST_COMMIT = 512


@dataclass(slots=True)
class _Submission:
    chartings: Sequence[Charting]
    done: Future[list[Appended]] = field(default_factory=Future)


class LaneWriter:
    """One thread that writes for all live connections. Group commit: what waits shares one fsync."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[_Submission | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="live-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what has arrived, then end."""
        self._waiting.put(None)
        self._thread.join(timeout=30)

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def submit(self, chartings: Sequence[Charting]) -> Future[list[Appended]]:
        submission = _Submission(chartings)
        self._waiting.put(submission)
        return submission.done

    async def append(self, chartings: Sequence[Charting]) -> list[Appended]:
        return await asyncio.wrap_future(self.submit(chartings))

    def _run(self) -> None:
        running = True
        while running:
            taken = self._take()
            running = taken[-1] is not None
            submissions = [submission for submission in taken if submission is not None]
            if submissions:
                self._write(submissions)
        connection.close()

    def _take(self) -> list[_Submission | None]:
        taken = [self._waiting.get()]
        size = 0
        while taken[-1] is not None and size < LARGEST_COMMIT:
            size += len(taken[-1].chartings)
            try:
                taken.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return taken

    def _write(self, submissions: list[_Submission]) -> None:
        try:
            results = self._commit(submissions)
        except Exception as error:
            if len(submissions) == 1:
                # Only the kind of failure: an exception's text may hold what was charted.
                log.error("an append failed: %s", type(error).__name__)
                submissions[0].done.set_exception(error)
                close_old_connections()
                return
            for submission in submissions:  # one bad submission must not take the others with it
                self._write([submission])
            return
        for submission, result in zip(submissions, results, strict=True):
            submission.done.set_result(result)

    def _commit(self, submissions: list[_Submission]) -> list[list[Appended]]:
        chartings = [charting for submission in submissions for charting in submission.chartings]
        with unit_of_work():
            appended = append(chartings, clock.now(), guard_for_append)
            react(appended)
        results: list[list[Appended]] = []
        start = 0
        for submission in submissions:
            results.append(appended[start : start + len(submission.chartings)])
            start += len(submission.chartings)
        return results
