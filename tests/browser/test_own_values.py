"""The clinic lead sets a value of the clinic's own from tomorrow on; everybody sees which one holds on which day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tests.browser.conftest import Server

SETTING = "/policy/treatment.weight.valid_days/"
REASON = "Medical committee, minutes of this week"


def today_at(page: Page) -> date:
    """The day it is at the clinic."""
    zone = page.evaluate("document.documentElement.dataset.timezone")
    return datetime.now(ZoneInfo(zone)).date()


def on_day(page: Page, server: Server, day: date) -> None:
    """The page of all values, for a day chosen in the day picker."""
    page.goto(f"{server.url}/policy/")
    page.get_by_label("In force on").fill(day.isoformat())
    page.get_by_role("button", name="Show").click()


def test_a_value_set_for_tomorrow_is_not_today_s_and_a_nurse_cannot_set_one(
    server: Server, signed_in: Callable[..., Page]
) -> None:
    lead = signed_in("clinic_lead")
    lead.goto(f"{server.url}/knowledge/")
    lead.get_by_label("Search").fill("how old a weight")
    lead.get_by_role("button", name="Show").click()
    lead.get_by_role("link", name="How old a weight may be").click()
    today = today_at(lead)
    tomorrow = today + timedelta(days=1)
    form = lead.locator("form[action$='/set/']")

    form.get_by_label("How old a weight may be").fill("30")
    form.get_by_label("From this day on").fill(tomorrow.isoformat())
    form.get_by_role("button", name="Set from that day on").click()
    expect(form.locator(".field__error")).to_contain_text("this is needed")
    expect(form.get_by_label("How old a weight may be")).to_have_value("30")

    form.get_by_label("Reason").fill(REASON)
    form.get_by_role("button", name="Set from that day on").click()
    expect(lead.locator(".page-header__lead")).to_contain_text("not set")
    expect(lead.get_by_text(REASON).first).to_be_visible()

    row = "a[href*='treatment.weight.valid_days']"
    nurse = signed_in("nurse")
    nurse.goto(f"{server.url}/policy/")
    expect(nurse.locator(row)).to_contain_text("not set")
    on_day(nurse, server, tomorrow)
    expect(nurse.locator(row)).to_contain_text("30 days")
    on_day(nurse, server, today)
    expect(nurse.locator(row)).to_contain_text("not set")
    nurse.goto(f"{server.url}/knowledge/compare/?earlier={today}&later={tomorrow}")
    expect(nurse.get_by_role("row", name="How old a weight may be")).to_contain_text(REASON)

    nurse.goto(f"{server.url}{SETTING}")
    expect(nurse.get_by_role("heading", name="In force, day by day")).to_be_visible()
    expect(nurse.get_by_role("button", name="Set from that day on")).to_have_count(0)
    refused = nurse.evaluate(
        """async (address) => {
          const form = new URLSearchParams({ value: "1", reason: "I am not the lead", valid_from: "2099-01-01" });
          const token = document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? "";
          return (await fetch(address, { method: "POST", body: form, headers: { "X-CSRFToken": token } })).status;
        }""",
        f"{SETTING}set/",
    )
    assert refused == 403


def test_a_patient_finds_no_way_to_the_knowledge_pages(server: Server, signed_in: Callable[..., Page]) -> None:
    patient = signed_in("patient")
    assert patient.get_by_role("link", name="Knowledge").count() == 0
    for address in ("/knowledge/", "/policy/", SETTING):
        answer = patient.goto(f"{server.url}{address}")
        assert answer is not None
        assert answer.status == 403
