"""Drives an ASGI application directly, byte by byte: also what no well-behaved client would do."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Message = MutableMapping[str, Any]
HOST = b"127.0.0.1:8000"


def scope_for(method: str, address: str, headers: Iterable[tuple[bytes, bytes]]) -> dict[str, Any]:
    from urllib.parse import unquote

    path, _, query = address.partition("?")
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", HOST), *headers],
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
    }


@dataclass
class Answer:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> dict[str, Any]:
        (problem,) = self.json()["errors"]
        return problem


@dataclass
class Browser:
    """Someone with cookies, in front of an application."""

    app: Any
    cookie: str = ""
    csrf: str = ""

    async def get(self, address: str, **headers: str) -> Answer:
        return await self.request("GET", address, headers=headers)

    async def post(self, address: str, content: Any, **headers: str) -> Answer:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return await self.request("POST", address, [body], {"x-csrftoken": self.csrf, **headers})

    async def request(
        self,
        method: str,
        address: str,
        parts: Iterable[bytes] = (b"",),
        headers: dict[str, str] | Iterable[tuple[bytes, bytes]] = (),
        *,
        leaves: bool = False,
    ) -> Answer:
        """Send the body in parts; ``leaves``: hang up before the last."""
        messages: list[Message] = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
        messages[-1]["more_body"] = leaves
        coming = iter(messages)
        sent: list[Message] = []

        async def receive() -> Message:
            return next(coming, {"type": "http.disconnect"})

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope_for(method, address, self._headers(headers)), receive, send)
        if not sent:
            return Answer(0, [], b"")
        body = b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(sent[0]["status"], list(sent[0]["headers"]), body)

    def _headers(self, headers: dict[str, str] | Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        given = [(b"cookie", self.cookie.encode())] if self.cookie else []
        if isinstance(headers, dict):
            return given + [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        return given + list(headers)

    @contextlib.asynccontextmanager
    async def listening(self, address: str, **headers: str) -> AsyncIterator[EventStream]:
        stream = EventStream()
        scope = scope_for("GET", address, self._headers(headers))
        stream.task = asyncio.ensure_future(self.app(scope, stream.receive, stream.send))
        try:
            await stream.opened()
            yield stream
        finally:
            stream.hang_up()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait_for(stream.task, 10)


@dataclass
class Told:
    """One server-sent event."""

    event: str
    id: int | None
    data: dict[str, Any]


@dataclass
class EventStream:
    """The browser's end of one event stream. ``stalled``: it takes nothing, as a frozen tablet would."""

    status: int = 0
    ended: bool = False
    told: list[Told] = field(default_factory=list)
    task: Any = None

    def __post_init__(self) -> None:
        self._buffer = b""
        self._takes = asyncio.Event()
        self._takes.set()
        self._gone = asyncio.Event()

    def stall(self) -> None:
        self._takes.clear()

    def take(self) -> None:
        self._takes.set()

    def hang_up(self) -> None:
        self.take()
        self._gone.set()

    async def receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await self._takes.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self._buffer += message["body"]
        *whole, self._buffer = self._buffer.split(b"\n\n")
        for block in whole:
            fields = dict(line.split(": ", 1) for line in block.decode().splitlines())
            if "data" in fields:
                position = int(fields["id"]) if "id" in fields else None
                self.told.append(Told(fields["event"], position, json.loads(fields["data"])))
        self.ended = not message.get("more_body", False)

    @property
    def charted(self) -> list[Told]:
        return [told for told in self.told if told.event == "charted"]

    @property
    def positions(self) -> list[int | None]:
        return [told.id for told in self.charted]

    async def opened(self) -> None:
        await self.until(lambda: self.status != 0 or self.task.done())

    async def until(self, condition: Any, within_s: float = 10) -> None:
        async with asyncio.timeout(within_s):
            while not condition():
                await asyncio.sleep(0.005)
