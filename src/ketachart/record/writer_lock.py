"""One writer at a time on SQLite, first come first served, across threads and processes.

Several connections that write one WAL sleep in SQLite's busy handler (p99 of seconds), and SQLite 3.7 to 3.51.2 can
corrupt a WAL that two connections write or checkpoint at once. So the lock comes first, then BEGIN IMMEDIATE:
the other order can deadlock the live lane against page threads.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections import deque
from pathlib import Path


class WriterLock:
    """Reentrant in its thread; FIFO among threads; ``flock`` against other processes."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: int | None = None
        self._owner: int | None = None
        self._depth = 0
        self._waiting: deque[threading.Lock] = deque()
        self._door = threading.Lock()

    def acquire(self) -> None:
        me = threading.get_ident()
        if self._owner == me:
            self._depth += 1
            return
        with self._door:
            if self._owner is None:
                turn = None
                self._owner = me
            else:
                turn = threading.Lock()
                turn.acquire()
                self._waiting.append(turn)
        if turn is not None:
            self._wait(turn)
            self._owner = me
        self._depth = 1
        try:
            self._lock_file()
        except BaseException:
            self._hand_over()
            raise

    def release(self) -> None:
        if self._owner != threading.get_ident():
            raise RuntimeError("the writer lock is held by another thread")
        self._depth -= 1
        if self._depth == 0:
            self._unlock_file()
            self._hand_over()

    @property
    def held_here(self) -> bool:
        return self._owner == threading.get_ident()

    def abandon(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _wait(self, turn: threading.Lock) -> None:
        try:
            turn.acquire()  # released by the thread that hands over
        except BaseException:  # Ctrl-C while waiting: leave the line, or pass on what was already promised
            with self._door:
                promised = turn not in self._waiting
                if not promised:
                    self._waiting.remove(turn)
            if promised:
                self._hand_over()
            raise

    def _hand_over(self) -> None:
        self._depth = 0
        with self._door:
            if self._waiting:
                self._owner = -1  # promised to the next in line: nobody may step in between
                self._waiting.popleft().release()
            else:
                self._owner = None

    def _lock_file(self) -> None:
        if self._path is None:
            return
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def _unlock_file(self) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)


_locks: dict[str, WriterLock] = {}
_locks_door = threading.Lock()


def writer_lock_for(database_name: str) -> WriterLock:
    """The one lock of a database file in this process. In-memory databases need no file."""
    if (lock := _locks.get(database_name)) is not None:
        return lock
    with _locks_door:
        if database_name not in _locks:
            in_memory = database_name == ":memory:" or "mode=memory" in database_name
            _locks[database_name] = WriterLock(None if in_memory else Path(f"{database_name}.lock"))
        return _locks[database_name]


def _forget_locks() -> None:
    """A forked child shares its parent's open lock file, and so would share its lock: it opens its own."""
    global _locks_door
    _locks_door = threading.Lock()
    for lock in _locks.values():
        lock.abandon()
    _locks.clear()


os.register_at_fork(after_in_child=_forget_locks)
