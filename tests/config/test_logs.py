from __future__ import annotations

import logging
import sys

import pytest

from ketachart.config.logs import WithoutContents


def written(error: BaseException, cause: BaseException | None = None) -> str:
    try:
        raise error from cause
    except BaseException:
        record = logging.LogRecord("ketachart", logging.ERROR, __file__, 1, "it failed", (), sys.exc_info())
    return WithoutContents("{message}", style="{").format(record)


def test_a_log_says_where_and_what_kind_but_not_what_was_in_it():
    text = written(ValueError("Ada Lovelace, 35 mg"), KeyError("ada@example.org"))
    assert text.startswith("it failed\n")
    assert "test_logs.py" in text
    assert text.endswith("ValueError from KeyError")
    assert "Ada" not in text
    assert "ada@" not in text


@pytest.mark.django_db
def test_the_log_of_a_failed_page_holds_nothing_of_the_request(client, monkeypatch, capfd):
    from django.conf import settings
    from django.utils.log import configure_logging

    def broken(request: object) -> None:
        raise ValueError(f"Ada Lovelace {request}")

    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
    monkeypatch.setattr("django.core.handlers.base.BaseHandler._get_response", lambda self, request: broken(request))
    client.raise_request_exception = False
    assert client.get("/?q=Lovelace").status_code == 500
    seen = capfd.readouterr().err
    assert "ValueError" in seen
    assert "Lovelace" not in seen
