"""Server-sent events: replay from where the browser was, then what happens, with a beat so that silence is noticed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from uuid import UUID

from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.record.identity import id_from
from ketachart.record.live import guards, reading
from ketachart.record.live.hub import Hub, StoredFrame, Subscriber

BEAT_S = 10.0
LIFETIME_S = 600.0
"""A stream ends after this and the browser comes back: memory cannot creep, sign-out takes effect."""

MOST_SESSIONS = 100

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


async def stream_events(
    hub: Hub,
    actor: Actor,
    query: dict[str, list[str]],
    headers: dict[bytes, bytes],
    receive: Receive,
    send: Send,
) -> None:
    actor.require(guards.session_rules().read_permission)
    streams = await _streams(actor, query)
    start = _start(query, headers)
    position = await asyncio.to_thread(reading.last_position, actor.clinic_id)
    subscriber = Subscriber(actor.clinic_id, streams)
    hub.subscribe(subscriber, position)
    gone = asyncio.ensure_future(_until_gone(receive))
    try:
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"text/event-stream"),
                    (b"cache-control", b"no-store"),
                    (b"x-accel-buffering", b"no"),
                ],
            }
        )
        await _send(send, b"retry: 1000\n\n" + _beat(position))
        sent = await _replay(subscriber, position if start is None else start, send)
        await _follow(subscriber, sent, gone, send)
    finally:
        gone.cancel()
        hub.unsubscribe(subscriber)


async def _streams(actor: Actor, query: dict[str, list[str]]) -> frozenset[UUID] | None:
    if query.get("board"):
        return None
    wanted = frozenset(found for text in query.get("session", []) if (found := id_from(text)) is not None)
    if not wanted or len(wanted) > MOST_SESSIONS:
        raise Refused(
            "Name the sessions to follow.",
            field="session",
            fix=f"?session=<id>, up to {MOST_SESSIONS}, or ?board=1.",
            status=400,
        )
    present = await asyncio.to_thread(reading.open_sessions, actor, wanted)
    if present != wanted:
        raise Refused("There is no such session in this clinic.", field="session", status=404)
    return wanted


def _start(query: dict[str, list[str]], headers: dict[bytes, bytes]) -> int | None:
    text = headers.get(b"last-event-id", b"").decode("latin-1") or query.get("after", [""])[0]
    if not text:
        return None
    if not text.isdigit():
        raise Refused(
            f"“{text[:40]}” is not a position.", field="after", fix="Use the id of the last event.", status=400
        )
    return int(text)


async def _replay(subscriber: Subscriber, start: int, send: Send) -> int:
    sent = start
    while True:
        frames = await asyncio.to_thread(reading.frames_since, subscriber.clinic_id, sent)
        wanted = [frame for frame in frames if subscriber.wants(frame[1])]
        if wanted:
            await _send(send, b"".join(map(_charted, wanted)))
        if frames:
            sent = frames[-1][0]
        if len(frames) < reading.LARGEST_REPLAY:
            return sent


async def _follow(subscriber: Subscriber, sent: int, gone: asyncio.Future[None], send: Send) -> None:
    ends_at = time.monotonic() + LIFETIME_S
    waiting: asyncio.Future[StoredFrame | None] | None = None
    try:
        while not gone.done() and time.monotonic() < ends_at:
            if waiting is None:
                waiting = asyncio.ensure_future(subscriber.queue.get())
            either: set[asyncio.Future[Any]] = {waiting, gone}
            await asyncio.wait(either, timeout=BEAT_S, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                if not gone.done():
                    await _send(send, _beat(sent))
                continue
            frames = [waiting.result()]
            waiting = None
            while not subscriber.queue.empty():
                frames.append(subscriber.queue.get_nowait())
            fresh = [frame for frame in frames if frame is not None and frame[0] > sent]
            if fresh:
                await _send(send, b"".join(map(_charted, fresh)))
                sent = fresh[-1][0]
            if None in frames:
                break
        if not gone.done():
            await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        if waiting is not None:
            waiting.cancel()


def _charted(frame: StoredFrame) -> bytes:
    return f"id: {frame[0]}\nevent: charted\ndata: {frame[2]}\n\n".encode()


def _beat(position: int) -> bytes:
    return f'event: beat\ndata: {{"server_time":"{clock.iso(clock.now())}","position":{position}}}\n\n'.encode()


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
