"""Who is behind a live request: the same sign-in as the pages, looked up once in a while instead of every time."""

from __future__ import annotations

import asyncio
import hmac
import time
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.db import close_old_connections
from django.http.cookie import parse_cookie
from django.utils.crypto import constant_time_compare

from ketachart.record.actor import Actor
from ketachart.record.errors import Refused

REMEMBERED_FOR_S = 5.0
"""Sign-out and a changed role reach the live lane within this time."""

MOST_REMEMBERED = 5000


@dataclass(slots=True)
class _Remembered:
    actor: Actor | None
    until: float


class SignedIn:
    """Remembers for a few seconds which session cookie is whose."""

    def __init__(self) -> None:
        self._remembered: dict[str, _Remembered] = {}

    async def actor(self, headers: dict[bytes, bytes]) -> Actor | None:
        session_key = cookies_of(headers).get(settings.SESSION_COOKIE_NAME)
        if not session_key:
            return None
        found = self._remembered.get(session_key)
        if found is None or found.until <= time.monotonic():
            found = _Remembered(
                await asyncio.to_thread(_actor_of_session, session_key), time.monotonic() + REMEMBERED_FOR_S
            )
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[session_key] = found
        return found.actor


def _actor_of_session(session_key: str) -> Actor | None:
    close_old_connections()
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user_id, backend = store.get(SESSION_KEY), store.get(BACKEND_SESSION_KEY)
    if not user_id or backend not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = get_user_model().objects.filter(pk=UUID(str(user_id)), is_active=True).first()
    if user is None or not constant_time_compare(store.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        return None
    return Actor.of(user) if user.clinic_id else None


def cookies_of(headers: dict[bytes, bytes]) -> dict[str, str]:
    return _parsed(headers.get(b"cookie", b""))


@lru_cache(maxsize=1000)
def _parsed(header: bytes) -> dict[str, str]:
    return parse_cookie(header.decode("latin-1"))


def require_same_origin(headers: dict[bytes, bytes], scheme: str) -> None:
    """A write must come from our own page: same origin, and the CSRF cookie repeated in a header."""
    origin = headers.get(b"origin")
    if origin is not None:
        own = f"{scheme}://".encode() + headers.get(b"host", b"")
        if origin != own and origin.decode("latin-1") not in settings.CSRF_TRUSTED_ORIGINS:
            raise Refused("This request came from another site.", status=403, fix="Use the page of your clinic.")
    cookie = cookies_of(headers).get(settings.CSRF_COOKIE_NAME, "")
    header = headers.get(b"x-csrftoken", b"")
    if not cookie or not hmac.compare_digest(cookie.encode(), header):
        raise Refused(
            "The page is too old to be trusted.", status=403, fix="Reload the page; what you charted is kept."
        )
