"""What the server does by itself: notice what other processes wrote, chart what comes due, and write checkpoints."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Coroutine
from typing import Any
from urllib.parse import quote

from django.db import close_old_connections, connection, connections

from ketachart.record import append
from ketachart.record.checkpoints import write_checkpoint
from ketachart.record.identity import id_from
from ketachart.record.live.hub import Hub
from ketachart.record.live.watch import CONNECTION_PARAMETERS, Watch
from ketachart.record.models import Clinic

log = logging.getLogger("ketachart.live")

LOOK_EVERY_S = 0.25
CHECKPOINT_EVERY_S = 60.0


class Background:
    """Tasks on the event loop, started and ended with the server."""

    def __init__(self, hub: Hub, watch: Watch) -> None:
        self._hub = hub
        self._watch = watch
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        append.on_committed(self._hub.committed)
        self._spawn(self._listen() if connection.vendor == "postgresql" else self._watch_file())
        self._spawn(self._watch.run())
        self._spawn(self._checkpoints())

    async def stop(self) -> None:
        append.forget_listener(self._hub.committed)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(write_checkpoints)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(_say_why_it_ended)
        self._tasks.append(task)

    async def _watch_file(self) -> None:
        """SQLite: the file's version changes when another connection commits."""
        name = str(connections["default"].settings_dict["NAME"])
        with contextlib.closing(sqlite3.connect(f"file:{quote(name)}?mode=ro", uri=True)) as watching:
            seen = None
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                clinics = self._hub.clinics()
                if not clinics:
                    continue
                version = watching.execute("PRAGMA data_version").fetchone()[0]
                if version != seen:
                    seen = version
                    for clinic_id in clinics:
                        self._hub.look(clinic_id)

    async def _listen(self) -> None:
        """PostgreSQL: every commit says which clinic moved."""
        import psycopg

        given = connection.get_connection_params()
        parameters = {name: value for name, value in given.items() if name in CONNECTION_PARAMETERS}
        while True:
            try:
                listening = await psycopg.AsyncConnection.connect(**parameters, autocommit=True)
                async with listening:
                    await listening.execute("LISTEN ketachart_live")
                    for clinic_id in self._hub.clinics():
                        self._hub.look(clinic_id)
                    async for notice in listening.notifies():
                        clinic = id_from(notice.payload.split(":")[0])
                        if clinic is not None:
                            self._hub.look(clinic)
            except psycopg.OperationalError:
                log.warning("lost the database’s notifications; trying again")
                await asyncio.sleep(1)

    async def _checkpoints(self) -> None:
        while True:
            await asyncio.sleep(CHECKPOINT_EVERY_S)
            try:
                await asyncio.to_thread(write_checkpoints)
            except Exception as error:
                log.error("a checkpoint could not be written: %s", type(error).__name__)


def _say_why_it_ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("%s ended: %s", task.get_coro(), type(error).__name__)


def write_checkpoints() -> None:
    close_old_connections()
    try:
        for clinic in Clinic.objects.all():
            write_checkpoint(clinic)
    finally:
        connection.close()
