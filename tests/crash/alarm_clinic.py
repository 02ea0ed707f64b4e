"""For the crash test of the alarms: ``build`` makes a session whose round of vitals is overdue in so many seconds,
``alarms`` prints what was charted about alarms. Run in a process of its own, with the server's settings."""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from typing import Any

GRACE_AND_ROUND = timedelta(minutes=12)


def build(overdue_in_s: float) -> dict[str, Any]:
    from ketachart.config.starting import prepare_database

    prepare_database()
    from ketachart.record import clock
    from ketachart.record.commands import open_clinic
    from ketachart.record.models import User
    from tests.browser.room_clinic import STAFF, _session

    clinic = open_clinic(name="Fern Hill (test)", slug="fern-hill", timezone="Europe/London", is_synthetic=True)
    for role, name in STAFF.items():
        User.objects.create(username=role, clinic=clinic, role=role, display_name=name)
    start = clock.now().replace(microsecond=0) + timedelta(seconds=overdue_in_s) - GRACE_AND_ROUND
    session_id = _session("Dora", "Elm", "Room 1", start - timedelta(minutes=20), start=start, rounds=0)
    return {"session": str(session_id)}


def alarms() -> list[dict[str, Any]]:
    from ketachart.record.models import Event

    rows = Event.objects.filter(kind__startswith="treatment.alarm_").order_by("position")
    return [json.loads(row.frame) for row in rows]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ketachart.config.settings")
    import django

    django.setup()
    print(json.dumps(build(float(sys.argv[2])) if sys.argv[1] == "build" else alarms()))
