"""A real server process, a real database, a real Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests import serving

SOURCE = Path(__file__).parents[2] / "src"
PASSWORD = "fern-hill-demo-2026"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = (
        None
        if Path(CHROMIUM).exists()
        else pytest.mark.skip(reason=f"no Chromium at {CHROMIUM} (apt-get install chromium)")
    )
    for item in items:
        if "tests/browser/" in str(item.path).replace(os.sep, "/"):
            item.add_marker(pytest.mark.browser)
            if missing:
                item.add_marker(missing)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": sandbox + quiet}


@pytest.fixture(scope="session", autouse=True)
def _playwright_beside_django() -> None:
    """Playwright keeps an event loop in this thread; Django's guard against that has nothing to protect here."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@dataclass
class Server:
    """A running ``ketachart demo --still``: the demo clinic without its virtual patients moving."""

    url: str
    data: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ketachart", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def manifest(self) -> dict[str, Any]:
        """Identifiers of the demo's people and sessions, written by the demo for whoever drives it."""
        found: dict[str, Any] = json.loads((self.data / "demo.json").read_text())
        return found

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def start_server(data: Path, *, port: int | None = None, words: tuple[str, ...] = ("demo", "--still")) -> Server:
    running = serving.start(data, words=words, port=port)
    return Server(running.url, data, running.environment, running.process)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One demo server for all browser tests of this process."""
    running = start_server(tmp_path_factory.mktemp("browser") / "data")
    yield running
    running.process.terminate()
    running.process.wait(timeout=20)


def sign_in_page(page: Page, server: Server, username: str, password: str = PASSWORD) -> Page:
    """Sign in through the form, as a person does. Demo sign-ins are named after their role."""
    page.goto(f"{server.url}/accounts/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    return page


def wait_until(page: Page, promise: str, seconds: float = 20) -> None:
    """Until what the promise in the page gives is true. The page's own waiting takes a promise for an answer."""
    until = time.monotonic() + seconds
    while not page.evaluate(promise):
        assert time.monotonic() < until, f"not so after {seconds} s: {promise}"
        time.sleep(0.1)


@pytest.fixture
def signed_in(server: Server, browser: Browser) -> Iterator[Callable[..., Page]]:
    """``signed_in("nurse", viewport=..., color_scheme="dark")``: a page in a browser context of its own."""
    contexts: list[BrowserContext] = []

    def make(role: str, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1180, "height": 820}, **options})
        contexts.append(context)
        return sign_in_page(context.new_page(), server, role)

    yield make
    for context in contexts:
        context.close()
