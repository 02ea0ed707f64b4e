"""How long from a tap in one browser to every other browser: 50 event streams, 50 events a second.

Its own process, so that the server's time is not counted twice. Prints one JSON line.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any
from uuid import uuid4

RATE_PER_S = 50


async def measure(address: dict[str, Any], subscribers: int, seconds: float) -> dict[str, Any]:
    sent: dict[str, float] = {}
    latencies: list[float] = []
    ready = asyncio.Semaphore(0)
    listeners = [asyncio.ensure_future(_listen(address, sent, latencies, ready)) for _ in range(subscribers)]
    for _ in listeners:
        await ready.acquire()
    count = int(RATE_PER_S * seconds)
    await _chart(address, sent, count)
    deadline = time.perf_counter() + 5
    while len(latencies) < count * subscribers and time.perf_counter() < deadline:
        await asyncio.sleep(0.05)
    for listener in listeners:
        listener.cancel()
    latencies.sort()
    return {
        "subscribers": subscribers,
        "events": count,
        "missing": count * subscribers - len(latencies),
        "p50_ms": 1000 * latencies[len(latencies) // 2],
        "p99_ms": 1000 * latencies[int(len(latencies) * 0.99)],
        "max_ms": 1000 * latencies[-1],
    }


async def _listen(
    address: dict[str, Any], sent: dict[str, float], latencies: list[float], ready: asyncio.Semaphore
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", address["port"], limit=1 << 20)
    writer.write(_request("GET", f"/live/stream?session={address['session']}", address))
    while True:
        line = await reader.readline()
        if line.startswith(b"event: beat"):
            ready.release()
        elif line.startswith(b'data: {"id"'):
            latencies.append(time.perf_counter() - sent[line[13:49].decode()])


async def _chart(address: dict[str, Any], sent: dict[str, float], count: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", address["port"])
    start = time.perf_counter()
    for number in range(count):
        await asyncio.sleep(start + number / RATE_PER_S - time.perf_counter())
        key = str(uuid4())
        event = {
            "id": key,
            "kind": address["kind"],
            "effective_at": "2026-11-22T17:30:00.000Z",
            "content": address["content"],
        }
        body = json.dumps({"events": [event]}).encode()
        sent[key] = time.perf_counter()
        writer.write(_request("POST", f"/live/sessions/{address['session']}/events", address, body))
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(
            next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")).split()[1]
        )
        answer = await reader.readexactly(length)
        if b'"created"' not in answer:
            raise SystemExit(f"not appended: {answer[:300]!r}")


def _request(method: str, path: str, address: dict[str, Any], body: bytes = b"") -> bytes:
    return (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{address['port']}\r\nCookie: {address['cookie']}\r\n"
        f"X-CSRFToken: {address['csrf']}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    print(json.dumps(asyncio.run(measure(given, given["subscribers"], given["seconds"]))))
