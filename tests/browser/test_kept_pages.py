"""What a device keeps: only pages that were registered for it, and none after signing out."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.conftest import Server, wait_until

WORKER_READY = """navigator.serviceWorker.ready.then(({ active }) => active.state === "activated"
    || new Promise(done => active.addEventListener("statechange", () => done(true))))"""
DATABASES = "indexedDB.databases().then(found => found.map(one => one.name))"
KEPT = "caches.open('ketachart-pages').then(c => c.keys()).then(keys => keys.map(k => new URL(k.url).pathname))"


def test_a_page_with_patients_on_it_is_not_kept_and_without_network_says_so(
    server: Server, signed_in: Callable[..., Page]
) -> None:
    page = signed_in("nurse")
    page.goto(f"{server.url}/people/")
    page.evaluate(WORKER_READY)
    page.goto(f"{server.url}/people/")  # now under the worker
    assert page.evaluate(KEPT) == []
    page.context.set_offline(True)
    page.goto(f"{server.url}/people/")
    assert page.get_by_role("heading", name="No connection").is_visible()
    assert "Sample" not in page.content()


def test_the_room_opens_without_network_and_is_forgotten_at_sign_out(
    server: Server, signed_in: Callable[..., Page]
) -> None:
    page = signed_in("nurse")
    room = f"/treatment/sessions/{server.manifest()['live'][0]['session']}/"
    page.goto(server.url + room)
    page.evaluate(WORKER_READY)
    page.goto(server.url + room)
    wait_until(page, f"{KEPT}.then(kept => kept.length > 0)")
    assert page.evaluate(KEPT) == [room]
    wait_until(page, f"{DATABASES}.then(names => names.includes('ketachart-kept'))")

    page.context.set_offline(True)
    page.goto(server.url + room)
    assert page.evaluate("document.documentElement.dataset.signedIn") == "yes"
    page.context.set_offline(False)

    page.goto(f"{server.url}/account/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "/account/" not in url)
    wait_until(page, "caches.has('ketachart-pages').then(kept => !kept)")
    wait_until(page, f"{DATABASES}.then(names => !names.includes('ketachart-kept'))")
    assert "ketachart-outbox" in page.evaluate(DATABASES), "what is unsent stays until it is sent"
