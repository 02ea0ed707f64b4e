"""Two server processes on one PostgreSQL: what is charted through one is seen through the other."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest

from ketachart.record.identity import new_id
from tests import postgresql_cluster, serving
from tests.serving import PROBE, Serving, free_port, prepare

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.skipif(postgresql_cluster.programs() is None, reason="PostgreSQL is not installed"),
]

EVENTS = 40


@pytest.fixture(scope="module")
def two_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[Serving], dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("two")
    with ExitStack() as stack:
        url = stack.enter_context(postgresql_cluster.cluster())
        more = {"KETACHART_DATABASE_URL": url}
        prepared = prepare(folder / "first", free_port(), more)
        servers = [
            serving.start(folder / name, module=PROBE, words=("listen",), environment=more)
            for name in ("first", "second")
        ]
        yield servers, prepared
        for server in servers:
            server.stop()


def connect(server: Serving) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)


def chart(server: Serving, prepared: dict[str, Any], session: str, count: int) -> None:
    connection = connect(server)
    headers = {"cookie": prepared["cookie"], "x-csrftoken": prepared["csrf"]}
    for value in range(count):
        event = {
            "id": str(new_id()), "kind": "probe.counted", "effective_at": "2026-11-22T17:30:00.000Z",
            "content": {"value": value},
        }  # fmt: skip
        connection.request("POST", f"/live/sessions/{session}/events", json.dumps({"events": [event]}), headers)
        answer = connection.getresponse()
        results = json.loads(answer.read())["results"]
        assert [result["status"] for result in results] == ["created"]
    connection.close()


class Listener:
    """Follows a session at one server until it was told of so many events."""

    def __init__(self, server: Serving, prepared: dict[str, Any], query: str) -> None:
        self._connection = connect(server)
        self._connection.request("GET", f"/live/stream?{query}", headers={"cookie": prepared["cookie"]})
        self._answer = self._connection.getresponse()
        while not self._answer.readline().startswith(b"event: beat"):
            pass

    def told(self, count: int) -> list[int]:
        positions: list[int] = []
        while len(positions) < count:
            line = self._answer.readline()
            if line.startswith(b"id: "):
                positions.append(int(line[4:]))
        return positions


def test_events_of_one_server_reach_the_subscribers_of_the_other_in_order(two_servers):
    (first, second), prepared = two_servers
    session = prepared["sessions"][0]
    listener = Listener(second, prepared, f"session={session}")
    chart(first, prepared, session, EVENTS)
    positions = listener.told(EVENTS)
    assert positions == list(range(positions[0], positions[0] + EVENTS))


def test_both_servers_write_at_once_and_both_tell_the_same_story(two_servers):
    servers, prepared = two_servers
    sessions = prepared["sessions"]
    listeners = [Listener(server, prepared, "board=1") for server in servers]
    writers = [
        threading.Thread(target=chart, args=(server, prepared, session, EVENTS))
        for server in servers
        for session in (sessions[1], sessions[2])
    ]
    for writer in writers:
        writer.start()
    stories = [listener.told(4 * EVENTS) for listener in listeners]
    for writer in writers:
        writer.join(30)
    assert stories[0] == stories[1]
    assert stories[0] == list(range(stories[0][0], stories[0][0] + 4 * EVENTS))


def test_the_record_of_both_is_whole(two_servers):
    (first, _), _ = two_servers
    done = first.command("verify")
    assert done.returncode == 0, done.stdout
