"""What stands behind the question mark of a live address."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qs

from ketachart.record.errors import Refused

Query = dict[str, list[str]]

_LONGEST_NUMBER = 15  # digits; a longer one would not fit the database


def query_of(scope: MutableMapping[str, Any]) -> Query:
    return parse_qs(scope.get("query_string", b"").decode("latin-1"))


def whole_number(query: Query, name: str) -> int | None:
    """The number of this name; None when it was not given."""
    text = query.get(name, [""])[0]
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise Refused(
            f"“{text[:40]}” is not a whole number.", field=name, fix="Use 0 or the last one you have.", status=400
        )
    return int(text)
