"""Safety questions from the desk to the phone and back: asked, answered by keyboard, and waiting with their urgency."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Server

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def answer(phone: Page, words: str) -> None:
    expect(phone.get_by_role("radio", checked=True)).to_have_count(0)
    assert fits(phone)
    phone.get_by_label(words, exact=True).focus()
    phone.keyboard.press("Space")
    phone.keyboard.press("Enter")


def test_a_plan_with_intent_reaches_the_team_before_the_form_is_sent(
    server: Server, signed_in: Callable[..., Page]
) -> None:
    patient = server.manifest()["patients"]["consent_due"]
    nurse = signed_in("nurse")
    nurse.goto(f"{server.url}/people/{patient}/scales/")
    nurse.get_by_role("link", name="Ask for a scale").click()
    nurse.get_by_label("Scale").select_option("c-ssrs-screener")
    nurse.get_by_label("What it is for").fill("Before the session")
    nurse.get_by_role("button", name="Send to the phone").click()
    expect(nurse.get_by_role("row", name="C-SSRS screener Before the session")).to_be_visible()

    phone = signed_in("patient", **PHONE)
    phone.goto(f"{server.url}/my/questionnaires/")
    phone.get_by_role("link", name="C-SSRS screener").first.click()
    expect(phone.get_by_text("Then somebody will want to speak with you.")).to_be_visible()
    phone.get_by_role("link", name="Begin").click()
    answer(phone, "No")
    answer(phone, "Yes")
    expect(phone.get_by_role("heading", name="If you need help now")).to_be_visible()
    phone.get_by_role("link", name="Go on with the questions").click()
    answer(phone, "No")
    answer(phone, "No")
    expect(phone.get_by_text("In the past month:")).to_be_visible()
    answer(phone, "Yes")
    expect(phone.get_by_role("heading", name="Thank you for telling us")).to_be_visible()

    nurse.goto(f"{server.url}/attention/")
    nurse.get_by_role("link", name="C-SSRS: high risk (urgent)").first.click()
    expect(nurse.get_by_text("Do not leave this person alone.").first).to_be_visible()

    phone.goto(f"{server.url}/my/questionnaires/")
    phone.get_by_role("link", name="C-SSRS screener").first.click()
    phone.get_by_role("link", name="Go on").click()
    expect(phone.get_by_text("Your whole life:")).to_be_visible()
    answer(phone, "No")
    phone.get_by_role("button", name="Send to my care team").click()
    expect(phone.get_by_role("heading", name="If you need help now")).to_be_visible()
    nurse.goto(f"{server.url}/people/{patient}/scales/")
    expect(nurse.get_by_role("row", name="C-SSRS screener Before the session high")).to_be_visible()


def test_an_observer_rates_with_points_and_the_page_says_what_it_reads(
    server: Server, signed_in: Callable[..., Page]
) -> None:
    patient = server.manifest()["patients"]["responded"]
    nurse = signed_in("nurse")
    nurse.goto(f"{server.url}/people/{patient}/scales/enter/modified-aldrete/")
    for words in (
        "2 Able to move 4 extremities voluntarily or on command",
        "2 Able to breathe deeply and cough freely",
        "2 BP ±20% of pre-anaesthetic level",
        "1 Arousable on calling",
        "2 Able to maintain SpO₂ >92% on room air",
    ):
        nurse.get_by_label(words, exact=True).check()
    nurse.get_by_label("When it was answered").fill("2026-01-05T10:00")
    nurse.get_by_label("What it is for").fill("Discharge")
    nurse.get_by_role("button", name="Save the answers").click()
    expect(nurse.get_by_text("9 or more, fully awake, and nothing at 0: no")).to_be_visible()
    expect(nurse.get_by_text("of 10", exact=True)).to_be_visible()
