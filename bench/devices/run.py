"""The device listener against a listener that keeps nothing, in one run: ``python bench/devices/run.py [--json] [--seconds 10]``."""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

PROJECT = Path(__file__).parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "src")]

from tests.crash.test_kill_nine_devices import REGISTER, run, run_python, wait_for  # noqa: E402
from tests.serving import environment_for, free_port  # noqa: E402

from bench.lane.machine import watched  # noqa: E402
from ketachart.devices.simulator import Outcome, VirtualMonitor, run_monitor  # noqa: E402

ROOMS = 20

COUNT = """
from ketachart.config.starting import start_django
start_django()
from ketachart.devices.models import Arrival, Packet
print(Arrival.objects.count() + sum(Packet.objects.values_list("messages", flat=True)))
"""


def vitals(place: int, seconds: float) -> dict[str, float]:
    beat = 70 + place % 7 + int(seconds) % 5
    return {
        "systolic_mmhg": 120, "diastolic_mmhg": 75, "mean_mmhg": 90, "heart_rate_per_min": beat,
        "pulse_rate_per_min": beat, "spo2_percent": 97, "respiratory_rate_per_min": 14, "temperature_c": 36.6,
    }  # fmt: skip


@contextmanager
def process(words: list[str], port: int, environment: dict[str, str]) -> Iterator[int]:
    listening = subprocess.Popen([sys.executable, *words], env=environment, cwd=PROJECT, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield listening.pid
    finally:
        listening.terminate()
        listening.wait()


async def send(port: int, rate_hz: float, seconds: float) -> Outcome:
    outcome = Outcome()

    async def one(place: int) -> None:
        await asyncio.sleep(place / ROOMS / rate_hz)  # devices do not send in step
        monitor = VirtualMonitor(place, vitals)
        monitor.unit = f"SIM-{place}"
        await run_monitor(monitor, outcome, host="127.0.0.1", port=port, rate_hz=rate_hz, seconds=seconds)

    await asyncio.gather(*(one(place) for place in range(ROOMS)))
    return outcome


def measured(port: int, pid: int, rate_hz: float, seconds: float) -> dict[str, Any]:
    result: dict[str, Any] = {}
    with watched(pid, result):
        outcome = asyncio.run(send(port, rate_hz, seconds))
    assert set(outcome.answers) == {"AA"}, outcome.answers
    answered = outcome.answers["AA"]
    return {
        "per_s": answered / seconds,
        **outcome.as_json()["answer_ms"],
        "cpu_us": 1e6 * result["server_s"] / answered,
        "foreign_cores": result["foreign_cores"],
        "answered": answered,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    rows: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        bare_port, port = free_port(), free_port()
        environment = environment_for(Path(folder) / "data", port)
        run(environment, "clinic", "open", "Bench", "--slug", "bench", "--timezone", "Europe/London")
        run_python(environment, REGISTER, str(ROOMS))
        listen = ["-m", "ketachart", "devices", "listen", "--port", str(port)]
        with (
            process([str(PROJECT / "bench/devices/bare.py"), str(bare_port)], bare_port, environment) as bare,
            process(listen, port, environment) as ours,
        ):
            for _ in range(arguments.rounds):
                for name, rate_hz in (("20 feeds, 1 Hz", 1.0), ("20 feeds, without pause", 10_000.0)):
                    for kind, at, pid in (("bare", bare_port, bare), ("ketachart", port, ours)):
                        found = measured(at, pid, rate_hz, arguments.seconds)
                        rows.setdefault(f"{name}, {kind}", []).append(found)
        stored = int(run_python(environment, COUNT))
    answered = sum(one["answered"] for name, found in rows.items() if name.endswith("ketachart") for one in found)
    assert stored == answered, f"{answered} acknowledged, {stored} stored"
    shown = {name: {key: median(one[key] for one in found) for key in found[0]} for name, found in rows.items()}
    if arguments.json:
        print(json.dumps({"points": shown, "acknowledged": answered, "stored": stored}, indent=2))
        return
    print("| what | /s | p50 ms | p99 ms | CPU µs a message | others’ cores |\n|---|---|---|---|---|---|")
    for name, one in shown.items():
        print(
            f"| {name} | {one['per_s']:.0f} | {one['p50']:.1f} | {one['p99']:.1f} | {one['cpu_us']:.0f} | {one['foreign_cores']:.2f} |"
        )
    print(f"\n{answered} acknowledged, {stored} stored")


if __name__ == "__main__":
    main()
