"""The kinds of events: each a typed structure with its name. Content that does not fit is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from ketachart.record.errors import Refused, refused_from

if TYPE_CHECKING:
    from ketachart.record.models import Event


class Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one event says. Subclasses may refuse implausible values in ``__post_init__`` by raising Refused."""


ContentType = TypeVar("ContentType", bound=type[Content])

_CONTENT_BY_KIND: dict[str, type[Content]] = {}
_KIND_BY_CONTENT: dict[type[Content], str] = {}
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {}
_ENCODER = msgspec.json.Encoder()


def kind(name: str) -> Callable[[ContentType], ContentType]:
    """Register a Content structure as the event kind ``part.what_happened``."""

    def register(content_type: ContentType) -> ContentType:
        known = _CONTENT_BY_KIND.get(name)
        if known is not None and known.__qualname__ != content_type.__qualname__:
            raise ValueError(f"event kind {name} is taken by {known.__qualname__}")
        _CONTENT_BY_KIND[name] = content_type
        _KIND_BY_CONTENT[content_type] = name
        _DECODERS[name] = msgspec.json.Decoder(content_type)
        return content_type

    return register


def kind_of(content: Content) -> str:
    try:
        return _KIND_BY_CONTENT[type(content)]
    except KeyError:
        raise TypeError(f"{type(content).__qualname__} is not registered with @kind") from None


def known_kinds() -> dict[str, type[Content]]:
    return dict(_CONTENT_BY_KIND)


def decode(kind_name: str, body: bytes | str | msgspec.Raw) -> Content:
    """Read the content of an event of this kind; raises Refused that names the field."""
    decoder = _DECODERS.get(kind_name)
    if decoder is None:
        raise Refused(f"The kind of event “{kind_name}” is not known.", field="kind", status=400)
    try:
        content: Content = decoder.decode(body)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        raise refused_from(error) from None
    return content


def encode(content: Content) -> bytes:
    return _ENCODER.encode(content)


def content_of(event: Event) -> Content:
    """The typed content of a stored event."""
    return decode(event.kind, frame_content(event.frame))


class _OnlyContent(msgspec.Struct):
    content: msgspec.Raw


_FRAME_CONTENT = msgspec.json.Decoder(_OnlyContent)


def frame_content(frame: str | bytes) -> msgspec.Raw:
    return _FRAME_CONTENT.decode(frame).content
