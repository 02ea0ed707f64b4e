"""The pages' own files: read once, served from memory, under an address that changes when any of them changes.

`{% static "treatment/room.js" %}` is `/static/v-3f2a91c07d3e/treatment/room.js`. The version is a digest over all files, so
that a script's neighbours (`import "./clock.js"`) and a style sheet's fonts fall under it without being rewritten, and a
browser need never ask again for any of them. The same file answers without the version too, to be asked for each time.
"""

from __future__ import annotations

import gzip
import hashlib
import posixpath
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import cache
from mimetypes import guess_type
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

FOR_GOOD = b"public, max-age=31536000, immutable"
ASK_EACH_TIME = b"no-cache"
ALREADY_COMPRESSED = (".woff2", ".png", ".jpg", ".webp", ".gz")
SMALLEST_TO_COMPRESS = 400

_VERSION = re.compile(r"v-[0-9a-f]{12}/")
_COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
_IMPORT = re.compile(r"""^\s*(?:import|export)\b[^"';]*?["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)


@dataclass(frozen=True)
class StaticFile:
    content_type: bytes
    body: bytes
    compressed: bytes | None
    tag: bytes


@dataclass(frozen=True)
class StaticTree:
    version: str
    files: dict[str, StaticFile]


@cache
def static_tree() -> StaticTree:
    """All files of all parts; two parts with a file of the same name: the first one counts, as for Django's finders."""
    found: dict[str, bytes] = {}
    for finder in finders.get_finders():
        for path, storage in finder.list(None):
            name = path.replace("\\", "/")
            if name not in found:
                with storage.open(path) as file:
                    found[name] = file.read()
    return tree_of(found)


def tree_of(bodies: dict[str, bytes]) -> StaticTree:
    digest = hashlib.sha256()
    files: dict[str, StaticFile] = {}
    for name in sorted(bodies):
        own = hashlib.sha256(bodies[name]).digest()
        digest.update(name.encode() + b"\0" + own)
        files[name] = StaticFile(
            _content_type(name), bodies[name], _compressed(name, bodies[name]), b'"' + own[:8].hex().encode() + b'"'
        )
    return StaticTree(f"v-{digest.hexdigest()[:12]}", files)


@cache
def module_graph(name: str) -> tuple[str, ...]:
    """The names of all modules that `name` imports, itself first: a page names them, so that none waits for another."""
    order = [name]
    for module in order:
        text = _COMMENT.sub("", static_tree().files[module].body.decode())
        for neighbour in _IMPORT.findall(text):
            imported = posixpath.normpath(posixpath.join(posixpath.dirname(module), neighbour))
            if imported not in order:
                order.append(imported)
    return tuple(order)


class VersionedFiles(StaticFilesStorage):
    """What `{% static %}` asks for an address."""

    def url(self, name: str | None, force: bool = False) -> str:
        return f"{settings.STATIC_URL}{static_tree().version}/{name}"


class FileServer:
    """The files as an ASGI application; its path begins where the name of a file does."""

    def __init__(self, tree: StaticTree) -> None:
        self.tree = tree

    async def __call__(self, scope: MutableMapping[str, Any], _receive: object, send: Send) -> None:
        asked = scope["path"]
        under_version = _VERSION.match(asked)
        file = self.tree.files.get(asked[under_version.end() :] if under_version else asked)
        if file is None or scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 404 if file is None else 405, [(b"content-type", b"text/plain; charset=utf-8")])
            return
        for_good = under_version is not None and asked.startswith(f"{self.tree.version}/")
        headers = [
            (b"content-type", file.content_type),
            (b"cache-control", FOR_GOOD if for_good else ASK_EACH_TIME),
            (b"etag", file.tag),
            (b"vary", b"accept-encoding"),
        ]
        asking = dict(scope["headers"])
        if asking.get(b"if-none-match") == file.tag:
            await _answer(send, 304, headers)
            return
        body = file.body
        if file.compressed is not None and b"gzip" in asking.get(b"accept-encoding", b""):
            body = file.compressed
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", str(len(body)).encode()))
        await _answer(send, 200, headers, b"" if scope["method"] == "HEAD" else body)


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes | None = None) -> None:
    if body is None:
        body = {404: b"There is no such file.", 405: b"Files are only read."}.get(status, b"")
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _content_type(name: str) -> bytes:
    guessed = "text/javascript" if name.endswith((".js", ".mjs")) else guess_type(name)[0] or "application/octet-stream"
    return f"{guessed}; charset=utf-8".encode() if guessed.startswith("text/") else guessed.encode()


def _compressed(name: str, body: bytes) -> bytes | None:
    if name.endswith(ALREADY_COMPRESSED) or len(body) < SMALLEST_TO_COMPRESS:
        return None
    return gzip.compress(body, 9, mtime=0)
