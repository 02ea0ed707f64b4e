"""A server with sessions in their rooms, and the few things that every test of the room does."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect

from tests import serving
from tests.browser.conftest import Server, sign_in_page, start_server


@pytest.fixture(scope="session")
def clinic_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, str]]]:
    """The server, and its sessions by name: ready, running, fresh, offline."""
    yield from serve_clinic(tmp_path_factory.mktemp("rooms") / "data", "board")


def serve_clinic(data: Path, which: str) -> Iterator[tuple[Server, dict[str, str]]]:
    environment = serving.environment_for(data, 0)
    built = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "room_clinic.py"), str(data), which],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    running = start_server(data, words=("serve",))
    yield running, json.loads(built.stdout.splitlines()[-1])
    running.process.terminate()
    running.process.wait(timeout=20)


class InRoom:
    """A person at one session."""

    def __init__(self, page: Page, server: Server, session_id: str) -> None:
        self.page, self.server, self.session_id = page, server, session_id
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self) -> InRoom:
        self.page.goto(f"{self.server.url}/treatment/sessions/{self.session_id}/")
        expect(self.page.locator("#patient-name")).not_to_have_text("…")
        return self

    def live(self) -> InRoom:
        expect(self.page.locator("#line")).to_have_attribute("data-standing", "live", timeout=15_000)
        return self

    def action(self, name: str) -> None:
        self.page.locator(f"[data-action={name}]").click()

    def sheet(self) -> Any:
        return self.page.locator("#sheet")

    def tile(self, measure: str) -> Any:
        return self.page.locator(f".reading[data-measure={measure}] .reading__value")

    def latest(self) -> Any:
        return self.page.locator("#recent li").first

    def frames(self) -> list[dict[str, Any]]:
        """What the server has, asked past the page, once the page has nothing more to send."""
        if self.page.locator("#line-words").count():
            expect(self.page.locator("#line-words")).not_to_contain_text("not sent", timeout=20_000)
        cookie = "; ".join(f"{one['name']}={one['value']}" for one in self.page.context.cookies())
        address = f"{self.server.url}/live/sessions/{self.session_id}/events?after=0"
        request = urllib.request.Request(address, headers={"Cookie": cookie})
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)["events"]
        return found

    def charted(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames() if frame["kind"] == f"treatment.{kind}"]


@pytest.fixture
def at_room(
    clinic_server: tuple[Server, dict[str, str]],
    browser: Browser,
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
) -> Iterator[Callable[..., InRoom]]:
    """``at_room("running", role="nurse", viewport=…)``: a new browser, signed in, with that session open.

    ``profile=folder`` keeps what the browser stores on disk, as a clinic's tablet does; without it, it is in memory only.
    """
    server, sessions = clinic_server
    contexts: list[BrowserContext] = []

    def make(name: str, *, role: str = "nurse", profile: Path | None = None, **options: Any) -> InRoom:
        shown = {"viewport": {"width": 1180, "height": 820}, **options}
        context = (
            browser_type.launch_persistent_context(profile, **browser_type_launch_args, **shown)
            if profile
            else browser.new_context(**shown)
        )
        contexts.append(context)
        page = sign_in_page(context.new_page(), server, role)
        return InRoom(page, server, sessions[name]).open().live()

    yield make
    for context in contexts:
        context.close()
