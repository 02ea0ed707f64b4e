"""axe-core finds no violation on any page of the way: each role, light and dark, desk and phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Server

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}

needs_axe = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci)")

# {name}: a person of the demo in that state (demo.json); {session}: a session in progress
PUBLIC = ["/", "/accounts/login/", "/inquire/", "/learn/", "/learn/how-it-may-work/", "/no-such-page/"]
BY_ROLE: dict[str, list[str]] = {
    "prescriber": [
        "/today/",
        "/people/",
        "/people/{responded}/",
        "/people/{history_begun}/history/",
        "/people/{to_screen}/screening/",
        "/people/{changed}/screening/",
        "/people/{changed}/screening/trials/",
        "/people/{changed}/screening/tests/",
        "/people/{changed}/history/results/",
        "/people/{responded}/consent/",
        "/people/{responded}/texts/",
        "/people/{responded}/texts/racemic-iv/",
        "/people/{plan_due}/plan/",
        "/people/{responded}/plan/",
        "/people/{responded}/scales/",
        "/people/{responded}/outcome/",
        "/people/{mid_course}/check-ins/",
        "/people/{spravato}/plan/",
        "/people/{responded}/sessions/",
    ],
    "nurse": [
        "/today/",
        "/rooms/",
        "/treatment/sessions/{session}/",
        "/treatment/sessions/{session}/prepare/",
        "/treatment/sessions/{session}/discharge/",
        "/treatment/sessions/{session}/record/",
        "/people/{first_session_today}/sessions/",
        "/attention/",
        "/people/{responded}/scales/enter/moaa-s/",
        "/people/{responded}/scales/enter/pcl-5/",
        "/check-ins/",
        "/rooms/alarms/",
        "/treatment/rems/",
        "/scales/reminders/",
        "/scales/missing/",
        "/devices/",
        "/devices/waiting/",
        "/people/{responded}/scales/missing/",
        "/treatment/sessions/{spravato}/",
        "/treatment/sessions/{spravato}/prepare/",
    ],
    "front_desk": [
        "/today/",
        "/people/new/",
        "/people/{mid_course}/details/amend/",
        "/people/{mid_course}/support/new/",
        "/people/{mid_course}/sign-in/",
        "/people/{mid_course}/appointments/",
        "/inquiries/",
        "/schedule/",
    ],
    "clinic_lead": [
        "/today/",
        "/design/",
        "/account/",
        "/staff/",
        "/staff/new/",
        "/rooms/new/",
        "/people/{responded}/access/",
        "/services/",
        "/formulary/",
        "/knowledge/",
        "/knowledge/?shelf=gates",
        "/knowledge/?shelf=alarms&full=1",
        "/knowledge/compare/?earlier=2024-12-01&later=2026-11-22",
        "/scales/library/",
        "/scales/library/text/?scale=madrs",
        "/scales/library/pack/non-commercial/",
        "/policy/",
        "/policy/treatment.hold.systolic_mmhg/",
    ],
    "patient": [
        "/mine/",
        "/mine/learn/",
        "/mine/learn/racemic-iv/",
        "/my/questionnaires/",
        "/my/consent/",
        "/my/visits/",
        "/my/check-in/",
        "/account/",
    ],
}


def violations(page: Page) -> list[str]:
    """What axe found, in a form that says where. The script comes in beside the page's content policy, which stays on."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", RULES
    )
    return [
        f"{page.url} {violation['id']}: {violation['help']} at {[node['target'] for node in violation['nodes']][:5]}"
        for violation in found["violations"]
    ]


def overflow(page: Page) -> list[str]:
    """Nothing may stick out sideways: on a phone half a page would be out of reach (WCAG 1.4.10)."""
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return [f"{page.url} is {wide} px wide in a window of {window} px"] if wide > window else []


def visit(page: Page, server: Server, addresses: list[str]) -> list[str]:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if "Content Security" in message.text else None)
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    for address in addresses:
        answer = page.goto(server.url + address)
        assert answer is not None
        if answer.status != 200 and address not in PUBLIC:
            problems.append(f"{address} answered {answer.status}")
        page.wait_for_load_state("load")
        page.wait_for_timeout(300)  # charts and streams draw after loading; a live page is never idle
        problems += violations(page) + overflow(page)
    return problems


def addresses_of(server: Server, role: str) -> list[str]:
    manifest = server.manifest()
    places = {**manifest["patients"], "session": manifest["live"][0]["session"]}
    if role == "nurse":
        places["spravato"] = manifest["live"][3]["session"]
    return [address.format(**places) for address in BY_ROLE[role]]


@needs_axe
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_a_visitor_finds_no_barrier(server: Server, browser: Browser, theme: str, size: str) -> None:
    context = browser.new_context(viewport=SIZES[size], color_scheme=theme)
    try:
        assert visit(context.new_page(), server, PUBLIC) == []
    finally:
        context.close()


@needs_axe
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("role", list(BY_ROLE))
def test_no_role_meets_a_barrier(
    server: Server, signed_in: Callable[..., Page], role: str, size: str, theme: str
) -> None:
    page = signed_in(role, viewport=SIZES[size], color_scheme=theme)
    assert visit(page, server, addresses_of(server, role)) == []


@needs_axe
def test_forms_that_were_refused_meet_no_barrier(server: Server, signed_in: Callable[..., Page]) -> None:
    page = signed_in("front_desk", viewport=SIZES["phone"])
    page.goto(f"{server.url}/people/new/")
    page.get_by_role("button", name="Register").click()
    page.wait_for_load_state("networkidle")
    assert page.locator("[data-error-summary]").is_visible()
    assert page.evaluate("document.activeElement.hasAttribute('data-error-summary')")
    assert violations(page) == []


def test_the_theme_is_chosen_once_and_kept_on_the_device(server: Server, signed_in: Callable[..., Page]) -> None:
    page = signed_in("nurse", color_scheme="light", viewport=SIZES["desk"])
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.get_by_role("button", name="Dark").first.click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_every_place_is_reached_by_keyboard(server: Server, signed_in: Callable[..., Page]) -> None:
    page = signed_in("nurse", viewport=SIZES["desk"])
    page.goto(f"{server.url}/today/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('href')"))
    places = page.locator(".rail nav a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert set(places) <= reached
