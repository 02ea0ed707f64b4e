"""A small synthetic clinic with sessions in their rooms, for the browser tests of the room and the board.

Run in a process of its own (the tests' database settings are not the server's): prints the sessions by name as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

PASSWORD = "fern-hill-demo-2026"
STAFF = {"nurse": "Kim Osei", "prescriber": "Ines Brandt", "clinic_lead": "Lea Moreau"}


def build(data: Path, which: str = "board") -> dict[str, Any]:
    os.environ["KETACHART_DATA"] = str(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ketachart.config.settings")
    import django

    django.setup()
    from ketachart.config.starting import prepare_database

    prepare_database()
    from ketachart.record import clock
    from ketachart.record.commands import open_clinic
    from ketachart.record.models import User

    clinic = open_clinic(name="Fern Hill (test)", slug="fern-hill", timezone="America/New_York", is_synthetic=True)
    for role, name in STAFF.items():
        user = User(username=role, clinic=clinic, role=role, display_name=name)
        user.set_password(PASSWORD)
        user.save()
    now = clock.now().replace(microsecond=0)
    rooms = by_other_routes(now) if which == "routes" else on_the_board(now)
    patient_signs_in(rooms["running"])
    return {name: str(session_id) for name, session_id in rooms.items()}


def patient_signs_in(session_id: Any) -> None:
    """Whoever is in that session has a phone with a sign-in."""
    from ketachart.record.models import User
    from ketachart.treatment.models import TreatmentSession

    session = TreatmentSession.objects.get(id=session_id)
    user = User(
        username="patient",
        clinic_id=session.clinic_id,
        role="patient",
        display_name="Runa Birch",
        patient_id=session.patient_id,
    )
    user.set_password(PASSWORD)
    user.save()


def on_the_board(now: datetime) -> dict[str, Any]:
    """Four rooms: as many as are read across a room."""
    return {
        "ready": _session("Ready", "Able", "Room 1", now - timedelta(minutes=25)),
        "running": _session("Runa", "Birch", "Room 2", now - timedelta(minutes=44), start=now - timedelta(minutes=24)),
        "fresh": _session("Freya", "Cole", "Room 3", now - timedelta(minutes=23), start=now - timedelta(minutes=3)),
        "offline": _session("Offa", "Dale", "Room 4", now - timedelta(minutes=32), start=now - timedelta(minutes=12)),
    }


def by_other_routes(now: datetime) -> dict[str, Any]:
    """Sessions that are ready for their first dose, opened so long ago that their doses can be charted as past."""
    from tests.treatment import charting

    hours = timedelta(hours=3)
    return {
        "running": _session("Runa", "Birch", "Room 2", now - timedelta(minutes=44), start=now - timedelta(minutes=24)),
        "im": _session("Ima", "Elm", "Room 5", now - hours, plan=charting.IM_PLAN),
        "spravato": _session("Spira", "Fir", "Room 6", now - hours, plan=charting.SPRAVATO_PLAN),
        "troche": _session("Tola", "Gale", "Room 7", now - hours, plan=charting.TROCHE_PLAN),
        "sc": _session("Sia", "Ives", "Room 9", now - hours, plan=charting.SC_PLAN),
        "push": _session("Pia", "Hart", "Room 8", now - hours, plan=charting.PUSH_PLAN),
    }


def _session(
    given: str,
    family: str,
    room: str,
    opened_at: datetime,
    start: datetime | None = None,
    rounds: int = 2,
    plan: Any = None,
) -> Any:
    """Open, prepared and timed out; with `start`, the infusion runs since then and was measured each ten minutes."""
    import msgspec

    from ketachart.people.commands import register_patient
    from ketachart.people.rules import Details
    from ketachart.record import clock
    from ketachart.record.actor import Actor
    from ketachart.record.models import User
    from ketachart.treatment import commands
    from ketachart.treatment.entries import content_from
    from tests.treatment import charting

    nurse, lead = (Actor.of(User.objects.get(username=role)) for role in ("nurse", "clinic_lead"))
    details = Details(
        given_name=given,
        family_name=family,
        birth_date=date(1983, 5, 1 + len(given) + ord(family[0]) % 20),
        sex_at_birth="female",
    )
    patient = register_patient(lead, details=details, at=clock.now(), is_synthetic=True)
    first = charting.opened_with(plan or charting.PLAN)
    session = commands.open_session(
        nurse,
        patient_id=patient.id,
        plan=first.plan,
        patient=msgspec.structs.replace(first.patient, weight_measured_at=opened_at - timedelta(hours=1)),
        consent=msgspec.structs.replace(first.consent, signed_at=opened_at - timedelta(days=2)),
        plan_id=patient.id,
        room=room,
        at=opened_at,
    )

    def chart(at: datetime, kind: str, content: Any) -> None:
        commands.chart(nurse, session.id, content_from(f"treatment.{kind}", content), at=at)

    minute = timedelta(minutes=1)
    chart(opened_at + minute, "vitals_charted", charting.GOOD_VITALS)
    chart(opened_at + 2 * minute, "sedation_scored", {"value": 5})
    fasting = {
        "last_solids_at": (opened_at - timedelta(hours=8)).isoformat(),
        "last_clear_fluids_at": (opened_at - timedelta(hours=3)).isoformat(),
    }
    chart(opened_at + 3 * minute, "fasting_charted", fasting)
    escort = {"name": "A. Friend", "relation": "friend", "confirmed": True}
    chart(opened_at + 4 * minute, "escort_charted", escort)
    chart(opened_at + 5 * minute, "rescreen_charted", {"answers": charting.reassuring_answers()})
    chart(opened_at + 15 * minute, "time_out_completed", msgspec.to_builtins(charting.time_out(first.plan)))
    if start is not None:
        chart(start - minute, "presence_charted", {"person": STAFF["nurse"], "person_id": None, "in_room": True})
        chart(start, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
        for place in range(1, rounds + 1):
            at = start + place * 10 * minute
            if at < clock.now():
                measured = {
                    **charting.GOOD_VITALS,
                    "systolic_mmhg": 124.0 + 7 * place,
                    "heart_rate_per_min": 70.0 + 5 * place,
                }
                chart(at, "vitals_charted", measured)
                chart(at, "sedation_scored", {"value": 5})
    return session.id


if __name__ == "__main__":
    print(json.dumps(build(Path(sys.argv[1]), *sys.argv[2:])))
