"""What every answer says to a browser, whichever lane gives it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from ketachart.config.asgi import Ketachart
from ketachart.config.secret import secret_from


def headers_of(path: str, status: int | None = None) -> dict[str, str]:
    async def asked() -> dict[str, str]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        bodies = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Any:
            return bodies.pop() if bodies else await asyncio.Event().wait()

        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(b"host", b"127.0.0.1")],
            "scheme": "http",
            "http_version": "1.1",
        }
        await Ketachart()(scope, receive, send)
        assert status is None or sent[0]["status"] == status
        return {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}

    return asyncio.run(asked())


@pytest.mark.parametrize(
    "path",
    [
        "/health",
        "/live/sessions/0192f0c1-0000-7000-8000-000000000000/events",
        "/static/web/js/app.js",
        "/static/none.js",
    ],
)
def test_answers_that_are_no_pages_are_never_sniffed_or_framed(path: str) -> None:
    headers = headers_of(path)
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.django_db(transaction=True)
def test_a_page_has_one_content_policy_and_it_allows_no_inline_code() -> None:
    headers = headers_of("/accounts/login/")
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_the_signing_key_is_for_its_owner_alone_also_after_a_careless_copy(tmp_path: Path) -> None:
    made = secret_from({}, tmp_path)
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    os.chmod(tmp_path / "secret", 0o644)  # noqa: PTH101
    assert secret_from({}, tmp_path) == made
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_not_there_is_an_answer_and_no_failure() -> None:
    assert headers_of("/static/none.js", 404)["content-type"].startswith("text/plain")
    assert headers_of("/static/../secret", 404)
