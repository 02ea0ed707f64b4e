"""The bridge between the ASGI server and Django: views see whole requests or none."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest

from ketachart.config import bridge
from ketachart.config.bridge import DjangoBridge
from tests.record.asgi import Answer, Browser

Parts = list[bytes]


class Application:
    """A WSGI application that answers with what it was given."""

    def __init__(self, status: str = "200 OK", headers: list[tuple[str, str]] | None = None) -> None:
        self.status = status
        self.headers = headers or [("Content-Type", "application/json")]
        self.calls: list[dict[str, Any]] = []
        self.closed = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        body = environ["wsgi.input"].read()
        seen = {name: value for name, value in environ.items() if isinstance(value, str)}
        self.calls.append({**seen, "body": body.decode("latin-1"), "length": len(body)})
        start_response(self.status, self.headers)
        return Response(self, json.dumps(self.calls[-1]).encode())


class Response:
    def __init__(self, application: Application, body: bytes) -> None:
        self.application, self.body = application, body

    def __iter__(self) -> Any:
        yield self.body[:10]
        yield self.body[10:]

    def close(self) -> None:
        self.application.closed += 1


def ask(application: Any, method: str, address: str, parts: Parts | None = None, **options: Any) -> Answer:
    joined = DjangoBridge(application)
    try:
        return asyncio.run(Browser(joined).request(method, address, parts or [b""], **options))
    finally:
        joined.close()


def test_a_body_in_parts_arrives_whole():
    application = Application()
    answer = ask(application, "POST", "/form", [b"name=", b"Ada&", b"dose=35"])
    assert answer.status == 200
    assert answer.json()["body"] == "name=Ada&dose=35"
    assert application.calls[0]["CONTENT_LENGTH"] == "16"
    assert application.closed == 1


def test_a_broken_upload_never_reaches_a_view():
    application = Application()
    answer = ask(application, "POST", "/form", [b"name=Ada&dose=3"], leaves=True)
    assert (answer.status, application.calls) == (0, [])


def test_a_body_over_the_limit_is_refused_and_never_reaches_a_view(monkeypatch):
    monkeypatch.setattr(bridge, "LARGEST_BODY", 100)
    application = Application()
    assert ask(application, "POST", "/form", [b"x" * 60, b"x" * 40]).status == 200
    answer = ask(application, "POST", "/form", [b"x" * 60, b"x" * 41])
    assert (answer.status, answer.body) == (413, b"The request is too large.")
    assert len(application.calls) == 1


def test_three_megabytes_arrive_as_they_were_sent():
    body = bytes(range(256)) * 12_000
    answer = ask(Application(), "POST", "/form", [body[:1_000_000], body[1_000_000:]])
    assert answer.json()["length"] == len(body)
    assert answer.json()["body"].encode("latin-1") == body


def test_repeated_headers_are_joined_and_cookies_with_semicolons():
    headers = [(b"accept", b"text/html"), (b"accept", b"image/png"), (b"cookie", b"a=1"), (b"cookie", b"b=2")]
    seen = ask(Application(), "GET", "/", headers=headers).json()
    assert (seen["HTTP_ACCEPT"], seen["HTTP_COOKIE"]) == ("text/html,image/png", "a=1; b=2")


def test_every_cookie_that_is_set_is_sent():
    set_cookies = [("Set-Cookie", "a=1; HttpOnly"), ("Set-Cookie", "b=2; HttpOnly")]
    answer = ask(Application(headers=set_cookies), "GET", "/")
    assert [value for name, value in answer.headers if name == b"set-cookie"] == [b"a=1; HttpOnly", b"b=2; HttpOnly"]


@pytest.mark.parametrize(
    ("address", "path"),
    [("/pati%C3%ABnt/%E2%82%AC", "/patiënt/€".encode()), ("/a%2Fb", b"/a/b"), ("/%FF", b"/\xff"), ("/a+b", b"/a+b")],
)
def test_a_path_keeps_its_bytes(address: str, path: bytes):
    assert ask(Application(), "GET", address).json()["PATH_INFO"].encode("latin-1") == path


def test_the_query_is_passed_as_it_came():
    assert ask(Application(), "GET", "/find?q=%C3%AB&q=2").json()["QUERY_STRING"] == "q=%C3%AB&q=2"


def test_a_header_with_an_underscore_cannot_pass_for_another():
    seen = ask(Application(), "GET", "/", headers=[(b"x_forwarded_proto", b"https")]).json()
    assert "HTTP_X_FORWARDED_PROTO" not in seen


@pytest.mark.parametrize(
    ("status", "has_length"), [("204 No Content", False), ("304 Not Modified", False), ("404 Not Found", True)]
)
def test_an_answer_without_body_has_no_length(status: str, has_length: bool):
    answer = ask(Application(status, [("ETag", "1")]), "GET", "/")
    assert (b"content-length" in dict(answer.headers)) == has_length


def test_two_pages_are_made_at_the_same_time():
    both = threading.Barrier(2, timeout=5)

    def application(environ: Any, start_response: Any) -> list[bytes]:
        both.wait()
        start_response("200 OK", [])
        return [b"done"]

    async def story() -> list[bytes]:
        joined = DjangoBridge(application)
        answers = await asyncio.gather(*(Browser(joined).get("/") for _ in range(2)))
        joined.close()
        return [answer.body for answer in answers]

    assert asyncio.run(story()) == [b"done", b"done"]
