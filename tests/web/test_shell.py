from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from ketachart.record.models import Clinic
from ketachart.web import offline
from ketachart.web.gallery import icon_names
from ketachart.web.navigation import _entries

SignIn = Callable[..., Client]


def test_the_content_policy_allows_nothing_inline_and_nothing_from_elsewhere(client: Client, db: None) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    for forbidden in ("unsafe-inline", "unsafe-eval", "http:", "https:", "*"):
        assert forbidden not in policy


INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|\sstyle=|\son[a-z]+=|<style", re.IGNORECASE)


@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/design/", "/account/", "/people/", "/people/new/"])
def test_pages_hold_no_inline_script_style_or_handler(sign_in: SignIn, client: Client, address: str) -> None:
    visitor = client if address in ("/", "/accounts/login/") else sign_in("clinic_lead")
    answer = visitor.get(address)
    assert answer.status_code == 200
    assert INLINE.findall(answer.content.decode()) == []


def test_every_icon_in_the_navigation_exists() -> None:
    assert {entry.icon for entry in _entries.values()} <= set(icon_names())


def test_the_demo_clinic_says_on_every_page_that_everything_is_invented(
    sign_in: SignIn, client: Client, clinic: Clinic
) -> None:
    for address in ("/", "/accounts/login/"):
        assert "Everything here is invented" in client.get(address).content.decode()
    lead = sign_in("clinic_lead")
    for address in ("/account/", "/people/", "/no-such-page/"):
        assert "Everything here is invented" in lead.get(address).content.decode()


def test_pages_of_a_signed_in_person_are_never_stored(sign_in: SignIn) -> None:
    assert "no-store" in sign_in("nurse").get("/account/")["Cache-Control"]


def test_the_worker_keeps_only_registered_pages_and_its_files_exist(client: Client, db: None) -> None:
    answer = client.get("/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    first_line = answer.content.decode().split("\n")[0]
    settings = json.loads(first_line.removeprefix("self.SETTINGS = ").removesuffix(";"))
    assert settings["static"] == "/static/"
    assert all(page.startswith("^/") and page.endswith("$") for page in settings["pages"])
    assert not any(
        re.search(page, "/people/0192f0c1-0000-7000-8000-000000000000/details/") for page in settings["pages"]
    )
    assert all(asset.startswith("/static/") for asset in settings["assets"])


def test_an_offline_page_must_be_a_whole_path() -> None:
    with pytest.raises(ValueError, match="whole path"):
        offline.register_offline_page("/treatment/")


def test_sign_in_by_form_lands_on_the_own_home_and_sign_out_asks_for_a_post(
    client: Client, user_of: Callable[..., object]
) -> None:
    cache.clear()
    user = user_of("nurse")
    user.set_password("fern-hill-demo-2026")  # type: ignore[attr-defined]
    user.save()  # type: ignore[attr-defined]
    answer = client.post("/accounts/login/", {"login": user.username, "password": "fern-hill-demo-2026"})  # type: ignore[attr-defined]
    assert answer.status_code == 302
    assert answer["Location"] == "/"
    assert client.get("/")["Location"] != "/"
    assert client.get("/accounts/logout/").status_code == 200  # asks; a link elsewhere cannot sign anybody out
    assert client.get("/account/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/account/").status_code == 302


def test_guessing_a_password_is_slowed_down(client: Client, user_of: Callable[..., object]) -> None:
    cache.clear()
    user_of("nurse")
    answers = [
        client.post("/accounts/login/", {"login": "nurse@fern-hill", "password": f"guess {number}"})
        for number in range(7)
    ]
    assert "too many" in answers[-1].content.decode().lower()
    cache.clear()


def test_nobody_signs_up(client: Client, db: None) -> None:
    assert client.get("/accounts/signup/").status_code == 404
