"""The writer thread: takes what has arrived, appends it in one transaction, commits once, then acknowledges."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import close_old_connections, connection

from ketachart.record import clock
from ketachart.record.append import Appended, Charting, append
from ketachart.record.errors import Refused
from ketachart.record.live.guards import guard_for_append
from ketachart.record.reactions import react
from ketachart.record.unit_of_work import unit_of_work

log = logging.getLogger("ketachart.live")

LARGEST_COMMIT = 512

Outcome = list[Appended] | Exception


@dataclass(slots=True, eq=False)
class _Submission:
    chartings: Sequence[Charting]
    done: asyncio.Future[list[Appended]]


class LaneWriter:
    """One thread that writes for all live connections. Group commit: what waits shares one fsync."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[_Submission | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="live-writer", daemon=True)

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """Write what has arrived, then end."""
        self._waiting.put(None)
        self._thread.join(timeout=30)

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    async def append(self, chartings: Sequence[Charting]) -> list[Appended]:
        """Returns when it is durable. On an error some of it may have been written; sending it again is harmless."""
        submission = _Submission(chartings, self._loop.create_future())
        self._waiting.put(submission)
        return await submission.done

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
        while (last := taken[-1]) is not None and size < LARGEST_COMMIT:
            size += len(last.chartings)
            try:
                taken.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return taken

    def _write(self, submissions: list[_Submission]) -> None:
        outcomes: list[Outcome]
        try:
            outcomes = list(_append_together(submissions))
        except Exception:  # one bad event must not take the others with it
            close_old_connections()
            outcomes = [_append_singly(submission.chartings) for submission in submissions]
        try:
            self._loop.call_soon_threadsafe(_settle, submissions, outcomes)
        except RuntimeError:  # the loop has ended: nobody waits for the answer, what is written is written
            return


def _append_together(submissions: list[_Submission]) -> list[list[Appended]]:
    appended = _append([charting for submission in submissions for charting in submission.chartings])
    results: list[list[Appended]] = []
    start = 0
    for submission in submissions:
        results.append(appended[start : start + len(submission.chartings)])
        start += len(submission.chartings)
    return results


def _append_singly(chartings: Sequence[Charting]) -> Outcome:
    """Each event in a transaction of its own, in order; stops at the first that fails for no reason of its own."""
    results: list[Appended] = []
    for charting in chartings:
        try:
            results += _append([charting])
        except Refused as refused:  # a reaction said no
            results.append(Appended(charting.id, "refused", problem=refused))
        except Exception as error:
            # Only the kind of failure: an exception's text may hold what was charted.
            log.error("an append failed: %s", type(error).__name__)
            close_old_connections()
            return error
    return results


def _append(chartings: list[Charting]) -> list[Appended]:
    with unit_of_work():
        appended = append(chartings, clock.now(), guard_for_append)
        react(appended)
    return appended


def _settle(submissions: list[_Submission], outcomes: list[Outcome]) -> None:
    for submission, outcome in zip(submissions, outcomes, strict=True):
        if submission.done.cancelled():
            continue
        if isinstance(outcome, Exception):
            submission.done.set_exception(outcome)
        else:
            submission.done.set_result(outcome)
