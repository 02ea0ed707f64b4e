"""The server is killed at random moments under the whole load, and started again: nothing acknowledged may be missing.

    python bench/load/kill.py [--rounds 200] [--json]

Fifty sessions, tablets that chart, monitors that send. Each round: ``kill -9``, a new server on what the last one left.
At the end: every acknowledged entry is there once, in its place; every message that a monitor was told is kept is kept; the
chains are whole; no alarm was raised twice, and what fell due meanwhile has been raised. On SQLite, or on PostgreSQL with
KETACHART_DATABASE_URL.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "src")]

from tests import serving  # noqa: E402
from tests.crash.test_kill_nine import Tablet, read_back  # noqa: E402
from tests.crash.test_kill_nine_devices import READ, Monitor  # noqa: E402

from ketachart.record import clock  # noqa: E402
from ketachart.record.identity import new_id  # noqa: E402

TABLETS, MONITORS = 6, 4


def note() -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "kind": "treatment.note_written",
        "effective_at": clock.iso(clock.now()),
        "content": {"text": "Charted under load."},
    }


def build(data: Path) -> dict[str, Any]:
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
    clinic: dict[str, Any] = json.loads(built.stdout.splitlines()[-1])
    return clinic


def run(rounds: int, folder: Path) -> dict[str, Any]:
    data = folder / "data"
    clinic = build(data)
    port, hl7 = serving.free_port(), serving.free_port()
    moments = random.Random(20261122)
    acknowledged: dict[str, tuple[int, int]] = {}
    outboxes: list[list[dict[str, Any]]] = [[] for _ in range(TABLETS)]
    told: list[str] = []
    sent = [(0, None) for _ in range(MONITORS)]
    started_s: list[float] = []
    for number in range(rounds):
        begun = time.monotonic()
        server = serving.start(data, port=port, environment={"KETACHART_HL7_PORT": str(hl7)})
        started_s.append(time.monotonic() - begun)
        tablets = [
            Tablet(server.url, clinic, clinic["sessions"][place], outbox, moments.random(), note)
            for place, outbox in enumerate(outboxes)
        ]
        monitors = [Monitor(hl7, f"SIM-{place}", *sent[place]) for place in range(MONITORS)]  # type: ignore[arg-type]
        for one in [*tablets, *monitors]:
            one.start()
        time.sleep(moments.uniform(0.05, 1.2))
        server.kill()
        for tablet in tablets:
            tablet.join(30)
            acknowledged.update(tablet.acknowledged)
        for place, monitor in enumerate(monitors):
            monitor.join(30)
            assert monitor.wrong is None, monitor.wrong
            told += monitor.acknowledged
            sent[place] = (monitor.number, monitor.unanswered)
        outboxes = [tablet.outbox for tablet in tablets]
        print(f"\rround {number + 1} of {rounds}, {len(acknowledged)} entries", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return judged(data, port, acknowledged, told, started_s)


def judged(
    data: Path, port: int, acknowledged: dict[str, tuple[int, int]], told: list[str], started_s: list[float]
) -> dict[str, Any]:
    last = serving.start(data, port=port)
    time.sleep(5)  # what fell due while nobody watched is raised now
    last.stop()
    stored, verified = read_back(last)
    counted = Counter(event["id"] for event in stored)
    places = {event["id"]: (event["number"], event["position"]) for event in stored}
    alarms = Counter(event["content"]["alarm_id"] for event in stored if event["kind"] == "treatment.alarm_raised")
    read = subprocess.run(
        [sys.executable, "-c", READ], env=last.environment, capture_output=True, text=True, check=True
    )
    kept = Counter(json.loads(read.stdout))
    return {
        "kills": len(started_s),
        "acknowledged": len(acknowledged),
        "missing": sum(1 for key in acknowledged if counted[key] == 0),
        "doubled": sum(1 for count in counted.values() if count > 1),
        "moved": sum(1 for key, place in acknowledged.items() if places.get(key) != place),
        "device_messages": len(told),
        "device_missing": sum(1 for key in told if kept[key] == 0),
        "alarms_raised": len(alarms),
        "alarms_doubled": sum(1 for count in alarms.values() if count > 1),
        "chain_problems": len(verified["problems"]),
        "start_s": round(sorted(started_s)[len(started_s) // 2], 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = run(arguments.rounds, Path(folder))
    print(
        json.dumps(found, indent=2)
        if arguments.json
        else "\n".join(f"{name:16} {value}" for name, value in found.items())
    )
    wrong = ("missing", "doubled", "moved", "device_missing", "alarms_doubled", "chain_problems")
    return 1 if any(found[name] for name in wrong) or not found["alarms_raised"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
