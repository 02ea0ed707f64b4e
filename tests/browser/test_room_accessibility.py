"""axe-core finds no violation in the room and on the board, with each sheet open, light and dark, tablet and phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.room_pages import InRoom, at_room, clinic_server
from tests.browser.test_accessibility import needs_axe, overflow, violations

__all__ = ["at_room", "clinic_server"]

AtRoom = Callable[..., InRoom]

SIZES = {"tablet": {"width": 1180, "height": 820}, "phone": {"width": 390, "height": 844}}
SHEETS = ["vitals", "scores", "symptom", "note", "rate", "pause", "stop"]


@needs_axe
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_the_room_has_no_barrier_whatever_is_open(at_room: AtRoom, theme: str, size: str) -> None:
    room = at_room("running", viewport=SIZES[size], color_scheme=theme)
    page = room.page
    found = violations(page) + overflow(page)
    for action in SHEETS:
        room.action(action)
        expect(room.sheet()).to_be_visible()
        found += [f"{action}: {one}" for one in violations(page) + overflow(page)]
        page.keyboard.press("Escape")
    page.locator("#emergency").click()
    page.get_by_role("button", name="Seizure").click()
    found += [f"emergency: {one}" for one in violations(page) + overflow(page)]
    page.keyboard.press("Escape")
    page.locator("#line").click()
    found += [f"device: {one}" for one in violations(page) + overflow(page)]
    page.keyboard.press("Escape")
    page.locator("#recent button").first.click()
    found += [f"entry: {one}" for one in violations(page) + overflow(page)]
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Table").click()
    found += [f"table: {one}" for one in violations(page) + overflow(page)]
    assert found == []
    assert room.errors == []


@needs_axe
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_board_has_no_barrier(at_room: AtRoom, theme: str) -> None:
    room = at_room("running", color_scheme=theme)
    room.page.goto(f"{room.server.url}/rooms/")
    expect(room.page.locator(".card-room")).to_have_count(4)
    assert violations(room.page) + overflow(room.page) == []


def test_every_target_of_the_room_is_at_least_48_pixels_where_gloves_press(at_room: AtRoom) -> None:
    room = at_room("running")
    for action in ["vitals", "scores", "symptom", "stop"]:
        room.action(action)
        small = room.page.evaluate(
            """() => [...document.querySelectorAll('#actions button, #sheet button, #emergency, #line, .reading')]
                .filter(one => one.checkVisibility()).map(one => [one.textContent, one.getBoundingClientRect()])
                .filter(([, box]) => box.height < 47.5 || box.width < 44).map(([text, box]) => `${text} ${box.width}x${box.height}`)"""
        )
        assert small == [], action
        room.page.keyboard.press("Escape")
