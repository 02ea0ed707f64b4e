"""The monitor beside the chart, in a real browser: real HL7 from a simulated monitor, confirmed with one tap."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Server
from tests.browser.room_pages import InRoom, at_room, clinic_server
from tests.serving import KETACHART, PROJECT, free_port

__all__ = ["at_room", "clinic_server"]

AtRoom = Callable[..., InRoom]

PUT_A_MONITOR = """
import sys
from ketachart.config.starting import start_django
start_django()
from datetime import timedelta
from uuid import UUID
from ketachart.devices.commands import place_device, register_device
from ketachart.people.models import Room
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.treatment.models import TreatmentSession
session = TreatmentSession.objects.get(id=UUID(sys.argv[1]))
actor = Actor.system(session.clinic_id, permissions=frozenset({"devices.register", "devices.place"}))
device = register_device(actor, name="Monitor 1", kind="monitor", application="KETACHART^SIMULATOR", facility="SYNTHETIC",
                         address="127.0.0.1", at=clock.now())
room = Room.objects.create(clinic_id=session.clinic_id, name="With a monitor")
TreatmentSession.objects.filter(id=session.id).update(room_id=room.id)  # the invented session was opened in a room by name alone
place_device(actor, device.id, room_id=room.id, at=clock.now() - timedelta(minutes=1))
"""


@pytest.fixture
def monitored(clinic_server: tuple[Server, dict[str, str]]) -> Iterator[str]:
    """A monitor in the room of the running session, sending once a second."""
    server, sessions = clinic_server
    port = free_port()
    environment = {**server.environment}
    python = [sys.executable]
    done = subprocess.run(
        [*python, "-c", PUT_A_MONITOR, sessions["running"]],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    words = ["devices", "listen", "--port", str(port)]
    listening = subprocess.Popen([*python, *KETACHART, *words], env=environment, cwd=PROJECT, stdout=subprocess.PIPE)
    assert listening.stdout is not None
    assert b"Listening" in listening.stdout.readline()
    words = ["devices", "simulate", "--port", str(port), "--seconds", "120", "--json"]
    sending = subprocess.Popen([*python, *KETACHART, *words], env=environment, cwd=PROJECT, stdout=subprocess.DEVNULL)
    yield "running"
    for process in (sending, listening):
        process.terminate()
        process.wait(timeout=20)


def test_values_of_the_monitor_are_shown_confirmed_with_one_tap_and_drawn(at_room: AtRoom, monitored: str) -> None:
    room = at_room(monitored)
    panel = room.page.locator(".monitor")
    expect(panel).to_be_visible(timeout=20_000)
    before = len(room.charted("vitals_charted"))
    confirm = panel.locator("[data-name=confirm]")
    expect(confirm).to_be_visible(timeout=20_000)
    expect(panel.locator(".monitor__age")).to_have_text(re.compile(r"^\d+ s$"))
    assert len(room.charted("vitals_charted")) == before, "nothing is charted by looking"
    heart_rate = panel.locator(".monitor__pair", has_text="HR").locator("dd").inner_text()
    confirm.click()
    expect(room.tile("heart_rate_per_min")).to_have_text(heart_rate, timeout=10_000)
    deadline = time.monotonic() + 10
    while len(room.charted("vitals_charted")) == before and time.monotonic() < deadline:
        time.sleep(0.2)
    charted = room.charted("vitals_charted")[before:]
    assert {frame["source"] for frame in charted} == {"monitor"}
    assert {frame["device"] for frame in charted} == {"Monitor 1"}
    assert json.dumps(charted).count("heart_rate_per_min") == len(charted)
    toggle = room.page.get_by_role("button", name="Monitor trace")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    expect(room.page.locator(".trace__line--heart_rate_per_min")).to_have_count(1, timeout=40_000)
    toggle.click()
    expect(room.page.locator(".trace")).to_have_count(0)
    panel.get_by_role("button", name="Not right…").click()
    room.page.get_by_role("button", name="Movement").click()
    expect(room.sheet()).to_be_hidden()
    assert room.errors == []
