"""Monitors and pumps that are not there: they send real HL7 v2 over real MLLP, and make the mistakes real ones make.

Used by ``ketachart devices simulate``, the demo, tests and measurements. What is measured comes from the caller.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hl7.mllp import open_hl7_connection

from ketachart.devices.hl7_time import time_text

APPLICATION, FACILITY = "KETACHART^SIMULATOR", "SYNTHETIC"
CUFF_EVERY_S: Final = 300
LARGEST_ANSWER: Final = 65_536

FAULTS: Final = {
    "duplicates": "every tenth message is sent twice",
    "malformed": "every fifteenth message is broken",
    "clock": "the monitor's clock is four minutes ahead",
    "probe-off": "the SpO₂ probe falls off now and then",
    "other-person": "the monitor still names the last patient",
    "reconnects": "the connection is dropped every twenty messages",
    "half": "every thirtieth message breaks off in the middle",
}

OBX: Final = {
    # measure: (OBX-3, OBX-6)
    "systolic_mmhg": ("150021^MDC_PRESS_BLD_NONINV_SYS^MDC", "266016^MDC_DIM_MMHG^MDC^mm[Hg]^mm[Hg]^UCUM"),
    "diastolic_mmhg": ("150022^MDC_PRESS_BLD_NONINV_DIA^MDC", "266016^MDC_DIM_MMHG^MDC^mm[Hg]^mm[Hg]^UCUM"),
    "mean_mmhg": ("150023^MDC_PRESS_BLD_NONINV_MEAN^MDC", "266016^MDC_DIM_MMHG^MDC^mm[Hg]^mm[Hg]^UCUM"),
    "heart_rate_per_min": ("147842^MDC_ECG_HEART_RATE^MDC", "264864^MDC_DIM_BEAT_PER_MIN^MDC^{beats}/min^^UCUM"),
    "pulse_rate_per_min": ("149530^MDC_PULS_OXIM_PULS_RATE^MDC", "264864^MDC_DIM_BEAT_PER_MIN^MDC^{beats}/min^^UCUM"),
    "spo2_percent": ("150456^MDC_PULS_OXIM_SAT_O2^MDC", "262688^MDC_DIM_PERCENT^MDC^%^%^UCUM"),
    "respiratory_rate_per_min": ("151562^MDC_RESP_RATE^MDC", "264928^MDC_DIM_RESP_PER_MIN^MDC^{breaths}/min^^UCUM"),
    "temperature_c": ("150344^MDC_TEMP^MDC", "268192^MDC_DIM_DEGC^MDC^Cel^Cel^UCUM"),
    "pump_rate_ml_per_h": ("157784^MDC_FLOW_FLUID_PUMP^MDC", "265266^MDC_DIM_MILLI_L_PER_HR^MDC^mL/h^mL/h^UCUM"),
    "pump_volume_ml": ("157993^MDC_VOL_FLUID_DELIV_TOTAL^MDC", "263762^MDC_DIM_MILLI_L^MDC^mL^mL^UCUM"),
}

Vitals = Callable[[int, float], Mapping[str, float]]
"""(place, seconds since the start) -> what the monitor in that place measures."""


@dataclass
class Outcome:
    """What became of what was sent. Numbers only."""

    sent: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0
    connections: int = 0
    seconds_to_answer: list[float] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        waits = sorted(self.seconds_to_answer)

        def share(part: float) -> float | None:
            return round(1000 * waits[min(int(len(waits) * part), len(waits) - 1)], 2) if waits else None

        return {
            "sent": self.sent,
            "answers": dict(self.answers),
            "unanswered": self.unanswered,
            "connections": self.connections,
            "answer_ms": {"p50": share(0.5), "p99": share(0.99)},
        }


def oru(
    values: Mapping[str, float],
    *,
    at: datetime,
    control_id: str,
    unit: str,
    measured_at: Mapping[str, datetime] | None = None,
    person: str = "",
    marks: Mapping[str, str] | None = None,
) -> bytes:
    """One ORU^R01 as a monitor sends it (IHE PCD-01). ``unit`` is the monitor's own id (PV1-3 and OBX-18)."""
    stamp = time_text(at)
    segments = [
        f"MSH|^~\\&|{APPLICATION}|{FACILITY}|||{stamp}||ORU^R01^ORU_R01|{control_id}|P|2.6||||||UNICODE UTF-8",
        f"PID|||{person}^^^SYNTHETIC^MR||Invented^Person" if person else "PID|||",
        f"PV1||O|{unit}",
        f"OBR|1|{control_id}|{control_id}|182777000^monitoring of patient^SCT|||{stamp}",
    ]
    for place, (measure, value) in enumerate(values.items(), start=1):
        code, unit_code = OBX[measure]
        when = time_text((measured_at or {}).get(measure, at))
        status = (marks or {}).get(measure, "R")
        segments.append(
            f"OBX|{place}|NM|{code}|1.1.1.{place}|{value:g}|{unit_code}|||||{status}|||{when}||||{unit}^SIM"
        )
    return ("\r".join(segments) + "\r").encode()


@dataclass
class VirtualMonitor:
    """One monitor on its own connection."""

    place: int
    vitals: Vitals
    faults: frozenset[str] = frozenset()
    person: str = ""

    def __post_init__(self) -> None:
        self.unit = f"SIM-{self.place + 1}"
        self._chance = random.Random(self.place)  # noqa: S311  (invented faults, not a secret)
        self._number = 0
        self._cuff: tuple[datetime, float, float] | None = None

    def next_message(self, at: datetime, since_start_s: float) -> bytes:
        self._number += 1
        values = dict(self.vitals(self.place, since_start_s))
        device_at = at + (timedelta(minutes=4) if "clock" in self.faults else timedelta())
        measured_at: dict[str, datetime] = {}
        if {"systolic_mmhg", "diastolic_mmhg"} <= values.keys():
            if self._cuff is None or (device_at - self._cuff[0]).total_seconds() >= CUFF_EVERY_S:
                self._cuff = (device_at, values["systolic_mmhg"], values["diastolic_mmhg"])
            cuff_at, values["systolic_mmhg"], values["diastolic_mmhg"] = self._cuff  # shown until the next inflation
            measured_at = {"systolic_mmhg": cuff_at, "diastolic_mmhg": cuff_at}
        marks: dict[str, str] = {}
        if "probe-off" in self.faults and self._number % 40 >= 35 and "spo2_percent" in values:
            values["spo2_percent"], marks["spo2_percent"] = 8_388_607, "X"
        person = "OTHER-0001" if "other-person" in self.faults else self.person
        run = f"{int(at.timestamp()):X}"
        message = oru(
            values,
            at=device_at,
            control_id=f"{self.unit}-{run}-{self._number}",
            unit=self.unit,
            measured_at=measured_at,
            person=person,
            marks=marks,
        )
        if "malformed" in self.faults and self._number % 15 == 0:
            return self._broken(message)
        return message

    def _broken(self, message: bytes) -> bytes:
        return self._chance.choice(
            [
                message.replace(b"MSH|", b"XSH|", 1),
                message.replace(b"ORU^R01", b"ZZZ^Z99", 1),
                message + b"OBX|9|NM|\xff\xfe\r",
                message[: len(message) // 3],
            ]
        )


async def run_monitor(
    monitor: VirtualMonitor, outcome: Outcome, *, host: str, port: int, rate_hz: float, seconds: float | None
) -> None:
    """Send at the rate, one message after the other, each with its answer; a lost connection is made anew."""
    started = time.monotonic()
    connection: tuple[Any, Any] | None = None
    number = 0
    try:
        while seconds is None or time.monotonic() - started < seconds:
            due = started + number / rate_hz
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            number += 1
            message = monitor.next_message(datetime.now(UTC), time.monotonic() - started)
            try:
                if connection is None:
                    connection = await open_hl7_connection(host, port, limit=LARGEST_ANSWER, encoding="utf-8")
                    outcome.connections += 1
                if "half" in monitor.faults and number % 30 == 0:
                    connection[1].write(b"\x0b" + message[: len(message) // 2])
                    await connection[1].drain()
                    outcome.sent += 1
                    raise ConnectionError
                repeats = 2 if "duplicates" in monitor.faults and number % 10 == 0 else 1
                for _ in range(repeats):
                    await _exchange(connection, message, outcome)
                if "reconnects" in monitor.faults and number % 20 == 0:
                    raise ConnectionError
            except (OSError, EOFError, TimeoutError):
                _close(connection)
                connection = None
                if number * (1 / rate_hz) < time.monotonic() - started:
                    number = int((time.monotonic() - started) * rate_hz) + 1
    finally:
        _close(connection)


async def _exchange(connection: tuple[Any, Any], message: bytes, outcome: Outcome) -> None:
    reader, writer = connection
    asked = time.monotonic()
    outcome.sent += 1
    outcome.unanswered += 1
    writer.writeblock(message)
    await writer.drain()
    answer = await asyncio.wait_for(reader.readmessage(), 30)
    outcome.unanswered -= 1
    outcome.seconds_to_answer.append(time.monotonic() - asked)
    outcome.answers[str(answer.segment("MSA")[1])] += 1


def _close(connection: tuple[Any, Any] | None) -> None:
    if connection is not None:
        with contextlib.suppress(Exception):
            connection[1].close()
