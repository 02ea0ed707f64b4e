"""What runs beside the server: the listener, the sealing of telemetry, and charting where a clinic has asked for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db import close_old_connections

from ketachart.devices.by_itself import chart_what_is_due
from ketachart.devices.listener import Listener, listener_from
from ketachart.devices.packing import seal_due
from ketachart.record import clock
from ketachart.record.models import Clinic

log = logging.getLogger("ketachart.devices")

UPKEEP_EVERY_S: Final = 5.0
LOOK_FOR_CLINIC_S: Final = 5.0


class DeviceCompanion:
    """Starts and stops with the server; also the whole of ``ketachart devices listen``."""

    def __init__(self, environment: Mapping[str, str], *, port: int, host: str | None = None) -> None:
        self._environment = environment
        self._port, self._host = port, host
        self._tasks: list[asyncio.Task[None]] = []
        self.listener: Listener | None = None
        self.opened = asyncio.Event()

    def start(self, lane: Any = None) -> None:
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._upkeep())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.listener is not None:
            await self.listener.stop()

    async def _listen(self) -> None:
        clinic_id = await self._clinic()
        listener = listener_from(self._environment, clinic_id, port=self._port, host=self._host)
        try:
            await listener.start()
        except OSError as error:
            log.error("cannot listen for devices on port %d: %s", self._port, error.strerror or type(error).__name__)
        else:
            self.listener = listener
        self.opened.set()

    async def _clinic(self) -> UUID:
        """The listener belongs to one clinic: the one that is named, or the only one. It waits until there is one."""
        said = False
        while True:
            try:
                return await asyncio.to_thread(clinic_for, self._environment.get("KETACHART_HL7_CLINIC"))
            except NoClinic as none:
                if not said:
                    log.error("%s", none)
                said = True
                await asyncio.sleep(LOOK_FOR_CLINIC_S)

    async def _upkeep(self) -> None:
        while True:
            await asyncio.sleep(UPKEEP_EVERY_S)
            await asyncio.to_thread(upkeep)


def upkeep() -> None:
    """Once: seal what is old enough, chart what is due where no confirmation is asked. A failure is tried again."""
    close_old_connections()
    at = clock.now()
    for what, work in (("sealing", seal_due), ("charting", chart_what_is_due)):
        try:
            work(at)
        except Exception as error:
            # Only the kind of failure: an exception's text may hold what was measured.
            log.error("%s of device data failed: %s", what, type(error).__name__)
    close_old_connections()


class NoClinic(Exception):
    """It cannot be said whose devices these are."""


def clinic_for(slug: str | None) -> UUID:
    close_old_connections()
    clinics = list(Clinic.objects.filter(slug=slug) if slug else Clinic.objects.all()[:2])
    if len(clinics) == 1:
        return clinics[0].id
    if slug:
        raise NoClinic("KETACHART_HL7_CLINIC names no clinic here: devices are not listened to.")
    if clinics:
        raise NoClinic("There are several clinics: say whose devices these are with KETACHART_HL7_CLINIC=<slug>.")
    raise NoClinic("There is no clinic yet: devices are listened to as soon as one is opened.")
