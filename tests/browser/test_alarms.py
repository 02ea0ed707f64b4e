"""Alarms in real browsers: one answer silences all of them and names the person, a late browser sees what stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, sign_in_page
from tests.browser.room_pages import InRoom, at_room, clinic_server

__all__ = ["at_room", "clinic_server"]

AtRoom = Callable[..., InRoom]

HEAR = """() => {
  window.heard = [];
  document.addEventListener("ketachart:sound", (event) => window.heard.push(event.detail));
}"""


def listening(page: Page) -> Page:
    """From now on the page remembers what it sounds, also in what it opens next."""
    page.add_init_script(f"({HEAR})()")
    return page


def heard(page: Page) -> list[str]:
    sounds: list[str] = page.evaluate("window.heard")
    return sounds


def low_saturation(room: InRoom) -> None:
    for _ in range(2):
        room.action("vitals")
        room.page.locator("#sheet").get_by_role("button", name="SpO₂").first.click()
        room.page.keyboard.type("91")
        if room.page.get_by_role("button", name="91 is right").is_visible():
            room.page.get_by_role("button", name="91 is right").click()
        room.page.get_by_role("button", name="Chart vitals").click()


def alarm_of(page: Page, rule: str) -> Any:
    return page.locator(f".alarm[data-alarm={rule}]")


def test_one_answer_silences_every_screen_and_a_late_browser_sees_who_is_on_it(at_room: AtRoom) -> None:
    room = at_room("fresh")
    other = at_room("fresh", role="prescriber")
    listening(other.page)
    other.page.reload()
    other.live()
    room.action("symptom")
    room.page.get_by_role("group", name="Chest pain").get_by_role("button").first.click()
    for screen in (room.page, other.page):
        expect(alarm_of(screen, "AL07")).to_contain_text("Emergency")
        expect(alarm_of(screen, "AL07")).to_have_attribute("data-answered", "false")
    expect(alarm_of(other.page, "AL07")).to_contain_text("told: nurse, charge nurse, prescriber")
    other.page.wait_for_function("window.heard.includes('emergency')")
    alarm_of(room.page, "AL07").get_by_role("button", name="I am on it").click()
    for screen in (room.page, other.page):
        expect(alarm_of(screen, "AL07")).to_contain_text("Kim Osei is on it")
        expect(alarm_of(screen, "AL07").get_by_role("button", name="I am on it")).to_have_count(0)
    before = len(heard(other.page))
    late = at_room("fresh", role="clinic_lead")
    expect(alarm_of(late.page, "AL07")).to_contain_text("Kim Osei is on it")
    late.page.goto(f"{room.server.url}/rooms/")
    board = late.page.locator("#board-alarms")
    expect(board.locator("[data-alarm=AL07]")).to_contain_text("Room 3")
    expect(board.locator("[data-alarm=AL07]")).to_contain_text("Kim Osei is on it")
    assert len(heard(other.page)) == before
    assert [frame["content"]["rule_id"] for frame in room.charted("alarm_raised")].count("AL07") == 1
    assert len(room.charted("alarm_acknowledged")) == 1
    for screen in (room, other, late):
        assert screen.errors == []


def test_the_server_raises_the_alarm_although_no_page_is_open(at_room: AtRoom) -> None:
    room = at_room("running")
    alarms_before = len(room.charted("alarm_raised"))
    token = next(one["value"] for one in room.page.context.cookies() if "csrf" in one["name"])
    room.page.goto(f"{room.server.url}/today/")  # the room's page is closed
    posted = room.page.request.post(
        f"{room.server.url}/live/sessions/{room.session_id}/events",
        headers={"X-CSRFToken": token},
        data={
            "events": [
                {
                    "id": "0192f0aa-0000-7000-8000-00000000a1a2",
                    "kind": "treatment.sedation_scored",
                    "effective_at": room.page.evaluate("new Date().toISOString()"),
                    "content": {"scale": "MOAA/S", "value": 2},
                }
            ]
        },
    )
    assert posted.json()["results"][0]["status"] == "created", posted.text()
    room.page.wait_for_timeout(2500)
    raised = room.charted("alarm_raised")
    assert len(raised) == alarms_before + 1
    assert raised[-1]["content"]["rule_id"] == "AL12"
    assert raised[-1]["source"] == "server"


def test_a_device_by_the_head_never_sounds(at_room: AtRoom) -> None:
    room = at_room("running")
    listening(room.page)
    room.page.locator("#line").click()
    room.page.locator("label[for=setting-head]").click()
    expect(room.page.locator("#setting-head")).to_be_checked()
    room.page.reload()
    room.live()
    expect(room.page.locator("#sound-off")).to_be_visible()
    room.page.keyboard.press("?")
    room.page.get_by_role("button", name="Emergency", exact=True).last.click()
    assert heard(room.page) == []
    room.page.locator("label[for=setting-head]").click()
    room.page.get_by_role("group", name="Hear the sounds").get_by_role("button", name="Emergency").click()
    assert heard(room.page) == ["emergency"]


def test_here_leave_and_hand_over_are_logged_and_an_empty_room_alarms(at_room: AtRoom) -> None:
    room, second = at_room("offline"), at_room("offline", role="prescriber")
    expect(second.page.locator("#presence-words")).to_contain_text("Kim Osei")
    second.page.locator("#presence").click()
    second.page.get_by_role("button", name="I take over from Kim Osei").click()
    expect(room.page.locator("#presence-words")).to_have_text("Ines Brandt")
    expect(alarm_of(room.page, "AL16B")).to_have_count(0)
    second.page.locator("#presence").click()
    second.page.get_by_role("button", name="I leave: nobody stays").click()
    expect(alarm_of(room.page, "AL16B")).to_contain_text("Nobody is logged in the room")
    room.page.locator("#presence").click()
    expect(alarm_of(room.page, "AL16B")).to_have_count(0)
    taps = [(one["content"]["person"], one["content"]["in_room"]) for one in room.charted("presence_charted")]
    assert taps[1:] == [("Ines Brandt", True), ("Kim Osei", False), ("Ines Brandt", False), ("Kim Osei", True)]


@pytest.mark.parametrize("offline_first", [False, True])
def test_the_patient_calls_and_reads_who_is_coming(
    at_room: AtRoom, clinic_server: tuple[Server, dict[str, str]], browser: Browser, offline_first: bool
) -> None:
    server, _ = clinic_server
    room = at_room("running")
    context = browser.new_context(viewport={"width": 390, "height": 844})
    phone = sign_in_page(context.new_page(), server, "patient")
    phone.goto(f"{server.url}/mine/")
    words = phone.locator("#my-call-words")
    if offline_first:
        context.set_offline(True)
        phone.get_by_role("button", name="Call the nurse").click()
        expect(words).to_contain_text("no line")
        expect(alarm_of(room.page, "PC01")).to_have_count(0)
        context.set_offline(False)
    else:
        phone.get_by_role("button", name="Call the nurse").click()
    expect(words).to_contain_text("We have been called", timeout=10_000)
    expect(alarm_of(room.page, "PC01")).to_contain_text("Patient calls")
    alarm_of(room.page, "PC01").get_by_role("button", name="I am coming").click()
    expect(words).to_contain_text("Kim Osei is coming", timeout=10_000)
    expect(alarm_of(room.page, "PC01")).to_have_count(0)
    context.close()
