"""Durable appends a second and milliseconds from tap to screen, against the bare database in the same run.

``python bench/lane/run.py [--json] [--database sqlite|postgresql] [--rounds 3]``; needs wrk (``apt-get install wrk``).
Every round measures everything once, in turn, so that a busy minute of the machine falls on all alike; medians are shown.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "src")]

from tests import serving  # noqa: E402

from bench.lane import bare, machine  # noqa: E402

SECONDS = 4.0
PAGE_CLIENTS = 8
SUBSCRIBERS = 50
SESSIONS = 64  # fresh ones for every point: a session of two hours has about 300 events, not 10,000


class Measuring:
    """One running server and the ways to load it."""

    def __init__(self, server: serving.Serving, prepared: dict[str, Any], folder: Path, url: str | None) -> None:
        self.server, self.prepared, self.folder, self.url = server, prepared, folder, url
        self.port = int(server.url.rsplit(":", 1)[1])
        self.runs = 0

    def bare(self, size: int) -> dict[str, Any]:
        if self.url:
            return bare.postgresql_group_commits(self.url, size, SECONDS)
        return bare.sqlite_group_commits(self.folder, size, SECONDS)

    def fresh(self, rules: str) -> dict[str, Any]:
        """The kind of event with sessions that nobody has written to."""
        self.runs += 1
        kind = self.prepared[rules]
        return {**kind, "sessions": kind["sessions"][self.runs * SESSIONS : (self.runs + 1) * SESSIONS]}

    def append(self, lane: str, rules: str, clients: int, seconds: float = SECONDS) -> dict[str, Any]:
        kind = self.fresh(rules)
        root = "/live/sessions" if lane == "live" else "/bench/sessions"
        environment = {
            **os.environ,
            "KIND": kind["kind"],
            "CONTENT": json.dumps(kind["content"]),
            "PATHS": " ".join(f"{root}/{session}/events" for session in kind["sessions"]),
            "COOKIE": self.prepared["cookie"],
            "CSRF": self.prepared["csrf"],
            "RUN": str(self.runs),
        }
        before = self.stored()
        script = str(Path(__file__).with_name("append.lua"))
        done = subprocess.run(
            ["wrk", "-t1", f"-c{clients}", f"-d{seconds:.0f}s", "--latency", "--timeout", "10s", "-s", script, self.server.url],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
        if line is None:
            raise SystemExit(f"wrk said: {done.stdout}{done.stderr}")
        result: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
        stored = self.stored() - before
        if result["failed"] or not result["requests"] <= stored <= result["requests"] + clients:
            raise SystemExit(f"{lane} {rules}: {result}, but {stored} events were stored")
        return {**result, "per_s": result["requests"] / result["seconds"]}

    def latency(self, rules: str, *, pages: bool) -> dict[str, Any]:
        kind = self.fresh(rules)
        given = {
            "port": self.port, "cookie": self.prepared["cookie"], "csrf": self.prepared["csrf"], "kind": kind["kind"],
            "content": kind["content"], "session": kind["sessions"][0], "subscribers": SUBSCRIBERS, "seconds": SECONDS,
        }  # fmt: skip
        with self.page_storm() if pages else contextlib.nullcontext():
            done = subprocess.run(
                [sys.executable, str(Path(__file__).with_name("latency.py")), json.dumps(given)],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
        if done.returncode:
            raise SystemExit(done.stderr)
        result: dict[str, Any] = json.loads(done.stdout)
        if result["missing"]:
            raise SystemExit(f"{result['missing']} events did not arrive")
        return result

    @contextlib.contextmanager
    def page_storm(self) -> Iterator[None]:
        """The room board, loaded without pause."""
        page = f"{self.server.url}/rooms/"
        request = urllib.request.Request(page, headers={"Cookie": self.prepared["cookie"]})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200
            assert answer.url == page
        storm = subprocess.Popen(
            ["wrk", "-t1", f"-c{PAGE_CLIENTS}", "-d600s", "-H", f"Cookie: {self.prepared['cookie']}", page],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            yield
        finally:
            storm.send_signal(signal.SIGINT)  # wrk then says how many pages it had
            said = storm.communicate(timeout=20)[0]
            if "Non-2xx" in said:
                raise SystemExit(said)

    def stored(self) -> int:
        code = (
            "from ketachart.config.starting import start_django; start_django()\n"
            "from ketachart.record.models import ClinicPosition\n"
            "print(ClinicPosition.objects.get().position)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], env=self.server.environment, capture_output=True, text=True, check=True
        )
        return int(done.stdout)


def measure(database: str, rounds: int, port: int | None, patience_s: float) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    with contextlib.ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="ketachart-bench-", dir=os.environ.get("TMPDIR")))
        )
        url = None
        if database == "postgresql":
            from tests.postgresql_cluster import cluster

            url = stack.enter_context(cluster(durable=True))
        running = _start(folder, url, port, points=5 + 7 * rounds)
        stack.callback(running.server.stop)
        plan = {
            "bare 16": lambda: running.bare(16),
            "live 16": lambda: running.append("live", "treatment", 16),
            "live 16 trivial": lambda: running.append("live", "probe", 16),
            "page 16": lambda: running.append("page", "treatment", 16),
            "bare 64": lambda: running.bare(64),
            "live 64": lambda: running.append("live", "treatment", 64),
            "page 64": lambda: running.append("page", "treatment", 64),
            "screen": lambda: running.latency("treatment", pages=False),
            "screen beside pages": lambda: running.latency("treatment", pages=True),
        }
        for lane in ("live", "page"):
            for rules in ("treatment", "probe"):
                running.append(lane, rules, 4, seconds=1)  # warm
        for number in range(rounds):
            for name, run in plan.items():
                machine.wait_for_quiet(patience_s)
                watched: dict[str, Any] = {}
                with machine.watched(running.server.process.pid, watched):
                    result = run()
                found.setdefault(name, []).append({**result, **watched})
                print(f"{number + 1}/{rounds} {name}: {json.dumps(found[name][-1])}", file=sys.stderr)
        verified = running.server.command("verify")
        if verified.returncode:
            raise SystemExit(verified.stdout)
    return found


def _start(folder: Path, url: str | None, port: int | None, points: int = 5) -> Measuring:
    data, port = folder / "data", port or serving.free_port()
    more = {"KETACHART_DATABASE_URL": url or "", "DJANGO_SETTINGS_MODULE": "ketachart.config.settings"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.lane.server", "prepare", str(points * SESSIONS)],
        env=serving.environment_for(data, port, more), cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    server = serving.start(data, module=("-m", "bench.lane.server"), words=("listen",), port=port, environment=more)
    subprocess.run([sys.executable, "-m", "ketachart", "migrate"], env=server.environment, check=True)
    return Measuring(server, json.loads(done.stdout), folder, url)


def table(found: dict[str, list[dict[str, Any]]]) -> str:
    lines = [
        "| what | /s | p50 ms | p99 ms | of bare | server CPU µs each | others’ cores |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, runs in found.items():
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        per_s = each = ratio = ""
        if "per_s" in middle:
            peer = found["bare 64" if "64" in name else "bare 16"]
            ratio = (
                f"{statistics.median(run['per_s'] / other['per_s'] for run, other in zip(runs, peer, strict=True)):.2f}"
            )
            per_s = f"{middle['per_s']:.0f}"
        if "requests" in middle:
            each = f"{statistics.median(1e6 * run['server_s'] / run['requests'] for run in runs):.0f}"
        lines.append(
            f"| {name} | {per_s} | {middle['p50_ms']:.1f} | {middle['p99_ms']:.1f} | {ratio} | {each} | {middle['foreign_cores']:.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--port", type=int)
    parser.add_argument(
        "--patience", type=float, default=20, help="seconds to wait before each point for a quiet machine"
    )
    arguments = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed: apt-get install wrk")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the server and the cluster are stopped, too
    found = measure(arguments.database, arguments.rounds, arguments.port, arguments.patience)
    print(json.dumps(found, indent=2) if arguments.json else table(found))


if __name__ == "__main__":
    main()
