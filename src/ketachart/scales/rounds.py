"""What has to happen by itself as time goes on: asking, reminding, escalating. Every minute while the server runs, or
from a timer of the machine (`ketachart scales round`)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import close_old_connections

from ketachart.record import clock
from ketachart.record.models import Clinic
from ketachart.scales.escalation import escalate_late
from ketachart.scales.reminder_commands import send_due
from ketachart.scales.schedule_commands import assign_due

log = logging.getLogger("ketachart.scales")

EVERY_S: Final = 60.0


@dataclass(frozen=True)
class Round:
    """What one round did, in numbers."""

    asked: int
    reminded: int
    escalated: int
    failed: int


def go_round(at: datetime) -> Round:
    """All clinics once. What fails is logged without content, tried again the next time, and holds up nothing else."""
    done = {"asking": 0, "reminding": 0, "escalating": 0}
    failed = 0
    work: dict[str, Callable[[UUID], Sequence[object]]] = {
        "escalating": lambda clinic: escalate_late(clinic, at=at),
        "asking": lambda clinic: assign_due(clinic, at=at),
        "reminding": lambda clinic: send_due(clinic, at=at),
    }
    for clinic_id in Clinic.objects.order_by("created_at").values_list("id", flat=True):
        for what, do in work.items():
            try:
                done[what] += len(do(clinic_id))
            except Exception as fault:
                failed += 1
                log.error("scales: %s failed in clinic %s: %s", what, clinic_id, type(fault).__name__)
    return Round(asked=done["asking"], reminded=done["reminding"], escalated=done["escalating"], failed=failed)


class ScalesCompanion:
    """Starts and stops with the server."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def start(self, lane: Any = None) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.to_thread(_once)
            await asyncio.sleep(EVERY_S)


def _once() -> None:
    close_old_connections()
    try:
        go_round(clock.now())
    except Exception as fault:
        log.error("scales: a round failed: %s", type(fault).__name__)
    finally:
        close_old_connections()
