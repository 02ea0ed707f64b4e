"""The shape of `record.kinds` while the record is being written."""

from collections.abc import Callable
from typing import TypeVar

import msgspec


class Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an event says."""


KINDS: dict[str, type[Content]] = {}
T = TypeVar("T", bound=type[Content])


def kind(name: str) -> Callable[[T], T]:
    def register(content_type: T) -> T:
        KINDS[name] = content_type
        content_type.kind = name  # type: ignore[attr-defined]
        return content_type

    return register
