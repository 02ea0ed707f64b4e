"""One charted event as the session sees it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from ketachart.record.frames import Frame
from ketachart.record.kinds import Content, known_kinds
from ketachart.treatment.kinds import Moment


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`number` is its place in the session's chain. `corrects` is set on what a correction put in place of an event."""

    id: str
    kind: str
    content: Content
    effective_at: Moment
    recorded_at: Moment | None = None
    number: int = 0
    author: str | None = None
    author_name: str | None = None
    device: str | None = None
    source: str = "person"
    corrects: str | None = None

    @property
    def order(self) -> tuple[datetime, str]:
        """Effective time, then the id, which every device makes in time order: the same everywhere."""
        return (self.effective_at, self.id)


_CONTENT_TYPES: dict[str, type[Content]] = {}


def content_from(kind_name: str, content: Mapping[str, Any] | Content) -> Content:
    """The typed content; raises msgspec.ValidationError when it does not fit its kind."""
    if isinstance(content, Content):
        return content
    if kind_name not in _CONTENT_TYPES:
        _CONTENT_TYPES.update(known_kinds())
    return msgspec.convert(content, _CONTENT_TYPES[kind_name])


def entry_from_frame(frame: Mapping[str, Any]) -> Entry:
    return Entry(
        id=str(frame["id"]),
        kind=frame["kind"],
        content=content_from(frame["kind"], frame["content"]),
        effective_at=_moment(frame["effective_at"]),
        recorded_at=_moment(frame["recorded_at"]) if frame.get("recorded_at") else None,
        number=frame.get("number") or 0,
        author=frame.get("author"),
        author_name=frame.get("author_name"),
        device=frame.get("device"),
        source=frame.get("source") or "person",
    )


def _moment(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def entry_from_stored(frame: Frame, content: Content) -> Entry:
    """From what the record has stored, its content already read."""
    return Entry(
        id=str(frame.id),
        kind=frame.kind,
        content=content,
        effective_at=_moment(frame.effective_at),
        recorded_at=_moment(frame.recorded_at),
        number=frame.number,
        author=str(frame.author) if frame.author else None,
        author_name=frame.author_name,
        device=frame.device,
        source=frame.source,
    )


class EventMeta(Protocol):
    """What the record tells a guard of an event besides its content."""

    @property
    def id(self) -> UUID: ...
    @property
    def effective_at(self) -> datetime: ...
    @property
    def author_id(self) -> UUID | None: ...
