"""One room of the demo has a monitor on a real line: HL7 v2 over MLLP, from the room's virtual patient to our own listener."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from ketachart.devices.commands import place_device, register_device
from ketachart.devices.companion import DeviceCompanion
from ketachart.devices.models import Device
from ketachart.devices.simulator import APPLICATION, FACILITY, Outcome, VirtualMonitor, run_monitor
from ketachart.record.actor import Actor

NAME = "Monitor 1 (simulated)"


def put_a_monitor(lead: Actor, nurse: Actor, room_id: UUID, at: datetime) -> Device:
    device = register_device(
        lead, name=NAME, kind="monitor", application=APPLICATION, facility=FACILITY, address="127.0.0.1", at=at
    )
    place_device(nurse, device.id, room_id=room_id, at=at)
    return device


class DemoMonitors:
    """Starts and stops with the server: the listener on a free port of this machine, and the monitor that sends to it."""

    def __init__(
        self, clinic_slug: str, measured: Callable[[], Mapping[str, float]], wired: Callable[[bool], None]
    ) -> None:
        self._measured, self._wired = measured, wired
        self._companion = DeviceCompanion({"KETACHART_HL7_CLINIC": clinic_slug}, port=0)
        self._task: asyncio.Task[None] | None = None

    def start(self, lane: object) -> None:
        self._companion.start()
        self._task = asyncio.create_task(self._send())

    async def stop(self) -> None:
        self._wired(False)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._companion.stop()

    async def _send(self) -> None:
        await self._companion.opened.wait()
        listener = self._companion.listener
        if listener is None:
            return
        self._wired(True)
        monitor = VirtualMonitor(0, lambda place, seconds: self._measured())
        await run_monitor(monitor, Outcome(), host=listener.host, port=listener.port, rate_hz=1.0, seconds=None)
