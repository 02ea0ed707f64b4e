"""Identifiers: UUIDv7, so that keys made on many devices still sort by time."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a fresh UUIDv7."""
    return uuid7()


def id_from(text: str) -> UUID | None:
    """Read a UUID; None when the text is not one."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
