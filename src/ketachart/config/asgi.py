"""The two lanes joined: /live/ is the live lane, /static/ is files, everything else is Django's pages."""

from __future__ import annotations

import gc
import inspect
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ketachart.config.settings")
django.setup()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from starlette.responses import JSONResponse  # noqa: E402

from ketachart.config.bridge import DjangoBridge  # noqa: E402
from ketachart.record.live.lane import LiveLane  # noqa: E402
from ketachart.web.static_files import FileServer, static_tree  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SWITCH_INTERVAL_S = 0.0005
"""How long a page thread may hold the interpreter while the live lane waits (docs/architecture.md)."""


SAFE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""For answers that are not pages (live lane, files, health). Pages have their own, from Django's middleware."""


def with_safe_headers(send: Send) -> Send:
    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message.get("headers", ())}
            missing = [header for header in SAFE_HEADERS if header[0] not in present]
            message = {**message, "headers": [*message.get("headers", ()), *missing]}
        await send(message)

    return sending


class Ketachart:
    """The one ASGI application."""

    def __init__(self) -> None:
        self.lane = LiveLane()
        self.pages = DjangoBridge(WSGIHandler())
        self.files = FileServer(static_tree())
        self.companions: list[Any] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close"})
        elif scope["path"] == "/health":
            await self._health(with_safe_headers(send))
        elif scope["path"].startswith("/live/"):
            await self.lane(scope, receive, with_safe_headers(send))
        elif scope["path"].startswith("/static/"):
            await self.files({**scope, "path": scope["path"][8:]}, receive, with_safe_headers(send))
        else:
            await self.pages(scope, receive, send)

    async def _health(self, send: Send) -> None:
        """For whoever watches the server: does it answer, and does its writer still run?"""
        well = self.lane.writer.running
        await JSONResponse({"status": "ok" if well else "the live writer has ended"}, 200 if well else 503)(
            {"type": "http"}, _nothing, send
        )

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        gc.collect()
        gc.freeze()  # what is loaded now stays: a full collection need not walk it and hold up the room
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.lane.start()
                for companion in self.companions:
                    companion.start(self.lane)
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                for companion in self.companions:
                    if inspect.isawaitable(stopping := companion.stop()):
                        await stopping
                await self.lane.stop()
                self.pages.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _nothing() -> MutableMapping[str, Any]:
    return {"type": "http.disconnect"}


application = Ketachart()
