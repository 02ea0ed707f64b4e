"""The two lanes joined: /live/ is the live lane, /static/ is files, everything else is Django's pages."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ketachart.config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from starlette.exceptions import HTTPException  # noqa: E402
from starlette.middleware.gzip import GZipMiddleware  # noqa: E402
from starlette.responses import JSONResponse, PlainTextResponse, Response  # noqa: E402
from starlette.staticfiles import StaticFiles  # noqa: E402

from ketachart.config.bridge import DjangoBridge  # noqa: E402
from ketachart.record.live.lane import LiveLane  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SWITCH_INTERVAL_S = 0.0005
"""How long a page thread may hold the interpreter while the live lane waits (docs/architecture.md)."""


_HASH_IN_NAME = re.compile(r"\.[0-9a-f]{12}(\.[^./]+)?$")


HASHED_NAME = re.compile(r"\.[0-9a-f]{12}\.[^/]+$")
"""What collectstatic makes of a name: ``room.4f2a91c07d3e.js``."""


class HashedFiles(StaticFiles):
    """Static files; a name with a content hash never changes, so a browser need not ask again."""

    async def get_response(self, path: str, scope: Any) -> Response:
        try:
            return await super().get_response(path, scope)
        except HTTPException as refused:  # nobody above would turn it into an answer
            return PlainTextResponse(refused.detail, refused.status_code)

    def file_response(self, *args: Any, **kwargs: Any) -> Any:
        response = super().file_response(*args, **kwargs)
        hashed = _HASH_IN_NAME.search(str(args[0]))
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
        return response


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
        self.files = GZipMiddleware(HashedFiles(directory=settings.STATIC_ROOT, check_dir=False), minimum_size=1000)
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
            await self.files({**scope, "path": scope["path"][7:], "root_path": ""}, receive, with_safe_headers(send))
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
                    companion.stop()
                await self.lane.stop()
                self.pages.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _nothing() -> MutableMapping[str, Any]:
    return {"type": "http.disconnect"}


application = Ketachart()
