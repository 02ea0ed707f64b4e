"""Fifty live sessions, twenty one-hertz monitors, thirty open boards: how long from a tap to every other screen?

    python bench/load/run.py [--seconds 30] [--json]

Limit in the same run: the same taps with no monitor and one board.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "src")]

from tests import serving  # noqa: E402

from bench.lane.machine import watched  # noqa: E402
from ketachart.devices.simulator import Outcome, VirtualMonitor, run_monitor  # noqa: E402
from ketachart.record.identity import new_id  # noqa: E402

BOARDS = 30
FEEDS = 20
TAPS_PER_S = 10
AIM_P99_MS = 150


def vitals(place: int, seconds: float) -> dict[str, float]:
    beat = 70 + place % 7 + int(seconds) % 5
    return {"systolic_mmhg": 120, "diastolic_mmhg": 75, "heart_rate_per_min": beat, "spo2_percent": 97}


def request(clinic: dict[str, Any], method: str, path: str, body: bytes = b"") -> bytes:
    return (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{clinic['port']}\r\nCookie: {clinic['cookie']}\r\n"
        f"X-CSRFToken: {clinic['csrf']}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class Screens:
    """Boards that listen; each notes when it has seen a tap."""

    def __init__(self, clinic: dict[str, Any], boards: int) -> None:
        self.clinic, self.boards = clinic, boards
        self.sent: dict[str, float] = {}
        self.seen_ms: list[float] = []
        self.ready = asyncio.Semaphore(0)

    async def listen(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.clinic["port"], limit=1 << 22)
        writer.write(request(self.clinic, "GET", "/live/stream?board=1"))
        while line := await reader.readline():
            if line.startswith(b"event: beat"):
                self.ready.release()
            elif line.startswith(b'data: {"id"'):
                tapped = self.sent.get(line[13:49].decode())
                if tapped is not None:
                    self.seen_ms.append(1000 * (time.perf_counter() - tapped))

    async def tap(self, seconds: float) -> int:
        """Readings charted by hand in all sessions in turn, evenly in time."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.clinic["port"])
        start, count = time.perf_counter(), int(TAPS_PER_S * seconds)
        for number in range(count):
            await asyncio.sleep(max(0.0, start + number / TAPS_PER_S - time.perf_counter()))
            session = self.clinic["sessions"][number % len(self.clinic["sessions"])]
            key = str(new_id())
            at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
            content = {"heart_rate_per_min": 70 + number % 9, "spo2_percent": 97}
            event = {"id": key, "kind": "treatment.vitals_charted", "effective_at": at, "content": content}
            body = json.dumps({"events": [event]}).encode()
            self.sent[key] = time.perf_counter()
            writer.write(request(self.clinic, "POST", f"/live/sessions/{session}/events", body))
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
            answer = await reader.readexactly(int(length.split()[1]))
            assert b'"created"' in answer, answer[:300]
        return count

    async def run(self, seconds: float, feeds: int) -> dict[str, Any]:
        listening = [asyncio.ensure_future(self.listen()) for _ in range(self.boards)]
        for _ in listening:
            await self.ready.acquire()
        outcome = Outcome()
        monitors = [asyncio.ensure_future(self.feed(place, outcome, seconds)) for place in range(feeds)]
        taps = await self.tap(seconds)
        deadline = time.perf_counter() + 5
        while len(self.seen_ms) < taps * self.boards and time.perf_counter() < deadline:
            await asyncio.sleep(0.05)
        for one in [*listening, *monitors]:
            one.cancel()
        await asyncio.gather(*listening, *monitors, return_exceptions=True)
        seen = sorted(self.seen_ms)
        return {
            "taps": taps,
            "missing": taps * self.boards - len(seen),
            "p50_ms": seen[len(seen) // 2],
            "p99_ms": seen[int(len(seen) * 0.99)],
            "max_ms": seen[-1],
            "device_messages": sum(outcome.answers.values()),
            "device_answers": dict(outcome.answers),
        }

    async def feed(self, place: int, outcome: Outcome, seconds: float) -> None:
        await asyncio.sleep(place / FEEDS)
        monitor = VirtualMonitor(place, vitals)
        monitor.unit = f"SIM-{place}"
        await run_monitor(monitor, outcome, host="127.0.0.1", port=self.clinic["hl7"], rate_hz=1.0, seconds=seconds)


def memory_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def family(pid: int) -> list[int]:
    """The server and what it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(other for child in children for other in family(int(child)))]


def measured(clinic: dict[str, Any], pid: int, *, boards: int, feeds: int, seconds: float) -> dict[str, Any]:
    result: dict[str, Any] = {}
    with watched(pid, result):
        found = asyncio.run(Screens(clinic, boards).run(seconds, feeds))
    return {
        **found,
        "server_cores": result["server_s"] / seconds,
        "foreign_cores": result["foreign_cores"],
        "memory_mb": sum(memory_mb(one) for one in family(pid)),
        "boards": boards,
        "feeds": feeds,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        print("building 50 sessions …", file=sys.stderr)
        built = subprocess.run(
            [sys.executable, "-m", "bench.load.clinic", str(data)],
            env=serving.environment_for(data, 0),
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode:
            raise SystemExit(built.stderr)
        hl7 = serving.free_port()
        running = serving.start(data, environment={"KETACHART_HL7_PORT": str(hl7)})
        port = int(running.url.rsplit(":", 1)[1])
        clinic = {**json.loads(built.stdout.splitlines()[-1]), "port": port, "hl7": hl7}
        try:
            pid = running.process.pid
            few = measured(clinic, pid, boards=1, feeds=0, seconds=arguments.seconds / 2)
            full = measured(clinic, pid, boards=BOARDS, feeds=FEEDS, seconds=arguments.seconds)
        finally:
            running.stop()
    found = {"one board, no monitor": few, "30 boards, 20 monitors": full, "ratio_p99": full["p99_ms"] / few["p99_ms"]}
    if arguments.json:
        print(json.dumps(found, indent=2))
        return 0
    print(
        "| 50 sessions | taps | unseen | p50 ms | p99 ms | server cores | MB | others' cores |\n|---|---|---|---|---|---|---|---|"
    )
    for name in ("one board, no monitor", "30 boards, 20 monitors"):
        one = found[name]
        print(
            f"| {name} | {one['taps']} | {one['missing']} | {one['p50_ms']:.0f} | {one['p99_ms']:.0f} | "
            f"{one['server_cores']:.2f} | {one['memory_mb']:.0f} | {one['foreign_cores']:.2f} |"
        )
    print(f"\naim: p99 under {AIM_P99_MS} ms; monitors: {full['device_answers']}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
