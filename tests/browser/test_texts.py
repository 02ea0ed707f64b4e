"""A patient reads on the phone, page by page; a nurse prints and hands out; anybody reads the topics."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
SIZES = [(390, 844), (820, 1180), (1440, 900)]


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_patient_reads_page_by_page_and_the_progress_is_kept(signed_in: Callable[..., Page]) -> None:
    page = signed_in("patient", **PHONE)
    page.get_by_role("link", name="Read", exact=True).last.click()
    expect(page.get_by_role("heading", name="To read")).to_be_visible()
    before = int(page.locator(".learn__progress strong").inner_text().split()[0])
    first = page.locator("#next-text").inner_text()
    page.get_by_role("link", name="Read", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(first)
    expect(page.get_by_role("heading", name="Where this comes from")).to_be_attached()
    size = page.locator(".words p").nth(1).evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    assert size >= 18, "large type on the phone"
    assert fits(page)
    button = page.get_by_role("button", name="I have read this")
    assert (button.bounding_box() or {})["height"] >= 48
    button.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(first)
    page.get_by_role("link", name="All texts").click()
    expect(page.locator(".learn__progress strong")).to_contain_text(f"{before + 1} of ")
    page.reload()
    expect(page.locator(".learn__progress strong")).to_contain_text(f"{before + 1} of ")


def test_a_nurse_hands_a_text_to_the_escort_and_it_is_charted(signed_in: Callable[..., Page], server: Server) -> None:
    patient_id = server.manifest()["patients"]["live_early"]
    page = signed_in("nurse")
    page.goto(f"{server.url}/people/{patient_id}/texts/")
    page.get_by_role("link", name="After your ketamine infusion").click()
    assert page.locator("input[type=radio]:checked").count() == 0
    page.evaluate("window.print = () => { window.printed = true }")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed")
    page.emulate_media(media="print")
    expect(page.get_by_text("Chart that it was handed out")).to_be_hidden()
    expect(page.locator(".person-banner")).to_be_hidden()
    expect(page.locator(".words__paper")).to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_label("A support person").check()
    page.get_by_label("On paper").check()
    page.get_by_label("Note").fill("asked about driving")
    page.get_by_role("button", name="Chart it").click()
    expect(page.get_by_text("The name is missing").first).to_be_visible()
    assert page.get_by_label("Note").input_value() == "asked about driving"
    page.get_by_label("Name of the support person").fill("Bo Sample")
    page.get_by_role("button", name="Chart it").click()
    line = page.get_by_role("row", name="Bo Sample")
    expect(line).to_contain_text("After your ketamine infusion, 2026-11-22")
    expect(line).to_contain_text("Noor Haddad")
    line.get_by_role("link").click()
    expect(page.get_by_text("As it was handed out")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_anybody_reads_every_topic_in_a_row_without_signing_in(
    browser: Browser, server: Server, size: tuple[int, int], scheme: str
) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(server.url)
    page.get_by_role("link", name="Read about ketamine").click()
    assert fits(page)
    topics = page.locator(".learn .list__item").count()
    page.locator(".learn .list__item").first.click()
    for number in range(1, topics + 1):
        expect(page.get_by_text(f", {number} of {topics}")).to_be_visible()
        assert fits(page), page.url
        if number < topics:
            page.locator(".learn__turn .button--primary").click()
    context.close()
