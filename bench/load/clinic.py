"""Fifty sessions that run, twenty monitors in their rooms: ``python -m bench.load.clinic FOLDER`` builds and prints the keys."""

from __future__ import annotations

import json
import random
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

SESSIONS = 50
FEEDS = 20


def invented(seed: int) -> str:
    """A name like nobody's, and unlike the others."""
    letters = random.Random(seed)
    return "".join(letters.choice("bcdfgklmnprstvz") + letters.choice("aeiou") for _ in range(4)).title()


def build(data: Path, sessions: int = SESSIONS, feeds: int = FEEDS) -> dict[str, Any]:
    from tests.browser import room_clinic

    room_clinic.build(data)
    from django.conf import settings
    from tests.record.prepared import CSRF, sign_in

    from ketachart.devices.commands import place_device, register_device
    from ketachart.people.commands import open_room
    from ketachart.record import clock
    from ketachart.record.actor import Actor
    from ketachart.record.models import User

    lead = Actor.of(User.objects.get(username="clinic_lead"))
    nurse = User.objects.get(username="nurse")
    now = clock.now().replace(microsecond=0)
    opened = []
    for place in range(sessions):
        room = open_room(lead, name=f"Chair {place + 1}", order=place, at=now)
        begun = now - timedelta(minutes=30, seconds=7 * place)
        made = room_clinic._session(
            invented(place), invented(place + 500), room.name, begun, start=begun + timedelta(minutes=20), rounds=0
        )
        opened.append(str(made))
        if place < feeds:
            device = register_device(
                lead,
                name=f"Monitor {place}",
                kind="monitor",
                application="KETACHART^SIMULATOR",
                facility="SYNTHETIC",
                address="127.0.0.1",
                equipment=f"SIM-{place}",
                at=now,
            )
            place_device(lead, device.id, room_id=room.id, at=now)
    cookies = f"{settings.SESSION_COOKIE_NAME}={sign_in(nurse)}; {settings.CSRF_COOKIE_NAME}={CSRF}"
    return {"sessions": opened, "cookie": cookies, "csrf": CSRF}


if __name__ == "__main__":
    print(json.dumps(build(Path(sys.argv[1]), *(int(word) for word in sys.argv[2:]))))
