"""The live lane: a small ASGI application that appends treatment events and streams them.

Plain ASGI, because this is the path that carries the load: one append costs one JSON decode, one queue, one shared commit.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import msgspec

from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.append import Appended, Charting
from ketachart.record.errors import NotAllowed, Refused, refused_from
from ketachart.record.kinds import decode
from ketachart.record.live import guards, reading
from ketachart.record.live.background import Background
from ketachart.record.live.events import stream_events
from ketachart.record.live.hub import Hub
from ketachart.record.live.signed_in import SignedIn, cookies_of, require_same_origin
from ketachart.record.live.writer import LaneWriter

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGEST_BATCH = 200
LARGEST_BODY = 1_000_000

_SESSION_EVENTS = re.compile(r"^/live/sessions/(?P<session>[0-9a-fA-F-]{32,36})/events$")


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
        self.background = Background(self.hub)
        self._cookies: dict[bytes, dict[str, str]] = {}

    async def start(self) -> None:
        self.hub.start(asyncio.get_running_loop())
        self.writer.start()
        self.background.start()

    async def stop(self) -> None:
        await self.background.stop()
        self.hub.stop()
        await asyncio.to_thread(self.writer.stop)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        path, method = scope["path"], scope["method"]
        try:
            actor, cookies = await self._actor(headers)
            session = _SESSION_EVENTS.match(path)
            if session and method == "POST":
                require_same_origin(headers, cookies, scope.get("scheme", "http"))
                body = await _body(receive)
                await _answer(send, 200, await self._append(actor, UUID(session["session"]), body))
            elif session and method == "GET":
                await _answer(send, 200, await self._frames(actor, UUID(session["session"]), _query(scope)))
            elif path == "/live/stream" and method == "GET":
                await stream_events(self.hub, actor, _query(scope), headers, receive, send)
            elif session or path == "/live/stream":
                raise Refused(f"{method} is not possible here.", status=405, fix="Use GET or POST as documented.")
            else:
                raise Refused("There is nothing at this address.", status=404)
        except Refused as refused:
            await _answer(send, refused.status, _errors(refused))
        except ClientGone:
            return

    async def _actor(self, headers: dict[bytes, bytes]) -> tuple[Actor, dict[str, str]]:
        raw = headers.get(b"cookie", b"")
        cookies = self._cookies.get(raw)
        if cookies is None:
            if len(self._cookies) > 2000:
                self._cookies.clear()
            cookies = self._cookies[raw] = cookies_of(headers)
        key = cookies.get("sessionid") or cookies.get("__Host-sessionid") or ""
        found = self.signed_in.cached(key)
        actor = found.actor if found else (await asyncio.to_thread(self.signed_in.look_up, key) if key else None)
        if actor is None:
            raise Refused(
                "You are not signed in.", status=401, fix="Sign in again; what you charted is kept on this device."
            )
        return actor, cookies

    async def _append(self, actor: Actor, session_id: UUID, body: bytes) -> bytes:
        try:
            batch = _BATCH.decode(body)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
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
            try:
                appended = iter(await self.writer.append(chartings))
            except Exception:
                raise Refused(
                    "The record could not be written just now.",
                    fix="Nothing was saved. The device keeps the entries and sends them again.",
                    status=503,
                ) from None
            results = [result if result is not None else next(appended) for result in results]
        return _ENCODER.encode(
            {"results": [_result(result) for result in results if result], "server_time": clock.iso(clock.now())}
        )

    async def _frames(self, actor: Actor, session_id: UUID, query: dict[str, list[str]]) -> bytes:
        actor.require(guards.session_rules().read_permission)
        after = _whole_number(query, "after")
        found = await asyncio.to_thread(reading.frames_of_session, actor, session_id, after)
        if found is None:
            raise Refused("There is no such session in this clinic.", status=404)
        frames, head = found
        return b'{"events":[%b],"head":%d,"server_time":"%b"}' % (
            ",".join(frames).encode(),
            head,
            clock.iso(clock.now()).encode(),
        )


class ClientGone(Exception):
    """The browser went away before its request was whole: nothing is written."""


_ENCODER = msgspec.json.Encoder()


def _charting(actor: Actor, session_id: UUID, arriving: ArrivingEvent) -> Charting:
    rules = guards.session_rules()
    permission = rules.permission_by_kind.get(arriving.kind)
    if permission is None:
        raise Refused(f"“{arriving.kind}” cannot be charted here.", field="kind", status=400)
    if not actor.may(permission):
        raise NotAllowed(permission)
    return Charting(
        id=arriving.id,
        clinic_id=actor.clinic_id,
        stream_id=session_id,
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
        "id": str(result.id),
        "status": result.status,
        "number": result.number,
        "position": result.position,
        "problem": result.problem.as_json() if result.problem else None,
    }


def _whole_number(query: dict[str, list[str]], name: str) -> int:
    text = query.get(name, ["0"])[0]
    if not text.isdigit():
        raise Refused(
            f"“{text[:40]}” is not a whole number.", field=name, fix="Use 0 or the last number you have.", status=400
        )
    return int(text)


def _query(scope: Scope) -> dict[str, list[str]]:
    return parse_qs(scope.get("query_string", b"").decode("latin-1"))


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part = message.get("body", b"")
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
