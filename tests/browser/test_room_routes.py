"""By every other route than a pump: an injection in parts, three devices, a troche, each from ready to the discharge gate.

Time is moved by charting what happened earlier; nobody waits for two hours.
"""

from __future__ import annotations

import json
import re
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from ketachart.record.identity import new_id
from tests.browser.conftest import Server
from tests.browser.room_pages import InRoom, at_room, serve_clinic
from tests.treatment.charting import GOOD_VITALS

__all__ = ["at_room"]

AtRoom = Callable[..., InRoom]
CLINIC_ZONE = ZoneInfo("America/New_York")
ASSESSED = {
    "oriented": True,
    "ambulation_at_baseline": True,
    "nausea_controlled": True,
    "instructions_given": True,
    "risk_screen_not_worse": True,
}


@pytest.fixture(scope="module")
def clinic_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, str]]]:
    """A clinic of its own: one session by each route."""
    yield from serve_clinic(tmp_path_factory.mktemp("routes") / "data", "routes")


def ago(minutes: float) -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=minutes)


def happened(room: InRoom, at: datetime) -> None:
    """Says in the open sheet when it happened, by the clinic's clock."""
    room.page.locator(".when__input").fill(f"{at.astimezone(CLINIC_ZONE):%H:%M}")


def also(room: InRoom, *charted: tuple[str, dict[str, Any], datetime], device: str = "another tablet") -> list[str]:
    """Charted on another device, through the live lane; the statuses that the server answered."""
    cookies = {one["name"]: one["value"] for one in room.page.context.cookies()}
    events = [
        {
            "id": str(new_id()),
            "kind": f"treatment.{kind}",
            "effective_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "content": content,
            "device": device,
        }
        for kind, content, at in charted
    ]
    request = urllib.request.Request(
        f"{room.server.url}/live/sessions/{room.session_id}/events",
        data=json.dumps({"events": events}).encode(),
        headers={
            "Content-Type": "application/json",
            "X-CSRFToken": next(value for name, value in cookies.items() if "csrf" in name),
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "Origin": room.server.url,
            "Referer": f"{room.server.url}/",
        },
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return [result["status"] for result in json.load(answer)["results"]]


def actions(room: InRoom) -> set[str]:
    found = room.page.locator("#actions [data-action]")
    return {found.nth(place).get_attribute("data-action") or "" for place in range(found.count())}


def test_an_injection_in_two_parts_from_the_first_to_the_discharge_gate(at_room: AtRoom) -> None:
    room = at_room("im")
    page = room.page
    assert "start" not in actions(room), "an injection has no pump"
    first, second = ago(120), ago(100)

    room.action("dose")
    expect(room.sheet()).to_contain_text("in parts of 25 + 25 mg")
    assert page.locator("#dose-mg").input_value() == "", "nothing is filled in beforehand"
    page.get_by_role("button", name="25 mg, as ordered").click()
    page.get_by_role("button", name="Left thigh").click()
    page.get_by_label("Lot", exact=True).fill("K-17")
    happened(room, first)
    page.get_by_role("button", name="Chart part 1 as given").click()
    page.get_by_role("button", name="Yes: 25 mg injected into the muscle").click()
    expect(page.locator("#dose-card")).to_contain_text("Part 1: 25 mg")
    expect(page.locator("#dose-card")).to_contain_text("35 mg left of the order")
    assert not {"stop", "pause", "rate", "pump_read"} & actions(room), "what is injected cannot be stopped"

    room.action("dose")
    page.get_by_role("button", name="25 mg, as ordered").click()
    happened(room, first + timedelta(minutes=10))  # sooner than the 15 minutes of the order
    page.get_by_role("button", name="Chart part 2 as given").click()
    expect(room.sheet()).to_contain_text(
        "Sooner than 15 min after another dose. If it was given all the same, say why."
    )
    assert len(room.charted("dose_given")) == 1
    happened(room, second)
    page.get_by_role("button", name="Chart part 2 as given").click()
    page.get_by_role("button", name="Yes: 25 mg injected into the muscle").click()
    expect(page.locator(".reading--dose .reading__value")).to_have_text("50.0")
    expect(page.locator("#line-words")).to_have_text("Live")
    contents = [frame["content"] for frame in room.charted("dose_given")]
    assert [(one["part"], one["dose_mg"], one["site"], one["lot"]) for one in contents] == [
        (1, 25, "Left thigh", "K-17"),
        (2, 25, None, None),
    ]

    room.action("recovery")
    page.get_by_role("button", name="Start recovery").click()
    room.action("discharge")
    expect(room.sheet()).to_contain_text("Discharge: held")
    for title in ("Minimum stay", "Sedation resolved", "Escort identified and met", "No unexplained gap"):
        expect(room.sheet()).to_contain_text(title)
    expect(room.sheet()).not_to_contain_text("Two hours of observation")
    assert room.charted("discharged") == []
    assert room.errors == []


def test_three_devices_with_their_rests_and_two_hours_to_the_discharge(at_room: AtRoom) -> None:
    room = at_room("spravato")
    page = room.page
    used = [ago(150), ago(145), ago(140)]
    for place, at in enumerate(used, start=1):
        expect(page.locator("[data-action=dose]")).to_contain_text(f"Device {place}")
        room.action("dose")
        for asked in ("Used by the patient", "Watched all the time"):
            answers = page.get_by_role("group", name=asked)
            assert answers.locator("[aria-pressed=true]").count() == 0
            answers.get_by_role("button", name="Yes").click()
        page.get_by_label("Lot", exact=True).fill(f"SPR-{place}")
        happened(room, at)
        page.get_by_role("button", name=f"Chart device {place} as given").click()
        expect(page.locator("#dose-card")).to_contain_text(f"Device {place}: 28 mg")
    expect(page.locator("[data-action=dose]")).to_have_count(0)
    expect(page.locator("#dose-card")).to_contain_text("two hours since the first device are over")
    expect(page.locator(".reading--dose .reading__value")).to_have_text("84.0")
    expect(page.locator("#line-words")).to_have_text("Live")

    # recovery and most readings from another device; the two that the gate waits for are left out
    assert (
        also(
            room,
            ("sedation_scored", {"value": 4}, ago(135)),
            ("recovery_started", {}, ago(134)),
            ("dissociation_scored", {"value": 6}, ago(110)),
            ("sedation_scored", {"value": 4}, ago(105)),
            ("sedation_scored", {"value": 5}, ago(60)),
            ("dissociation_scored", {"value": 0}, ago(60)),
            ("sedation_scored", {"value": 5}, ago(20)),
            ("dissociation_scored", {"value": 0}, ago(20)),
            ("vitals_charted", GOOD_VITALS, ago(20)),
            ("discharge_assessed", ASSESSED, ago(10)),
            ("escort_met", {"name": "A. Friend", "relation": "friend", "identified": True}, ago(10)),
        )
        == ["created"] * 11
    )
    room.action("discharge")
    expect(room.sheet()).to_contain_text("Blood pressure about 40 min after the first device")
    page.get_by_role("button", name="Close").click()
    assert also(room, ("vitals_charted", {**GOOD_VITALS, "systolic_mmhg": 138.0}, ago(110))) == ["created"]
    page.get_by_role("button", name="I am on it").first.click()  # nobody had logged in to the room
    expect(page.locator("#line-words")).to_have_text("Live")
    room.action("discharge")
    page.get_by_role("button", name="Discharge now").click()
    expect(page.locator("#phase-steps [aria-current=step]")).to_have_text("Discharged")
    expect(page.locator("#line-words")).to_have_text("Live")
    assert len(room.charted("discharged")) == 1
    assert room.errors == []


def test_a_troche_is_held_spat_out_and_the_same_hold_from_two_devices_is_a_question(at_room: AtRoom) -> None:
    room = at_room("troche")
    page = room.page
    room.action("dose")
    page.get_by_role("button", name="100 mg, as ordered").click()
    happened(room, ago(4))
    page.get_by_role("button", name="Chart dose as given").click()
    page.get_by_role("button", name="Yes: 100 mg placed in the mouth").click()
    card = page.locator("#dose-card")
    expect(card.locator(".doses__clock")).to_have_text(re.compile(r"^[45]:\d\d$"))
    expect(card).to_contain_text("in the mouth, until")
    expect(card).to_contain_text("then spit out")
    room.action("hold_end")
    page.get_by_role("button", name="Spat out").click()
    expect(card).to_contain_text("spat out")
    expect(page.locator("[data-action=hold_end]")).to_have_count(0)
    expect(page.locator("#line-words")).to_have_text("Live")
    assert room.charted("hold_ended")[0]["content"] == {"then": "spat out"}
    assert room.charted("dose_given")[0]["content"]["units"] == 2

    assert also(room, ("hold_ended", {"then": "swallowed"}, datetime.now(UTC))) == ["created"]
    expect(page.locator("#conflicts")).to_contain_text("the end of this hold was charted twice")
    page.locator("#conflicts button").click()
    page.get_by_role("button", name="Charted twice", exact=True).click()
    page.get_by_role("button", name="Strike it through").click()
    expect(page.locator("#conflicts")).to_be_hidden()
    assert len(room.charted("hold_ended")) == 2, "a correction removes nothing"
    assert room.errors == []


def test_a_push_is_there_only_where_it_is_ordered_and_the_pumps_display_is_compared(at_room: AtRoom) -> None:
    room = at_room("push")
    page = room.page
    assert {"dose", "start"} <= actions(room)
    begun = ago(60)
    room.action("dose")
    page.get_by_role("button", name="10 mg, as ordered over 2 min").click()
    happened(room, begun)
    page.get_by_role("button", name="Chart push as given").click()
    page.get_by_role("button", name="Yes: 10 mg pushed by hand").click()
    expect(page.locator("[data-action=start]")).to_be_visible()
    expect(page.locator("[data-action=dose]")).to_have_count(0)
    assert also(
        room, ("infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0}, begun + timedelta(minutes=3))
    ) == ["created"]
    room.action("pump_read")
    page.get_by_label("Volume given so far, mL").fill("52")
    happened(room, begun + timedelta(minutes=13))  # 26 mL by the charted rate
    page.get_by_role("button", name="Chart what the pump says").click()
    expect(page.locator("#conflicts")).to_contain_text("the pump's volume and the charted rates do not agree")
    expect(page.locator("#line-words")).to_have_text("Live")
    assert room.charted("pump_read")[0]["content"]["volume_given_ml"] == 52
    assert room.errors == []


def test_a_dose_refused_after_the_line_was_lost_can_be_charted_with_its_reason(at_room: AtRoom) -> None:
    room = at_room("sc")
    page = room.page
    page.context.set_offline(True)
    room.action("dose")
    page.get_by_role("button", name="Go on: the server judges when the line is back").click()
    page.get_by_role("button", name="40 mg, as ordered").click()
    page.get_by_role("button", name="Chart dose as given").click()
    page.get_by_role("button", name="Yes: 40 mg injected under the skin").click()
    expect(page.locator("#line-words")).to_have_text("1 not sent")
    assert also(room, ("dose_given", {"dose_mg": 40.0, "route": "SC", "lot": "K-1"}, ago(30))) == ["created"]
    page.context.set_offline(False)
    expect(room.sheet()).to_contain_text("more than the 60 mg ordered", timeout=45_000)
    page.get_by_label("It was given all the same, because").fill("Two nurses, one syringe each")
    page.get_by_role("button", name="Chart it with this reason").click()
    expect(page.locator("#line-words")).to_have_text("Live")
    doses = room.charted("dose_given")
    assert [one["content"]["beyond_order_reason"] for one in doses] == [None, "Two nurses, one syringe each"]
    assert uuid.UUID(doses[1]["id"]) != uuid.UUID(doses[0]["id"])
    expect(page.locator(".reading--dose .reading__value")).to_have_text("80.0")


def test_the_emergency_cards_do_not_ask_to_stop_what_cannot_be_stopped(at_room: AtRoom) -> None:
    injected = at_room("im")
    injected.page.locator("#emergency").click()
    expect(injected.sheet()).to_contain_text("Give nothing more: no further part or device.")
    expect(injected.sheet()).not_to_contain_text("infusion")
    infused = at_room("running")
    infused.page.locator("#emergency").click()
    expect(infused.sheet()).to_contain_text("Stop the infusion.")
