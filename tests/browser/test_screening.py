"""A history that changed after the decision: the way says so, screening shows what changed, and the trials can be printed."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, sign_in_page


def test_screening_shows_what_changed_and_leads_to_the_evidence_of_earlier_trials(page: Page, server: Server) -> None:
    sign_in_page(page, server, "prescriber")
    page.goto(f"{server.url}/people/?q=Ines")
    page.get_by_role("link", name=re.compile("Specimen, Ines|Ines Specimen")).first.click()
    expect(page.get_by_text(re.compile("Screen again: changed since")).first).to_be_visible()

    page.get_by_role("link", name="Screening", exact=True).click()
    changed = page.get_by_role("region", name=re.compile("^What changed since the decision"))
    expect(changed).to_contain_text("Screen again")
    sedative = changed.get_by_role("row", name=re.compile("No benzodiazepine or z-drug"))
    expect(sedative).to_contain_text("verdict changed")
    expect(sedative).to_contain_text(re.compile("Met.*Not met", re.DOTALL))
    listed = changed.get_by_role("row", name=re.compile("^Medicines taken now"))
    expect(listed).to_contain_text("sertraline, Ambienol, Klonopin")
    expect(changed.get_by_role("row", name=re.compile("^Systolic blood pressure"))).to_contain_text("146")
    expect(page.get_by_text("Ambienol is not in the table: who knows its class?")).to_be_visible()
    expect(page.get_by_role("heading", name="Needs a clinician's look: 1")).to_be_visible()

    page.get_by_role("link", name="Before a session", exact=True).click()
    expect(page.get_by_text(re.compile(r"\bDI01T\b")).first).to_be_visible()  # the twelve hours are asked for today
    expect(page.get_by_role("button", name="Sign the decision")).to_have_count(0)

    page.get_by_role("link", name="Treatment trials", exact=True).click()
    expect(page.get_by_role("heading", name="Treatment trials")).to_be_visible()
    label = page.get_by_role("region", name="Spravato, EU leaflet")
    expect(label.get_by_role("row", name=re.compile("^Lexapro"))).to_contain_text("Counts")
    cigna = page.get_by_role("region", name="Cigna", exact=True)
    expect(cigna.get_by_role("row", name=re.compile("^sertraline"))).to_contain_text("weeks at that dose: not said")
    expect(cigna).to_contain_text("Cigna: esketamine coverage policy")
    page.evaluate("window.print = () => { document.body.dataset.printed = 'yes' }")
    page.get_by_role("button", name="Print").click()
    expect(page.locator("body")).to_have_attribute("data-printed", "yes")

    page.get_by_role("link", name="Screening", exact=True).first.click()
    page.get_by_role("link", name="Tests to order").click()
    expect(page.get_by_role("row", name=re.compile("^Kidney function"))).to_contain_text("Due")
    expect(page.get_by_role("row", name=re.compile("^Bladder questions"))).to_contain_text("No interval set")
