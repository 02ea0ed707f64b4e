"""A second person signs on the first one's screen: with their own name and password, at that moment."""

import contextlib

from django.contrib.auth import authenticate
from django.core.cache import cache

from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.web.gates import SignedInRequest

TRIES = 5
WITHIN_SECONDS = 300


def second_signer_from(request: SignedInRequest, username: str | None, password: str | None) -> Actor | None:
    """Who signs second. None when nobody tried to; refused when the name and password do not belong together."""
    if not username and not password:
        return None
    if not username or not password:
        raise Refused("Name and password are both needed.", field="second_signer_username", fix="Enter both.")
    counter = f"second-signature:{request.actor.user_id}"
    cache.add(counter, 0, WITHIN_SECONDS)
    if cache.get(counter, 0) >= TRIES:
        raise Refused(
            "Too many attempts.", field="second_signer_username", fix="Wait five minutes, then try again.", status=429
        )
    user = authenticate(request, username=username.strip(), password=password)
    if user is None or not user.is_active or user.clinic_id != request.actor.clinic_id:
        _count(counter)
        raise Refused(
            "This name and password do not belong together.", field="second_signer_username", fix="Try again."
        )
    if user.pk == request.actor.user_id:
        raise Refused("The second signature is your own.", field="second_signer_username", fix="Another person signs.")
    return Actor.of(user)  # the count stands: signing in as oneself in between must not buy more tries


def _count(counter: str) -> None:
    with contextlib.suppress(ValueError):  # the five minutes have just ended
        cache.incr(counter)
