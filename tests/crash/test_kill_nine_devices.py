"""The device listener is killed at random moments while monitors send. Every message it acknowledged is there afterwards.

What was not acknowledged is sent again by the monitors, as real ones do; nothing is there twice.
"""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hl7.client import MLLPClient

from ketachart.devices.simulator import oru
from ketachart.record import clock
from tests.serving import KETACHART, PROJECT, environment_for, free_port

pytestmark = pytest.mark.crash

ROUNDS = min(int(os.environ.get("KETACHART_CRASH_ROUNDS", "6")), 20)
MONITORS = 4


class Monitor(threading.Thread):
    """Sends one message after the other; the one without an answer is sent again first."""

    def __init__(self, port: int, unit: str, number: int, unanswered: bytes | None) -> None:
        super().__init__(daemon=True)
        self._port, self._unit = port, unit
        self.number, self.unanswered = number, unanswered
        self.acknowledged: list[str] = []
        self.wrong: bytes | None = None

    def run(self) -> None:
        try:
            with MLLPClient("127.0.0.1", self._port, encoding="utf-8") as client:
                client.socket.settimeout(10)
                while True:
                    if self.unanswered is None:
                        self.number += 1
                        control_id = f"{self._unit}-{self.number}"
                        self.unanswered = oru(
                            {"heart_rate_per_min": 60 + self.number % 40},
                            at=clock.now(),
                            control_id=control_id,
                            unit=self._unit,
                        )
                    answer = bytes(client.send_message(self.unanswered))
                    if not answer:
                        return  # it was killed before it could answer
                    if b"MSA|AA|" not in answer:
                        self.wrong = answer
                        return
                    self.acknowledged.append(answer.split(b"MSA|AA|")[1].split(b"\r")[0].decode())
                    self.unanswered = None
        except (OSError, ValueError, TypeError):
            return  # the listener is gone: keep what was not answered


def test_what_a_monitor_was_told_is_stored_survives_being_killed(tmp_path: Path):
    data, port = tmp_path / "data", free_port()
    environment = environment_for(data, port)
    run(environment, "clinic", "open", "Test", "--slug", "test", "--timezone", "Europe/London")
    run_python(environment, REGISTER, str(MONITORS))
    moments = random.Random(20261122)
    acknowledged: list[str] = []
    left: dict[int, tuple[int, bytes | None]] = {}
    for _ in range(ROUNDS):
        listener = subprocess.Popen(
            [sys.executable, *KETACHART, "devices", "listen", "--port", str(port)],
            env=environment, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for(port)
        monitors = [Monitor(port, f"SIM-{place}", *left.get(place, (0, None))) for place in range(MONITORS)]
        for monitor in monitors:
            monitor.start()
        time.sleep(moments.uniform(0.1, 0.8))
        listener.kill()
        listener.wait()
        for place, monitor in enumerate(monitors):
            monitor.join(20)
            assert not monitor.wrong, monitor.wrong
            acknowledged += monitor.acknowledged
            left[place] = (monitor.number, monitor.unanswered)
    stored = json.loads(run_python(environment, READ))
    assert len(acknowledged) > 5 * ROUNDS, "the monitors hardly got to send"
    assert sorted(set(acknowledged) - set(stored)) == [], "acknowledged and not stored"
    assert len(stored) == len(set(stored)), "a message is there twice"
    checked = json.loads(run(environment, "devices", "verify", "--json"))
    assert checked["intact"]


REGISTER = """
import sys
from ketachart.config.starting import start_django
start_django()
from ketachart.devices.commands import register_device
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.models import Clinic
actor = Actor.system(Clinic.objects.get().id, permissions=frozenset({"devices.register"}))
for place in range(int(sys.argv[1])):
    register_device(actor, name=f"Monitor {place}", kind="monitor", application="KETACHART^SIMULATOR", facility="SYNTHETIC",
                    address="127.0.0.1", equipment=f"SIM-{place}", at=clock.now())
"""

READ = """
import json
from ketachart.config.starting import start_django
start_django()
from datetime import UTC
from ketachart.devices.messages import read_message
from ketachart.devices.models import Arrival, Packet
from ketachart.devices.packing import messages_in
raws = [bytes(one.raw) for one in Arrival.objects.all()] + [raw for one in Packet.objects.all() for raw in messages_in(one)]
print(json.dumps([read_message(raw, UTC).control_id for raw in raws]))
"""


def run(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *KETACHART, *words], env=environment, cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_python(environment: dict[str, str], program: str, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the listener did not start")
