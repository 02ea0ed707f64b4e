"""Who may open which page. Nothing opens by accident: a view without a gate is denied, and a check names it.

@allow("people.read")                 one permission
@allow("intake.write", "intake.read") any of these
@public                               everybody, also without signing in
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from ketachart.record.actor import Actor
from ketachart.record.errors import NotAllowed, Refused
from ketachart.web.problems import refused_page, wants_json

View = TypeVar("View", bound=Callable[..., Any])
DEVICE_COOKIE = "ketachart_device"


class SignedInRequest(HttpRequest):
    """What a view behind @allow receives: somebody is there. (Views behind @public may find `actor` to be None.)"""

    actor: Actor


@dataclass(frozen=True)
class Gate:
    """Which permissions open a view; `None` opens it for everybody."""

    permissions: frozenset[str] | None


PUBLIC = Gate(None)


def allow(*permissions: str) -> Callable[[View], View]:
    if not permissions:
        raise ValueError("allow() needs at least one permission; a page for everybody is @public")

    def decorate(view: View) -> View:
        view.gate = Gate(frozenset(permissions))  # type: ignore[attr-defined]
        return view

    return decorate


def public(view: View) -> View:
    view.gate = PUBLIC  # type: ignore[attr-defined]
    return view


def gate_of(view: Any) -> Gate | None:
    gate = getattr(view, "gate", None)
    return gate if isinstance(gate, Gate) else None


class GateMiddleware:
    """Puts `request.actor` (or None) on every request, and holds every view's gate."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = self._actor(request)  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        gate = gate_of(view)
        if gate is None:
            return refused_page(request, Refused("This page has no gate and is therefore closed.", status=403))
        if gate.permissions is None:
            return None
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        if actor is None:
            return _to_sign_in(request)
        if not actor.may(*gate.permissions):
            return refused_page(request, NotAllowed(" or ".join(sorted(gate.permissions))))
        return None

    def _actor(self, request: HttpRequest) -> Actor | None:
        timezone.deactivate()
        user = request.user
        if not user.is_authenticated:
            return None
        if user.clinic is None or not user.role:
            logout(request)  # an account that belongs to no clinic can do nothing here
            return None
        timezone.activate(user.clinic.timezone)  # times are shown as the clinic's clock shows them
        device = request.COOKIES.get(DEVICE_COOKIE, "")[:40] or None
        return Actor.of(user, device=device)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    address = reverse("account_login")
    wanted = request.get_full_path() if request.method == "GET" else "/"
    target = f"{address}?{urlencode({'next': wanted})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": target})
    if wants_json(request):
        return refused_page(request, Refused("You are not signed in.", fix="Sign in and send it again.", status=401))
    return HttpResponseRedirect(target)


def undecorated_views() -> list[str]:
    """The address patterns whose view has no gate (they answer 403 until they get one)."""
    return sorted(_without_gate(get_resolver().url_patterns, ""))


def _without_gate(patterns: Iterable[URLPattern | URLResolver], prefix: str) -> Iterable[str]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _without_gate(pattern.url_patterns, address)
        elif gate_of(pattern.callback) is None:
            yield address
