"""A questionnaire on a phone without a network: answered to the end, kept, and sent once when the network is back."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, wait_until

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
KEPT = """new Promise((done) => {
    const asked = indexedDB.open("ketachart-answers");
    asked.onsuccess = () => {
        const db = asked.result;
        if (!db.objectStoreNames.contains("kept")) { db.close(); done(0); return; }
        const counted = db.transaction("kept").objectStore("kept").count();
        counted.onsuccess = () => { db.close(); done(counted.result); };
    };
})"""


def ask_for(page: Page, server: Server, scale: str) -> None:
    page.goto(f"{server.url}/people/{server.manifest()['patients']['consent_due']}/scales/assign/")
    page.get_by_label("Scale").select_option(scale)
    page.get_by_label("What it is for").fill("Day 7")
    page.get_by_role("button", name="Send to the phone").click()
    page.wait_for_url("**/scales/")


def open_form(page: Page, server: Server, title: str) -> None:
    page.goto(f"{server.url}/my/questionnaires/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    wait_until(page, "navigator.serviceWorker.controller !== null")
    page.get_by_role("link", name=title).first.click()
    page.wait_for_url("**/my/questionnaires/*-*/")
    page.reload()  # kept by the worker
    wait_until(page, "caches.open('ketachart-pages').then(c => c.match(location.pathname)).then(found => !!found)")


def answer_here(page: Page, number: int) -> None:
    expect(page.get_by_role("heading", name=f"Question {number} of")).to_be_visible()
    assert page.locator("input[type=radio]:checked").count() == 0, "nothing is chosen beforehand"
    page.locator("label.option").nth(1).click()
    page.get_by_role("button", name="Next").click()


def test_gad7_is_answered_without_a_network_and_sent_once(server: Server, signed_in: Callable[..., Page]) -> None:
    ask_for(signed_in("nurse"), server, "gad-7")
    page = signed_in("patient", **PHONE)
    open_form(page, server, "GAD-7")
    here = page.url
    page.get_by_role("link", name="Begin").click()
    answer_here(page, 1)  # with a network: the server asks
    expect(page.get_by_role("heading", name="Question 2 of")).to_be_visible()

    page.context.set_offline(True)
    page.locator("label.option").nth(2).click()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Question 3 of 7")).to_be_visible()
    expect(page.get_by_text("Your care team does not have it yet")).to_be_visible()
    answer_here(page, 3)
    expect(page.get_by_role("heading", name="Question 4 of 7")).to_be_visible()
    page.reload()  # the page opens without a network, and goes on where it was left
    expect(page.get_by_role("heading", name="Question 4 of 7")).to_be_visible()
    for number in range(4, 8):
        answer_here(page, number)
    expect(page.get_by_role("heading", name="Your answers")).to_be_visible()
    assert page.locator(".answers .not-charted").count() == 0
    page.get_by_role("button", name="Send to my care team").click()
    expect(page.get_by_role("heading", name="Kept on this phone")).to_be_visible()
    assert page.evaluate(KEPT) == 7, "six answers and the wish to send"

    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Your answers are with your care team")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Score 8")).to_be_visible()
    assert page.evaluate(KEPT) == 0
    page.goto(here)
    expect(page.get_by_role("heading", name="Your answers are with your care team")).to_be_visible()
    page.goto(f"{server.url}/my/questionnaires/")
    assert page.locator(".list__title", has_text="GAD-7").count() == 2, "the baseline, and this one once"
