"""How busy the machine is with other things: a number without it says little."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")
QUIET_CORES = 0.25


def busy_cores(seconds: float = 0.5) -> float:
    before = _busy_s()
    time.sleep(seconds)
    return (_busy_s() - before) / seconds


def wait_for_quiet(longest_s: float) -> None:
    deadline = time.monotonic() + longest_s
    while time.monotonic() < deadline and busy_cores() > QUIET_CORES:
        time.sleep(1)


@contextmanager
def watched(server: int, result: dict[str, Any]) -> Iterator[None]:
    """Adds ``foreign_cores`` (what everybody else used meanwhile) and ``server_s`` (the server's CPU time) to the result."""
    start, busy, own, served = time.monotonic(), _busy_s(), _own_s(), _process_s(server)
    yield
    elapsed = time.monotonic() - start
    result["server_s"] = _process_s(server) - served
    ours = _own_s() - own + result["server_s"]
    result["foreign_cores"] = max(0.0, (_busy_s() - busy - ours) / elapsed)


def _busy_s() -> float:
    user, nice, system, _idle, _wait, irq, soft, *_ = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + irq + soft) / TICKS


def _process_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _own_s() -> float:
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in both)
