"""The live lane: a small ASGI application that appends treatment events and streams them.

Plain ASGI, because this is the path that carries the load: one append costs one JSON decode, one queue, one shared commit.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.append import Appended, Charting
from ketachart.record.errors import NotAllowed, Refused, refused_from
from ketachart.record.identity import id_from
from ketachart.record.kinds import decode
from ketachart.record.live import guards, reading
from ketachart.record.live.background import Background
from ketachart.record.live.events import stream_events
from ketachart.record.live.hub import Hub
from ketachart.record.live.query import Query, query_of, whole_number
from ketachart.record.live.signed_in import SignedIn, require_same_origin
from ketachart.record.live.watch import Watch
from ketachart.record.live.writer import LaneWriter

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = logging.getLogger("ketachart.live")

LARGEST_BATCH = 200
LARGEST_BODY = 1_000_000

_SESSION_EVENTS = re.compile(r"^/live/sessions/(?P<session>[^/]+)/events$")


class ArrivingEvent(msgspec.Struct, forbid_unknown_fields=True):
    """One event as a browser sends it."""

    id: UUID
    kind: str
    effective_at: str
    content: msgspec.Raw
    device: str | None = None


class ArrivingBatch(msgspec.Struct, forbid_unknown_fields=True):
    events: list[ArrivingEvent]


_BATCH = msgspec.json.Decoder(ArrivingBatch)


class LiveLane:
    """Holds the writer, the hub and the routes. ``start`` and ``stop`` belong to the server's lifespan."""

    def __init__(self) -> None:
        self.writer = LaneWriter()
        self.hub = Hub(reading.frames_since)
        self.signed_in = SignedIn()
        self.background = Background(self.hub, Watch(self.writer))

    async def start(self) -> None:
        self.hub.start(asyncio.get_running_loop())
        self.writer.start()
        self.background.start()

    def end_streams(self) -> None:
        """The server is about to stop: let the browsers go, they come back by themselves. Callable from any thread."""
        self.hub.stop()

    async def stop(self) -> None:
        self.hub.stop()
        await asyncio.to_thread(self.writer.stop)
        await self.background.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._route(scope, receive, send)
        except Refused as refused:
            await _answer(send, refused.status, _errors(refused))
        except ClientGone:
            return
        except Exception as error:
            # Only the kind of failure: an exception's text may hold what was charted.
            log.error("%s %s failed: %s", scope["method"], _without_ids(scope["path"]), type(error).__name__)
            await _answer(send, 500, _errors(Refused("The server could not do this.", fix="Try again.")))

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        path, method = scope["path"], scope["method"]
        if path == "/live/stream" and method == "GET":
            await stream_events(
                self.hub, lambda: self.signed_in.actor(headers), query_of(scope), headers, receive, send
            )
            return
        actor = await self.signed_in.actor(headers)
        if actor is None:
            raise Refused(
                "You are not signed in.", status=401, fix="Sign in again; what you charted is kept on this device."
            )
        named, session_id = _session_in(path)
        if not named and path != "/live/stream":
            raise Refused("There is nothing at this address.", status=404)
        if not named or method not in {"GET", "POST"}:
            raise Refused(f"{method} is not possible here.", status=405, fix="Use GET or POST as documented.")
        if session_id is None:
            raise _no_such_session()
        if method == "POST":
            require_same_origin(headers, scope.get("scheme", "http"))
            body = await _body(receive)
            await _answer(send, 200, await self._append(actor, session_id, body))
        else:
            await _answer(send, 200, await self._frames(actor, session_id, query_of(scope)))

    async def _append(self, actor: Actor, session_id: UUID, body: bytes) -> bytes:
        try:
            batch = _BATCH.decode(body)
        except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
            raise refused_from(error) from None
        if len(batch.events) > LARGEST_BATCH:
            raise Refused(
                f"{len(batch.events)} events in one request.",
                field="events",
                fix=f"Send at most {LARGEST_BATCH}.",
                status=413,
            )
        results: list[Appended | None] = []
        chartings: list[Charting] = []
        for arriving in batch.events:
            try:
                chartings.append(_charting(actor, session_id, arriving))
                results.append(None)
            except Refused as refused:
                results.append(Appended(arriving.id, "refused", problem=refused))
        if chartings:
            appended = iter(await self._written(chartings))
            results = [result if result is not None else next(appended) for result in results]
        return _ENCODER.encode(
            {"results": [_result(result) for result in results if result], "server_time": clock.iso(clock.now())}
        )

    async def _written(self, chartings: list[Charting]) -> list[Appended]:
        try:
            appended = await self.writer.append(chartings)
        except Exception:
            raise Refused(
                "The record could not be written just now.",
                fix="The device keeps the entries and sends them again.",
                status=503,
            ) from None
        if all(result.problem is not None and result.problem.status == 404 for result in appended):
            raise _no_such_session()
        return appended

    async def _frames(self, actor: Actor, session_id: UUID, query: Query) -> bytes:
        actor.require(guards.session_rules().read_permission)
        after = whole_number(query, "after") or 0
        found = await asyncio.to_thread(reading.frames_of_session, actor, session_id, after)
        if found is None:
            raise _no_such_session()
        frames, head = found
        return b'{"events":[%b],"head":%d,"server_time":"%b"}' % (
            ",".join(frames).encode(),
            head,
            clock.iso(clock.now()).encode(),
        )


class ClientGone(Exception):
    """The browser went away before its request was whole: nothing is written."""


_ENCODER = msgspec.json.Encoder()


@lru_cache(maxsize=1000)
def _session_in(path: str) -> tuple[bool, UUID | None]:
    """Whether the address is that of a session's events, and of which; None when that is no identifier."""
    found = _SESSION_EVENTS.match(path)
    return (True, id_from(found["session"])) if found else (False, None)


def _charting(actor: Actor, session_id: UUID, arriving: ArrivingEvent) -> Charting:
    rules = guards.session_rules()
    permission = rules.permission_by_kind.get(arriving.kind)
    if permission is None:
        raise Refused(f"“{arriving.kind[:80]}” cannot be charted here.", field="kind", status=400)
    if not actor.may(permission):
        raise NotAllowed(permission)
    return Charting(
        id=arriving.id,
        clinic_id=actor.clinic_id,
        stream_id=session_id,
        stream_kind="session",
        content=decode(arriving.kind, arriving.content),
        effective_at=_effective_at(arriving.effective_at),
        author_id=actor.user_id,
        author_name=actor.name,
        device=arriving.device[:80] if arriving.device else None,
    )


def _effective_at(text: str) -> datetime:
    try:
        return clock.from_iso(text)
    except ValueError:
        raise Refused(
            f"“{text[:40]}” is not a time.",
            field="effective_at",
            fix="Use ISO-8601 with a zone: 2026-01-31T09:30:00.000Z.",
        ) from None


def _result(result: Appended) -> dict[str, Any]:
    return {
        "id": result.id,
        "status": result.status,
        "number": result.number,
        "position": result.position,
        "problem": result.problem.as_json() if result.problem else None,
    }


def _no_such_session() -> Refused:
    return Refused("There is no such session in this clinic.", status=404)


def _without_ids(path: str) -> str:
    return re.sub(r"/sessions/[^/]*", "/sessions/…", path)[:80]


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > LARGEST_BODY:
            raise Refused("The request is too large.", fix="Send fewer events at once.", status=413)
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts) if len(parts) > 1 else part


async def _answer(send: Send, status: int, body: bytes) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"application/json"),
                (b"cache-control", b"no-store"),
                (b"content-length", str(len(body)).encode()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


def _errors(refused: Refused) -> bytes:
    return _ENCODER.encode({"errors": [refused.as_json()]})
