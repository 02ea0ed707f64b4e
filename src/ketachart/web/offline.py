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

from django.conf import settings
from django.templatetags.static import static

from ketachart.web.static_files import static_tree

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
    tree = static_tree()
    for name in names:
        if name not in tree.files:
            raise FileNotFoundError(f"the offline page needs {name}, and there is no such static file")
    digest = hashlib.sha256(f"{tree.version} {json.dumps(sorted(_pages))}".encode())
    return {
        "version": digest.hexdigest()[:16],
        "assets": [static(name) for name in names],
        "pages": sorted(_pages),
        "static": settings.STATIC_URL,
        "versioned": f"{settings.STATIC_URL}{tree.version}/",
    }
