"""The server is killed at random moments while several clients chart. What was acknowledged is there, once, and whole.

Each round: a server on the database that the last one left behind, clients that send batches and note what was
acknowledged, ``kill -9``. Between rounds the clients keep what was not acknowledged and send it again, as a tablet does.
On PostgreSQL the server is killed, not the database.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests import serving
from tests.serving import PROBE, Serving, free_port, prepare

pytestmark = pytest.mark.crash

ROUNDS = int(os.environ.get("KETACHART_CRASH_ROUNDS", "50"))
CLIENTS = 6


class Tablet(threading.Thread):
    """One client with an outbox: an entry leaves it only when the server has acknowledged it."""

    def __init__(
        self,
        url: str,
        prepared: dict[str, Any],
        session: str,
        outbox: list[dict[str, Any]],
        seed: float,
        make: Callable[[], dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(daemon=True)
        self._address = urlsplit(url).netloc
        self._headers = {"cookie": prepared["cookie"], "x-csrftoken": prepared["csrf"]}
        self._path = f"/live/sessions/{session}/events"
        self._random = random.Random(seed)
        self._make = make or entry
        self.outbox = outbox
        self.acknowledged: dict[str, tuple[int, int]] = {}
        self.statuses: Counter[str] = Counter()

    def run(self) -> None:
        connection = http.client.HTTPConnection(self._address, timeout=10)
        try:
            while True:
                self.outbox += [self._make() for _ in range(self._random.randint(1, 4) - len(self.outbox))]
                connection.request("POST", self._path, json.dumps({"events": self.outbox}), self._headers)
                answer = connection.getresponse()
                body = json.loads(answer.read())
                assert answer.status == 200, body
                self._note(body["results"])
        except (OSError, http.client.HTTPException, ValueError):
            return  # the server is gone: keep the outbox

    def _note(self, results: list[dict[str, Any]]) -> None:
        assert [result["id"] for result in results] == [event["id"] for event in self.outbox]
        for result in results:
            self.statuses[result["status"]] += 1
            self.acknowledged[result["id"]] = (result["number"], result["position"])
        self.outbox = []


def entry() -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "kind": "probe.counted",
        "effective_at": "2026-11-22T17:30:00.000Z",
        "content": {"value": 1, "note": "a note of some length, so that a page of the database fills now and then"},
    }


def test_what_was_acknowledged_survives_being_killed(tmp_path: Path):
    data, port = tmp_path / "data", free_port()
    prepared = prepare(data, port)
    sessions = prepared["sessions"]
    moments = random.Random(20261122)
    acknowledged: dict[str, tuple[int, int]] = {}
    outboxes: list[list[dict[str, Any]]] = [[] for _ in range(CLIENTS)]
    statuses: Counter[str] = Counter()
    for round_number in range(ROUNDS):
        server = serving.start(data, module=PROBE, words=("listen",), port=port)
        tablets = [
            Tablet(server.url, prepared, sessions[index % len(sessions)], outboxes[index], moments.random())
            for index in range(CLIENTS)
        ]
        for tablet in tablets:
            tablet.start()
        time.sleep(moments.uniform(0.02, 0.6))
        server.kill()
        for tablet in tablets:
            tablet.join(30)
            statuses.update(tablet.statuses)
            repeated = {
                key
                for key in tablet.acknowledged
                if acknowledged.get(key, tablet.acknowledged[key]) != tablet.acknowledged[key]
            }
            assert not repeated, f"round {round_number}: acknowledged twice with different numbers: {repeated}"
            acknowledged.update(tablet.acknowledged)
        outboxes = [tablet.outbox for tablet in tablets]

    stored, verified = read_back(server)
    print(f"{ROUNDS} kills, {dict(statuses)}, {len(stored)} events stored")
    assert verified["problems"] == []
    assert set(statuses) <= {"created", "already"}, "nothing was refused and nothing conflicted"
    assert len(acknowledged) > 5 * ROUNDS, "the clients hardly got to write"
    counted = Counter(event["id"] for event in stored)
    assert [key for key in acknowledged if counted[key] != 1] == [], "an acknowledged event is missing or doubled"
    assert max(counted.values()) == 1
    places = {event["id"]: (event["number"], event["position"]) for event in stored}
    assert {key: places[key] for key in acknowledged} == acknowledged, "an acknowledged event changed its place"
    waiting = {event["id"] for outbox in outboxes for event in outbox}
    assert set(counted) - set(acknowledged) <= waiting, "an event that nobody sent"
    assert all(event["content"] == entry()["content"] for event in stored), "an event is there in part"


def read_back(server: Serving) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """All stored frames and what ``ketachart verify`` says, read by processes of their own."""
    code = (
        "from ketachart.config.starting import start_django; start_django()\n"
        "from ketachart.record.models import Event\n"
        "print('[' + ','.join(Event.objects.order_by('position').values_list('frame', flat=True)) + ']')\n"
    )
    read = subprocess.run(
        [sys.executable, "-c", code], env=server.environment, capture_output=True, text=True, check=True
    )
    verified = server.command("verify", "--json")
    return json.loads(read.stdout), json.loads(verified.stdout)
