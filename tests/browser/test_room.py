"""The treatment room in a real browser against a real server."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.room_pages import InRoom, at_room, clinic_server

__all__ = ["at_room", "clinic_server"]

AtRoom = Callable[..., InRoom]


def test_a_full_set_of_vitals_takes_two_taps_and_the_digits(at_room: AtRoom) -> None:
    room = at_room("running")
    before = len(room.charted("vitals_charted"))
    room.action("vitals")  # the first tap
    for digit in "1348676" + "97" + "15":
        room.page.locator(".keypad__key", has_text=re.compile(f"^{digit}$")).click()
    room.page.get_by_role("button", name="Chart vitals").click()  # the second
    expect(room.tile("systolic_mmhg")).to_have_text("134/86")
    expect(room.tile("spo2_percent")).to_have_text("97")
    expect(room.sheet()).to_be_hidden()
    expect(room.page.locator("#line-words")).to_have_text("Live")
    charted = room.charted("vitals_charted")
    assert len(charted) == before + 1
    content = charted[-1]["content"]
    assert (content["systolic_mmhg"], content["diastolic_mmhg"], content["heart_rate_per_min"]) == (134, 86, 76)
    assert content["respiratory_rate_per_min"] == 15
    assert content["temperature_c"] is None, "what nobody typed stays missing"
    assert room.errors == []


def test_nothing_is_pre_filled_and_each_field_says_the_last_value_with_its_age(at_room: AtRoom) -> None:
    room = at_room("running")
    room.action("vitals")
    inputs = room.page.locator(".keypad__input")
    assert [inputs.nth(place).input_value() for place in range(inputs.count())] == [""] * inputs.count()
    last = room.page.locator(".keypad__field[data-measure=systolic_mmhg] .keypad__last")
    expect(last).to_have_text(re.compile(r"^\d+ · \d+ (s|min) ago$"))
    expect(room.page.locator(".keypad__field[data-measure=temperature_c] .keypad__last")).to_have_text("none yet")


def test_an_impossible_value_is_refused_while_typing_and_nothing_is_charted(at_room: AtRoom) -> None:
    room = at_room("running")
    before = len(room.frames())
    room.action("vitals")
    room.page.locator(".keypad__field[data-measure=spo2_percent] input").click()
    room.page.keyboard.type("104")
    expect(room.page.locator(".keypad__message")).to_contain_text("cannot be")
    room.page.get_by_role("button", name="Chart vitals").click()
    expect(room.sheet()).to_be_visible()
    assert len(room.frames()) == before


def test_an_unusual_value_asks_for_confirmation_and_the_record_says_so(at_room: AtRoom) -> None:
    room = at_room("fresh")
    room.action("vitals")
    room.page.locator(".keypad__field[data-measure=heart_rate_per_min] input").click()
    room.page.keyboard.type("131")
    room.page.get_by_role("button", name="Chart vitals").click()
    expect(room.page.locator(".keypad__message")).to_contain_text("unusual")
    room.page.get_by_role("button", name="131 is right").click()
    room.page.get_by_role("button", name="Chart vitals").click()
    expect(room.tile("heart_rate_per_min")).to_have_text("131")
    expect(room.page.locator("#line-words")).to_have_text("Live")
    assert room.charted("vitals_charted")[-1]["content"]["confirmed_unusual"] == ["heart_rate_per_min"]
    expect(room.page.locator(".alarm")).to_contain_text("Heart rate")


def test_closing_with_typed_digits_asks_first(at_room: AtRoom) -> None:
    room = at_room("running")
    room.action("vitals")
    room.page.keyboard.type("134")
    room.page.keyboard.press("Escape")
    expect(room.sheet().get_by_text("1 typed value is not charted.")).to_be_visible()
    room.page.get_by_role("button", name="Go on charting").click()
    expect(room.page.locator(".keypad__input").first).to_have_value("134")


def test_start_rate_pause_resume_and_stop_are_charted_and_counted(at_room: AtRoom) -> None:
    room = at_room("ready")
    page = room.page
    expect(page.locator("[data-action=stop]")).to_have_count(0)
    room.action("start")
    page.get_by_role("button", name="Start: 156 mL/h, 60 mg/h").click()
    expect(page.locator("#phase-steps [aria-current=step]")).to_have_text("Dosing")
    room.action("rate")
    page.get_by_label("Rate on the pump, mL/h").fill("78")
    expect(page.locator("#rate-meaning")).to_contain_text("30 mg/h")
    page.get_by_role("button", name="Chart new rate").click()
    room.action("pause")
    page.get_by_role("button", name="Pause infusion").click()
    expect(page.locator("#phase-steps [aria-current=step]")).to_have_text("Paused")
    room.action("resume")
    page.get_by_role("button", name="Resume: 78 mL/h, 30 mg/h").click()
    room.action("stop")  # one tap
    page.get_by_role("button", name="Stop infusion").click()  # and one to confirm
    expect(page.locator("#phase-steps [aria-current=step]")).to_have_text("Recovery")
    expect(page.locator("[data-action=stop]")).to_have_count(0)
    expect(page.locator("#line-words")).to_have_text("Live")
    kinds = [frame["kind"].removeprefix("treatment.") for frame in room.frames()]
    assert [kind for kind in kinds if kind.startswith("infusion")] == [
        "infusion_started",
        "infusion_rate_changed",
        "infusion_paused",
        "infusion_resumed",
        "infusion_stopped",
    ]
    assert room.errors == []


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1180, 820), (1024, 768), (820, 1180), (390, 844)])
def test_every_action_lies_wholly_on_the_screen(at_room: AtRoom, width: int, height: int) -> None:
    """Above all the stop: with ten actions in the bar it was once cut off on a tablet."""
    room = at_room("running", viewport={"width": width, "height": height})
    actions = room.page.locator("[data-action]")
    names = [one.get_attribute("data-action") for one in actions.all()]
    assert {"vitals", "stop", "pause", "rescue", "hand_over"} <= set(names)
    for one in [*actions.all(), room.page.locator("#emergency")]:
        box = one.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width + 0.5, one.get_attribute("data-action")
        assert box["y"] + box["height"] <= height + 0.5, one.get_attribute("data-action")
        assert box["height"] >= 48


def test_a_symptom_takes_two_taps(at_room: AtRoom) -> None:
    room = at_room("running")
    room.action("symptom")
    room.page.get_by_role("group", name="Nausea").get_by_role("button", name="moderate").click()
    expect(room.latest()).to_contain_text("Nausea, moderate")
    expect(room.page.locator("#line-words")).to_have_text("Live")
    content = room.charted("symptom_noted")[-1]["content"]
    assert {name: value for name, value in content.items() if value is not None} == {
        "symptom": "Nausea",
        "severity": "moderate",
    }


def test_a_corrected_entry_stays_struck_through_with_its_reason(at_room: AtRoom) -> None:
    room = at_room("running")
    page = room.page
    room.action("note")
    page.locator("#note-text").fill("Eyeshade off for a while.")
    page.get_by_role("button", name="Chart note").click()
    expect(room.latest()).to_contain_text("Eyeshade off")
    expect(page.locator("#line-words")).to_have_text("Live")
    room.latest().get_by_role("button").click()
    page.get_by_role("button", name="Strike it through").click()
    expect(page.locator(".field-problem").first).to_contain_text("Say why first")
    page.get_by_role("button", name="Wrong patient or session").click()
    page.get_by_role("button", name="Strike it through").click()
    expect(page.locator("#recent del", has_text="Eyeshade off")).to_be_visible()
    page.get_by_role("button", name="Table").click()
    row = page.locator("#axis-table tr.struck", has_text="Eyeshade off")
    expect(row).to_contain_text("Wrong patient or session")
    expect(page.locator("#line-words")).to_have_text("Live")
    assert room.charted("event_corrected")[-1]["content"]["replacement"] is None
    assert any(frame["content"].get("text") == "Eyeshade off for a while." for frame in room.charted("note_written"))


def test_a_corrected_reading_keeps_what_was_not_typed_over(at_room: AtRoom) -> None:
    room = at_room("fresh")
    page = room.page
    room.action("vitals")
    page.keyboard.type("1448877" + "98")
    page.get_by_role("button", name="Chart vitals").click()
    expect(room.tile("systolic_mmhg")).to_have_text("144/88")
    room.page.locator("#recent li", has_text="BP 144/88").get_by_role("button").click()
    page.get_by_role("button", name="Typing mistake").click()
    page.get_by_role("button", name="Enter what is right").click()
    page.keyboard.type("134")
    page.get_by_role("button", name="Chart correction").click()
    expect(room.tile("systolic_mmhg")).to_have_text("134/88")
    expect(page.locator(".mark.is-struck")).not_to_have_count(0)
    expect(page.locator("#line-words")).to_have_text("Live")
    correction = room.charted("event_corrected")[-1]["content"]
    assert correction["reason"] == "Typing mistake"
    assert correction["replacement"]["content"]["heart_rate_per_min"] == 77


def test_a_second_browser_sees_each_entry_without_reloading(at_room: AtRoom) -> None:
    nurse, prescriber = at_room("running"), at_room("running", role="prescriber")
    nurse.action("note")
    nurse.page.locator("#note-text").fill("Asks for water.")
    nurse.page.get_by_role("button", name="Chart note").click()
    expect(prescriber.latest()).to_contain_text("Asks for water.")
    prescriber.action("symptom")
    prescriber.page.get_by_role("group", name="Headache").get_by_role("button", name="mild").click()
    expect(nurse.latest()).to_contain_text("Headache, mild")


def test_the_emergency_cards_are_one_tap_away_and_write_their_own_log(at_room: AtRoom) -> None:
    room = at_room("running")
    room.page.locator("#emergency").click()
    expect(room.page.get_by_text("Call for help. Stay with the patient.")).to_be_visible()
    room.page.get_by_role("button", name="Laryngospasm").click()
    expect(room.page.get_by_role("timer", name="Time since this was opened")).to_be_visible()
    room.page.get_by_role("button", name=re.compile("^Done: Press firmly")).click()
    expect(room.latest()).to_contain_text("Emergency, Laryngospasm: Press firmly")


def test_every_point_of_the_axis_can_be_reached_and_opened_by_keyboard(at_room: AtRoom) -> None:
    room = at_room("running")
    page = room.page
    page.locator(".mark[tabindex='0']").focus()
    page.keyboard.press("Home")
    first = page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("ArrowRight")
    second = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert len({first, second, None}) == 3
    page.keyboard.press("Enter")
    expect(room.sheet()).to_be_visible()
    page.keyboard.press("Escape")
    expect(room.sheet()).to_be_hidden()


def test_single_letters_open_the_actions_of_this_phase(at_room: AtRoom) -> None:
    room = at_room("running")
    room.page.keyboard.press("x")
    expect(room.page.get_by_role("heading", name="Stop infusion?")).to_be_visible()
    room.page.keyboard.press("Escape")
    room.page.keyboard.press("e")
    expect(room.page.get_by_role("heading", name="Emergency", exact=True)).to_be_visible()
