"""The treatment room without a network: charting goes on, nothing is doubled or lost, and the page itself opens."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import wait_until
from tests.browser.room_pages import InRoom, at_room, clinic_server

__all__ = ["at_room", "clinic_server"]

AtRoom = Callable[..., InRoom]


def write_note(room: InRoom, text: str) -> None:
    room.action("note")
    room.page.locator("#note-text").fill(text)
    room.page.get_by_role("button", name="Chart note").click()
    expect(room.latest()).to_contain_text(text)


IS_KEPT = """new Promise((done) => {
    const asked = indexedDB.open("ketachart-kept");
    asked.onsuccess = () => {
        const counted = asked.result.transaction("snapshots").objectStore("snapshots").count();
        counted.onsuccess = () => { asked.result.close(); done(counted.result > 0); };
    };
})"""


def wait_for_worker(page: Page) -> None:
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    wait_until(page, "navigator.serviceWorker.controller !== null")


def test_charting_goes_on_as_pending_and_merges_with_nothing_doubled(at_room: AtRoom) -> None:
    here, elsewhere = at_room("offline"), at_room("offline", role="prescriber")
    here.page.context.set_offline(True)
    expect(here.page.locator("#line-banner")).to_be_visible(timeout=40_000)
    write_note(here, "Written without a network, 1")
    write_note(here, "Written without a network, 2")
    here.action("vitals")
    here.page.keyboard.type("1328274" + "98")
    here.page.get_by_role("button", name="Chart vitals").click()
    expect(here.tile("systolic_mmhg")).to_have_text("132/82")
    expect(here.page.locator("#line-words")).to_have_text("3 not sent")
    expect(here.page.locator("#recent .is-pending")).to_have_count(3)
    expect(here.page.locator(".mark.is-pending")).not_to_have_count(0)
    write_note(elsewhere, "Meanwhile on the other device")

    here.page.context.set_offline(False)
    expect(here.page.locator("#line-words")).to_have_text("Live", timeout=45_000)
    expect(here.page.locator("#recent .is-pending")).to_have_count(0)
    for room in (here, elsewhere):
        recent = room.page.locator("#recent")
        for text in ("Written without a network, 1", "Written without a network, 2", "Meanwhile on the other device"):
            expect(recent.get_by_text(text)).to_have_count(1)
        expect(recent.get_by_text("BP 132/82")).to_have_count(1)
    frames = here.frames()
    assert len({frame["id"] for frame in frames}) == len(frames)
    texts = [frame["content"].get("text") for frame in frames if frame["kind"] == "treatment.note_written"]
    assert texts.count("Written without a network, 1") == 1
    assert texts.count("Written without a network, 2") == 1
    assert here.errors == []


def test_the_page_opens_without_a_network_and_keeps_what_was_not_sent(at_room: AtRoom, tmp_path: Path) -> None:
    room = at_room("offline", profile=tmp_path / "profile")
    page = room.page
    wait_for_worker(page)
    room.open().live()  # once more, under the worker: now the page is kept, and a moment later what it shows
    wait_until(page, IS_KEPT)
    page.context.set_offline(True)
    write_note(room, "Kept across a reload")
    page.reload()
    expect(page.locator("#patient-name")).to_have_text("Offa Dale", timeout=20_000)
    expect(page.locator("#recent .is-pending")).to_have_count(1)
    expect(page.locator("#recent .is-pending")).to_contain_text("Kept across a reload")
    expect(page.locator("#line-words")).to_have_text("1 not sent")
    expect(page.locator("[data-action=vitals]")).to_be_visible()

    page.context.set_offline(False)
    expect(page.locator("#line-words")).to_have_text("Live", timeout=45_000)
    texts = [frame["content"]["text"] for frame in room.charted("note_written")]
    assert texts.count("Kept across a reload") == 1


def test_two_tabs_send_an_entry_once(at_room: AtRoom) -> None:
    room = at_room("offline")
    context = room.page.context
    other = InRoom(context.new_page(), room.server, room.session_id).open().live()
    context.set_offline(True)
    write_note(room, "From two tabs")
    expect(other.page.locator("#recent")).to_contain_text("From two tabs")
    context.set_offline(False)
    for tab in (room, other):
        expect(tab.page.locator("#line-words")).to_have_text("Live", timeout=45_000)
        expect(tab.page.locator("#recent").get_by_text("From two tabs")).to_have_count(1)
    assert [frame["content"]["text"] for frame in room.charted("note_written")].count("From two tabs") == 1


def test_a_refused_entry_is_shown_with_what_to_do_and_is_not_dropped(at_room: AtRoom) -> None:
    here, elsewhere = at_room("fresh"), at_room("fresh", role="prescriber")
    here.page.context.set_offline(True)
    here.action("rate")
    here.page.get_by_label("Rate on the pump, mL/h").fill("900")  # six times what was ordered
    here.page.get_by_role("button", name="Chart new rate").click()
    expect(here.page.locator("#line-words")).to_have_text("1 not sent")
    here.page.context.set_offline(False)
    expect(here.sheet()).to_contain_text("Not accepted", timeout=45_000)
    expect(here.sheet()).to_contain_text(re.compile("times the ordered"))
    expect(here.sheet()).to_contain_text("new plan")
    expect(here.page.locator("#line-words")).to_have_text("1 refused")
    here.page.reload()
    expect(here.page.locator("#line-words")).to_have_text("1 refused")
    here.page.locator("#line").click() if here.sheet().is_hidden() else None
    here.page.get_by_role("button", name="I have read it: set aside").click()
    expect(here.page.locator("#line-words")).to_have_text("Live")
    expect(elsewhere.page.locator("#recent")).to_contain_text("Set aside, not in the record")
