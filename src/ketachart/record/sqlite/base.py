"""Django's SQLite backend with the writer lock in front of every write, wherever it comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.backends.sqlite3 import base

from ketachart.record.writer_lock import WriterLock, writer_lock_for

_READS = ("SELECT", "PRAGMA", "EXPLAIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT", "BEGIN", "VALUES")


class LockingCursor(base.SQLiteCursorWrapper):
    """Takes the lock for a write outside a transaction (sessions, sign-in, admin)."""

    writer_lock: WriterLock

    def execute(self, query: str, params: Any = None) -> Any:
        return self._guarded(query, lambda: super(LockingCursor, self).execute(query, params))

    def executemany(self, query: str, param_list: Any) -> Any:
        return self._guarded(query, lambda: super(LockingCursor, self).executemany(query, param_list))

    def _guarded(self, query: str, run: Callable[[], Any]) -> Any:
        if self.writer_lock.held_here or query.lstrip()[:9].upper().startswith(_READS):
            return run()
        self.writer_lock.acquire()
        try:
            return run()
        finally:
            self.writer_lock.release()


class DatabaseWrapper(base.DatabaseWrapper):
    """BEGIN IMMEDIATE waits in line for the lock; COMMIT and ROLLBACK hand it over."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held: WriterLock | None = None

    @property
    def _writer_lock(self) -> WriterLock:
        return writer_lock_for(str(self.settings_dict["NAME"]))

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = self.connection.cursor(factory=LockingCursor)
        cursor.writer_lock = self._writer_lock
        return cursor

    def _start_transaction_under_autocommit(self) -> None:
        lock = self._writer_lock
        lock.acquire()
        self._held = lock
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._let_go()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._let_go()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._let_go()

    def _close(self) -> None:
        """Also under the lock: the last connection to close copies the write-ahead log into the database."""
        lock = self._writer_lock
        lock.acquire()
        try:
            super()._close()  # type: ignore[misc]
        finally:
            lock.release()
            self._let_go()

    def _let_go(self) -> None:
        if self._held is not None:
            held, self._held = self._held, None
            held.release()
