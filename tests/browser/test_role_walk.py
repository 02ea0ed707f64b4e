"""Each role signs in and opens everything it is offered; what it must not reach stays closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Server, sign_in_page

STAFF = ("prescriber", "nurse", "therapist", "front_desk", "pharmacist", "biller", "clinic_lead")

# {somebody}: a patient of this clinic; {session}: one of its sessions. For a patient, {somebody} is somebody else.
CLOSED: dict[str, tuple[str, ...]] = {
    "prescriber": (
        "/staff/", "/people/{somebody}/access/", "/my/consent/", "/mine/", "/services/",
        "/policy/treatment.weight.valid_days/set/",
    ),
    "nurse": ("/staff/", "/people/{somebody}/access/", "/mine/", "/formulary/new/", "/services/"),
    "therapist": ("/staff/", "/inquiries/", "/people/{somebody}/history/conditions/", "/mine/", "/people/new/"),
    "front_desk": (
        "/staff/", "/rooms/", "/rooms/board.json", "/attention/", "/formulary/", "/check-ins/",
        "/people/{somebody}/history/", "/people/{somebody}/screening/", "/people/{somebody}/plan/",
        "/people/{somebody}/scales/", "/people/{somebody}/sessions/", "/people/{somebody}/outcome/",
        "/people/{somebody}/access/", "/treatment/sessions/{session}/", "/treatment/sessions/{session}/record/",
        "/treatment/sessions/{session}/bootstrap.json", "/live/sessions/{session}/events?after=0",
    ),
    "pharmacist": ("/staff/", "/rooms/", "/inquiries/", "/people/{somebody}/history/", "/treatment/sessions/{session}/"),
    "biller": (
        "/staff/", "/rooms/", "/inquiries/", "/formulary/", "/people/{somebody}/history/", "/people/{somebody}/plan/",
        "/people/{somebody}/scales/", "/people/{somebody}/sessions/", "/treatment/sessions/{session}/record/",
        "/live/sessions/{session}/events?after=0",
    ),
    "clinic_lead": ("/people/{somebody}/history/conditions/", "/mine/", "/my/consent/", "/my/check-in/"),
    "patient": (
        "/today/", "/people/", "/people/new/", "/rooms/", "/rooms/board.json", "/schedule/", "/inquiries/", "/attention/",
        "/formulary/", "/staff/", "/check-ins/", "/people/{somebody}/", "/people/{somebody}/details/",
        "/people/{somebody}/plan/", "/people/{somebody}/sessions/", "/treatment/sessions/{session}/",
        "/treatment/sessions/{session}/record/", "/treatment/sessions/{session}/bootstrap.json",
        "/live/sessions/{session}/events?after=0",
    ),
}  # fmt: skip


@pytest.fixture
def as_role(server: Server, browser: Browser) -> Iterator[Callable[[str], tuple[Page, list[str]]]]:
    contexts = []

    def make(role: str) -> tuple[Page, list[str]]:
        context = browser.new_context(viewport={"width": 1180, "height": 820})
        contexts.append(context)
        page, problems = context.new_page(), []
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        page.on("console", lambda one: problems.append(f"{page.url}: {one.text}") if one.type == "error" else None)
        page.on("response", lambda one: problems.append(f"{one.url}: {one.status}") if one.status >= 400 else None)
        return sign_in_page(page, server, role), problems

    yield make
    for context in contexts:
        context.close()


def links(page: Page, name: str) -> list[str]:
    found = page.get_by_role("navigation", name=name, exact=True).get_by_role("link")
    addresses: list[str] = found.evaluate_all("links => links.map(link => link.getAttribute('href'))")
    return addresses


@pytest.mark.parametrize("role", [*STAFF, "patient"])
def test_everything_that_a_role_is_offered_opens(
    server: Server, as_role: Callable[[str], tuple[Page, list[str]]], role: str
) -> None:
    page, problems = as_role(role)
    places = links(page, "Places")
    assert places
    opened = []
    for address in places:
        page.goto(server.url + address)
        opened.append(address)
    if role != "patient":
        page.goto(f"{server.url}/people/{server.manifest()['patients']['responded']}/details/")
        tabs = links(page, "Pages of this record")
        assert tabs
        for address in tabs:
            page.goto(server.url + address)
            opened.append(address)
    assert problems == [], f"after {opened}"


@pytest.mark.parametrize("role", list(CLOSED))
def test_what_a_role_must_not_reach_is_closed(
    server: Server, as_role: Callable[[str], tuple[Page, list[str]]], role: str
) -> None:
    page, _ = as_role(role)
    manifest = server.manifest()
    names = {"somebody": manifest["patients"]["responded"], "session": manifest["live"][0]["session"]}
    open_ones = []
    for address in CLOSED[role]:
        answer = page.request.get(server.url + address.format(**names), max_redirects=0)
        if answer.status not in (403, 404):
            open_ones.append(f"{address}: {answer.status}")
    assert open_ones == []


@pytest.mark.parametrize("address", ["/today/", "/people/", "/rooms/", "/mine/", "/staff/", "/account/"])
def test_without_signing_in_every_page_leads_to_the_sign_in(server: Server, page: Page, address: str) -> None:
    page.goto(server.url + address)
    assert "/accounts/login/" in page.url
