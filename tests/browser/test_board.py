"""The board of all rooms in a real browser."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.room_pages import InRoom, at_room, clinic_server

__all__ = ["at_room", "clinic_server"]

AtRoom = Callable[..., InRoom]


def test_the_board_shows_every_room_and_moves_with_the_record(at_room: AtRoom) -> None:
    room, wall = at_room("running"), at_room("running", role="clinic_lead").page
    wall.set_viewport_size({"width": 1920, "height": 1080})
    wall.goto(f"{room.server.url}/rooms/")
    cards = wall.locator(".card-room")
    expect(cards.filter(has_text="Room 4")).to_be_visible()
    card = wall.locator(".card-room", has_text="Room 2")
    expect(card.locator(".card-room__phase")).to_have_text("Dosing")
    room.action("vitals")
    room.page.keyboard.type("1518981" + "96")
    room.page.get_by_role("button", name="Chart vitals").click()
    expect(card).to_contain_text("151/89")
    expect(card.locator(".card-room__age").first).to_contain_text("s")


def test_an_alarm_reaches_the_board_with_a_word_and_a_sign(at_room: AtRoom) -> None:
    room, wall = at_room("offline"), at_room("offline", role="clinic_lead").page
    wall.goto(f"{room.server.url}/rooms/")
    card = wall.locator(".card-room", has_text="Room 4")
    expect(card).to_be_visible()
    room.action("vitals")
    room.page.keyboard.type("192112")
    for value in ("192", "112"):
        room.page.get_by_role("button", name=f"{value} is right").click()
    room.page.get_by_role("button", name="Chart vitals").click()
    expect(card.locator(".card-room__alarm")).to_contain_text("Blood pressure")
    expect(card.locator(".card-room__alarm svg")).to_be_visible()
    expect(wall.locator("#board-sum")).to_contain_text("1 alarm")
    expect(wall.locator("#said-at-once")).to_contain_text("Room 4")


def test_values_are_large_enough_to_be_read_across_a_room(at_room: AtRoom) -> None:
    """At three metres a figure of 10 mm subtends 11 minutes of arc; a 24-inch screen of 1920 px shows 0.277 mm a pixel.

    Up to eight rooms they are 8.5 mm and more; of more rooms each is seen, and no figure is smaller than 8 minutes of arc.
    """
    wall = at_room("running", role="clinic_lead").page
    wall.set_viewport_size({"width": 1920, "height": 1080})
    wall.goto(wall.url.split("/treatment/")[0] + "/rooms/")
    expect(wall.locator(".card-room", has_text="Room 4")).to_be_visible()
    sizes = wall.locator(".card-room__value").evaluate_all(
        "found => found.map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) * 0.7 * 0.277 >= (8.5 if wall.locator(".card-room").count() <= 8 else 7.0)
