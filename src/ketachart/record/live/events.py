"""Server-sent events: replay from where the browser was, then what happens, with a beat so that silence is noticed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from uuid import UUID

from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.record.identity import id_from
from ketachart.record.live import guards, reading
from ketachart.record.live.hub import LARGEST_READ, Hub, Subscriber
from ketachart.record.live.query import Query, whole_number

BEAT_S = 10.0
LIFETIME_S = 600.0
"""A stream ends after this and the browser comes back: memory cannot creep."""

SEND_WITHIN_S = 20.0
"""A browser that takes nothing for so long is gone."""

MOST_SESSIONS = 100

log = logging.getLogger("ketachart.live")

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Who = Callable[[], Awaitable[Actor | None]]


async def stream_events(
    hub: Hub, who: Who, query: Query, headers: dict[bytes, bytes], receive: Receive, send: Send
) -> None:
    """``who`` says who is signed in now; it is asked again with every beat, so that sign-out ends the stream."""
    actor = await who()
    if actor is None:
        raise Refused("You are not signed in.", status=401, fix="Sign in again.")
    actor.require(guards.session_rules().read_permission)
    streams = await _streams(actor, query)
    last_event_id = headers.get(b"last-event-id", b"").decode("latin-1")
    start = whole_number({"after": [last_event_id]} if last_event_id else query, "after")
    position = await asyncio.to_thread(reading.last_position, actor.clinic_id)
    subscriber = Subscriber(actor.clinic_id, streams)
    hub.subscribe(subscriber, position)
    gone = asyncio.ensure_future(_until_gone(receive, subscriber))
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
        sent = await _replay(subscriber, position if start is None else min(start, position), send)
        await _follow(subscriber, actor, who, sent, send)
        if not gone.done():
            await send({"type": "http.response.body", "body": b"", "more_body": False})
    except Exception as error:
        # The answer has begun. Left unfinished, so that the server closes the connection and the browser comes back.
        if not isinstance(error, TimeoutError):
            log.error("an event stream ended: %s", type(error).__name__)
    finally:
        gone.cancel()
        hub.unsubscribe(subscriber)


async def _streams(actor: Actor, query: Query) -> frozenset[UUID] | None:
    if query.get("board"):
        return None
    named = [id_from(text) for text in query.get("session", [])]
    wanted = frozenset(session for session in named if session is not None)
    if not wanted or None in named or len(wanted) > MOST_SESSIONS:
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


async def _replay(subscriber: Subscriber, start: int, send: Send) -> int:
    sent = start
    while not subscriber.ended:
        frames = await asyncio.to_thread(reading.frames_since, subscriber.clinic_id, sent, subscriber.streams)
        if frames:
            await _send(send, b"".join(frame.message for frame in frames if subscriber.wants(frame)))
            sent = frames[-1].position
        if len(frames) < LARGEST_READ:
            break
    return sent


async def _follow(subscriber: Subscriber, actor: Actor, who: Who, sent: int, send: Send) -> None:
    ends_at = time.monotonic() + LIFETIME_S
    beats_at = time.monotonic() + BEAT_S
    while not subscriber.ended and time.monotonic() < ends_at:
        frames = await subscriber.take(beats_at - time.monotonic())
        fresh = [frame for frame in frames if frame.position > sent]
        if fresh:
            await _send(send, b"".join(frame.message for frame in fresh))
            sent = fresh[-1].position
        if time.monotonic() >= beats_at:
            if await who() != actor:
                return
            await _send(send, _beat(sent))
            beats_at = time.monotonic() + BEAT_S


def _beat(position: int) -> bytes:
    return f'event: beat\ndata: {{"server_time":"{clock.iso(clock.now())}","position":{position}}}\n\n'.encode()


async def _send(send: Send, body: bytes) -> None:
    if body:
        async with asyncio.timeout(SEND_WITHIN_S):
            await send({"type": "http.response.body", "body": body, "more_body": True})


async def _until_gone(receive: Receive, subscriber: Subscriber) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    subscriber.end()
