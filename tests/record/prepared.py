"""``python -m tests.record.prepared``: a database with a clinic, a signed-in nurse and open sessions; prints their keys.

For tests and measurements that drive a real server from outside.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

from ketachart.config.starting import prepare_database, start_django

CSRF = "c" * 32


def sign_in(user: Any) -> str:
    """A sign-in as the form makes it; returns the cookie's value."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    key: str = session.session_key
    return key


def prepare(sessions: int = 4) -> dict[str, object]:
    from django.conf import settings

    from ketachart.record.actor import Actor
    from ketachart.record.commands import open_clinic, open_stream
    from ketachart.record.identity import new_id
    from ketachart.record.models import Clinic, User

    prepare_database()
    if Clinic.objects.filter(slug="probe").exists():
        raise SystemExit("this database is prepared already")
    clinic = open_clinic(name="Probe (test)", slug="probe", timezone="Europe/London", is_synthetic=True)
    nurse = User.objects.create(username="nurse@probe", clinic=clinic, role="nurse", display_name="Nurse Test")
    opened = [open_stream(Actor.of(nurse), kind="session", patient_id=new_id()) for _ in range(sessions)]
    return {
        "clinic": str(clinic.id),
        "cookie": f"{settings.SESSION_COOKIE_NAME}={sign_in(nurse)}; {settings.CSRF_COOKIE_NAME}={CSRF}",
        "csrf": CSRF,
        "sessions": [str(stream.id) for stream in opened],
    }


if __name__ == "__main__":
    start_django()
    print(json.dumps(prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 4)))
