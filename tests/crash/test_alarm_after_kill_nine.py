"""The server is killed while a reading becomes overdue. After the restart it alarms: once, whatever was killed when."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests import serving

pytestmark = pytest.mark.crash

OVERDUE_IN_S = 15.0
KILLS = 3


def ask(environment: dict[str, str], *words: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.alarm_clinic", *words],
        env=environment,
        cwd=serving.PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def raised_about(frames: list[dict[str, Any]], rule_id: str) -> list[dict[str, Any]]:
    return [
        frame
        for frame in frames
        if frame["kind"] == "treatment.alarm_raised" and frame["content"]["rule_id"] == rule_id
    ]


def until_raised(environment: dict[str, str], rule_id: str, within_s: float) -> list[dict[str, Any]]:
    ends_at = time.monotonic() + within_s
    while time.monotonic() < ends_at:
        frames: list[dict[str, Any]] = ask(environment, "alarms")
        if raised_about(frames, rule_id):
            return frames
        time.sleep(0.5)
    raise AssertionError(f"{rule_id} was not raised")


def test_what_became_overdue_while_the_server_was_dead_alarms_once_at_restart(tmp_path: Path):
    data, port = tmp_path / "data", serving.free_port()
    environment = serving.environment_for(data, port)
    ask(environment, "build", str(OVERDUE_IN_S))
    overdue_at = time.time() + OVERDUE_IN_S
    serving.start(data, port=port).kill()
    time.sleep(max(0.0, overdue_at - 1 - time.time()))
    chance = random.Random(11)
    for _ in range(KILLS):  # killed at any moment of the raising
        server = serving.start(data, port=port)
        time.sleep(chance.uniform(0, 0.4))
        server.kill()
    time.sleep(max(0.0, overdue_at + 1 - time.time()))
    server = serving.start(data, port=port)
    try:
        frames = until_raised(environment, "AL15", 30)
        time.sleep(2)
        frames = ask(environment, "alarms")
        (raised,) = raised_about(frames, "AL15")
        assert raised["source"] == "server"
        assert raised["author"] is None
        assert raised["content"]["since"] < raised["effective_at"], "it says since when, and when it was raised"
        assert len({frame["id"] for frame in frames}) == len(frames)
        assert json.loads(server.command("verify", "--json").stdout)["problems"] == []
    finally:
        server.kill()
