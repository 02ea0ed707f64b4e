"""A person at a screen of the clinic: opens pages, fills forms by their labels, and writes down what goes wrong."""

from __future__ import annotations

import json
import re
import sqlite3
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Response, expect

from tests import serving
from tests.browser.conftest import PASSWORD, Server, sign_in_page

CLINIC_ZONE = ZoneInfo("America/New_York")
PHONE = {"width": 390, "height": 844}
TABLET = {"width": 1180, "height": 820}
DESK = {"width": 1440, "height": 900}


@dataclass
class Clinic:
    """A demo clinic whose clock the test moves. It begins on a morning, so that no day ends in the middle of a step."""

    server: Server
    ahead: Path

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self.ahead.read_text()))

    def local(self) -> datetime:
        return self.now().astimezone(CLINIC_ZONE)

    def pass_time(self, **passed: float) -> None:
        seconds = float(self.ahead.read_text()) + timedelta(**passed).total_seconds()
        written = self.ahead.with_suffix(".new")
        written.write_text(str(seconds))
        written.replace(self.ahead)  # at once: the server reads it at any moment

    def ask(self, sql: str, *values: object) -> Any:
        """One value, asked past the pages."""
        url = self.server.environment.get("KETACHART_DATABASE_URL", "")
        if url.startswith("postgres"):
            import psycopg

            with psycopg.connect(url) as postgresql:
                row = postgresql.execute(sql.replace("?", "%s"), values).fetchone()
        else:
            file = f"file:{self.server.data / 'ketachart.sqlite3'}?mode=ro"
            with closing(sqlite3.connect(file, uri=True)) as sqlite:
                row = sqlite.execute(sql, values).fetchone()
        assert row is not None, sql
        return row[0]

    def events(self) -> int:
        """How many events the record holds."""
        return int(self.ask("select count(*) from record_event"))


@pytest.fixture(scope="session")
def moving_clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    folder = tmp_path_factory.mktemp("way")
    ahead = folder / "ahead"
    morning = datetime.now(CLINIC_ZONE).replace(hour=9, minute=0, second=0) + timedelta(days=1)
    ahead.write_text(str((morning - datetime.now(CLINIC_ZONE)).total_seconds()))
    module = (str(Path(__file__).parent / "later.py"), str(ahead))
    running = serving.start(folder / "data", module=module, words=("demo", "--still"))
    yield Clinic(Server(running.url, running.data, running.environment, running.process), ahead)
    running.stop()


@dataclass
class Walker:
    """One person in one browser."""

    page: Page
    server: Server
    problems: list[str] = field(default_factory=list)
    expected: re.Pattern[str] | None = None
    """Addresses whose refusal is part of the story; the browser writes every 4xx to its console."""

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.problems.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._heard)
        self.page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.problems.append(f"{self.page.url}: {message.text}")

    def _answered(self, response: Response) -> None:
        refused_form = response.status == 422
        if response.status >= 400 and not refused_form and not (self.expected and self.expected.search(response.url)):
            self.problems.append(f"{response.request.method} {response.url}: {response.status}")

    def open(self, path: str) -> Walker:
        self.page.goto(self.server.url + path)
        return self

    def place(self, label: str) -> Walker:
        """A place of the side navigation (on a phone: behind the thumb bar)."""
        self.page.get_by_role("navigation", name="Places", exact=True).get_by_role("link", name=label).click()
        return self

    def tab(self, label: str) -> Walker:
        self.page.get_by_role("navigation", name="Pages of this record").get_by_role("link", name=label).click()
        return self

    def link(self, name: str | re.Pattern[str], within: Locator | None = None) -> Walker:
        (within or self.page).get_by_role("link", name=name).first.click()
        return self

    def press(self, name: str | re.Pattern[str], within: Locator | None = None) -> Walker:
        (within or self.page).get_by_role("button", name=name).first.click()
        return self

    def fill(self, label: str | re.Pattern[str], value: str, within: Locator | None = None) -> Walker:
        (within or self.page).get_by_label(label).first.fill(value)
        return self

    def choose(self, label: str, option: str | re.Pattern[str], within: Locator | None = None) -> Walker:
        box = (within or self.page).get_by_label(label).first
        words = box.locator("option").all_text_contents()
        chosen = next(one for one in words if re.search(option, one))
        box.select_option(label=chosen)
        return self

    def answer(self, question: str, answer: str, within: Locator | None = None) -> Walker:
        """One of several buttons under a question, found by the question's own words."""
        group = (
            (within or self.page)
            .get_by_role("group", name=question)
            .or_((within or self.page).get_by_role("radiogroup", name=question))
        )
        group.first.get_by_label(answer, exact=True).check()
        return self

    def sees(self, words: str | re.Pattern[str]) -> Walker:
        expect(self.page.locator("body")).to_contain_text(words)
        return self

    def is_at(self, pattern: str) -> Walker:
        expect(self.page).to_have_url(re.compile(pattern))
        return self

    def section(self, heading: str) -> Locator:
        return self.page.get_by_role("region", name=heading)

    def fits(self) -> Walker:
        """Nothing sticks out sideways."""
        wide, window = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= window, f"{self.page.url} is {wide} px wide in a window of {window} px"
        return self

    def get_json(self, path: str) -> Any:
        cookie = "; ".join(f"{one['name']}={one['value']}" for one in self.page.context.cookies())
        request = urllib.request.Request(f"{self.server.url}{path}", headers={"Cookie": cookie})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


NewWalker = Callable[..., Walker]


@pytest.fixture
def walker(moving_clinic: Clinic, browser: Browser) -> Iterator[NewWalker]:
    """``walker("nurse")``: somebody signed in, in a browser of their own; ``walker(None)``: a visitor."""
    contexts: list[BrowserContext] = []
    walkers: list[Walker] = []
    signed_in: dict[str, Any] = {}  # cookies by name: everybody signs in through the form once, then stays signed in

    def make(
        username: str | None, *, password: str = PASSWORD, viewport: dict[str, int] = DESK, **options: Any
    ) -> Walker:
        kept = signed_in.get(username) if username else None
        context = browser.new_context(viewport=viewport, timezone_id=str(CLINIC_ZONE), storage_state=kept, **options)
        context.set_default_timeout(20_000)
        contexts.append(context)
        found = Walker(context.new_page(), moving_clinic.server)
        if kept is not None:
            found.open("/")
        elif username is not None:
            sign_in_page(found.page, moving_clinic.server, username, password)
            signed_in[username] = {"cookies": context.cookies(), "origins": []}
        walkers.append(found)
        return found

    yield make
    for context in contexts:
        context.close()
    assert [problem for one in walkers for problem in one.problems] == []
