"""Pages that must open with no network. A part registers its own in AppConfig.ready():

    register_offline_page(r"^/treatment/sessions/[0-9a-f-]{36}/room/$", assets=["treatment/js/room.js", ...])

Such a page is kept by the service worker each time it is opened, and shown from there when the network is gone.
Its `assets` (names of static files) are fetched when the worker is installed. No other page is ever kept, and all
kept pages are dropped when somebody signs out on the device. Unsent entries (IndexedDB) are not touched by that.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static

SHELL_ASSETS = (
    "web/css/tokens.css",
    "web/css/base.css",
    "web/css/layout.css",
    "web/css/components.css",
    "web/css/forms.css",
    "web/js/theme.js",
    "web/js/app.js",
    "web/js/csrf.js",
    "web/js/toasts.js",
    "web/js/dialogs.js",
    "web/js/connection.js",
    "web/js/worker.js",
    "web/vendor/htmx/htmx.min.js",
    "web/vendor/atkinson-hyperlegible-next/atkinson-hyperlegible-next-latin-wght-normal.woff2",
    "web/icons/icons.svg",
    "web/icons/mark.svg",
)


@dataclass(frozen=True)
class OfflinePage:
    pattern: str
    assets: tuple[str, ...]


_pages: dict[str, OfflinePage] = {}


def register_offline_page(pattern: str, *, assets: tuple[str, ...] | list[str] = ()) -> None:
    """`pattern` is a regular expression over the path, understood alike by Python and JavaScript."""
    if not (pattern.startswith("^/") and pattern.endswith("$")):
        raise ValueError(f"an offline page is a whole path, ^/…$, not {pattern!r}")
    re.compile(pattern)
    _pages[pattern] = OfflinePage(pattern, tuple(assets))


def offline_settings() -> dict[str, object]:
    """What the worker needs to know; its version changes whenever a kept file changes."""
    names = list(dict.fromkeys([*SHELL_ASSETS, *(name for page in _pages.values() for name in page.assets)]))
    digest = hashlib.sha256()
    for name in names:
        path = finders.find(name)
        if not isinstance(path, str):
            raise FileNotFoundError(f"the offline page needs {name}, and there is no such static file")
        with Path(path).open("rb") as file:
            digest.update(name.encode() + b"\0" + hashlib.file_digest(file, "sha256").digest())
    digest.update(json.dumps(sorted(_pages)).encode())
    return {
        "version": digest.hexdigest()[:16],
        "assets": [address for name in names for address in _addresses(name)],
        "pages": sorted(_pages),
        "static": settings.STATIC_URL,
    }


def _addresses(name: str) -> list[str]:
    """A page asks for a file by its hashed name; a module asks for its neighbour by the plain one. Keep both."""
    return list(dict.fromkeys([static(name), *([settings.STATIC_URL + name] if name.endswith(".js") else [])]))
