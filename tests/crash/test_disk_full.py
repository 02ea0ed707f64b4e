"""A disk that is full: no event half-written, nothing acknowledged that is not there, and on it goes when there is room."""

from __future__ import annotations

import json
import os
import resource
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests import serving
from tests.serving import PROBE, Serving, free_port

pytestmark = [
    pytest.mark.crash,
    pytest.mark.skipif(
        os.environ.get("KETACHART_DATABASE_URL", "").startswith("postgres"), reason="its disk is another process’s"
    ),
]

ROOM = 1_500_000  # bytes that a file may still grow


def batch() -> list[dict[str, Any]]:
    return [
        {
            "id": str(uuid4()),
            "kind": "probe.counted",
            "effective_at": "2026-11-22T17:30:00.000Z",
            "content": {"value": 1, "note": "x" * 600},
        }
        for _ in range(100)
    ]


def post(server: Serving, prepared: dict[str, Any], events: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(
        f"{server.url}/live/sessions/{prepared['sessions'][0]}/events",
        json.dumps({"events": events}).encode(),
        {"cookie": prepared["cookie"], "x-csrftoken": prepared["csrf"]},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_full_disk_refuses_whole_and_goes_on_when_there_is_room(tmp_path: Path):
    port = free_port()
    prepared = serving.prepare(tmp_path / "data", port)
    server = serving.start(tmp_path / "data", module=PROBE, words=("listen",), port=port)
    try:
        size = (tmp_path / "data" / "ketachart.sqlite3").stat().st_size
        before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size + ROOM, resource.RLIM_INFINITY))
        acknowledged = 0
        for _ in range(500):
            waiting = batch()
            status, answer = post(server, prepared, waiting)
            if status != 200:
                break
            acknowledged += len(answer["results"])
        assert status == 503
        assert "keeps the entries" in answer["errors"][0]["fix"]
        assert post(server, prepared, waiting)[0] == 503
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)
        status, answer = post(server, prepared, waiting)
        assert status == 200
        assert {result["status"] for result in answer["results"]} <= {"created", "already"}
        verified = json.loads(server.command("verify", "--json").stdout)
        assert (verified["problems"], verified["events"]) == ([], acknowledged + len(waiting))
    finally:
        server.stop()
