"""Real server processes for tests: started on a free port, on a database of their own, and stopped."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PROJECT = Path(__file__).parents[1]
KETACHART = ("-m", "ketachart")
PROBE = ("-m", "tests.record.serve_probe")
"""The same server with the probe's kinds of events in its sessions (tests/record/probe.py)."""


@dataclass
class Serving:
    """A running server process."""

    url: str
    data: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *KETACHART, *words], env=self.environment, capture_output=True, text=True, check=False
        )

    def kill(self) -> None:
        """As a power cut would: no warning, no clean-up."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.terminate()
        try:
            return self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment_for(data: Path, port: int, more: Mapping[str, str] | None = None) -> dict[str, str]:
    return {
        **os.environ,
        **_own_database(data),
        "KETACHART_DATA": str(data),
        "KETACHART_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PYTHONPATH": os.pathsep.join([str(PROJECT / "src"), str(PROJECT)]),
        **(more or {}),
    }


def _own_database(data: Path) -> dict[str, str]:
    """On PostgreSQL each data folder has a database of its own in the cluster; on SQLite it lies in the folder."""
    url = os.environ.get("KETACHART_DATABASE_URL", "")
    if not url.startswith("postgres"):
        return {}
    import psycopg

    name = f"server_{hashlib.sha256(str(data).encode()).hexdigest()[:20]}"
    with psycopg.connect(url, autocommit=True) as cluster:
        if cluster.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
            cluster.execute(f'CREATE DATABASE "{name}"')
    return {"KETACHART_DATABASE_URL": urlsplit(url)._replace(path=f"/{name}").geturl()}


def prepare(data: Path, port: int, more: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A database with a clinic, a signed-in nurse and open sessions (tests/record/prepared.py)."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.record.prepared"],
        env=environment_for(data, port, more), cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    prepared: dict[str, Any] = json.loads(done.stdout)
    return prepared


def start(
    data: Path,
    *,
    module: Sequence[str] = KETACHART,
    words: Sequence[str] = ("serve",),
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
    within_s: float = 120,
) -> Serving:
    """Start a server and wait until it answers. Its output is kept beside the data folder."""
    port = port or free_port()
    environ = environment_for(data, port, environment)
    log_path = data.parent / f"{data.name}.log"
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *module, *words, "--port", str(port)],
            env=environ,
            cwd=PROJECT,
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{url}/health", timeout=2).close()
            return Serving(url, data, environ, process)
        if process.poll() is not None:
            raise RuntimeError(f"the server ended: {log_path.read_text()[-3000:]}")
        time.sleep(0.02)
    process.kill()
    raise RuntimeError(f"the server did not start: {log_path.read_text()[-3000:]}")
