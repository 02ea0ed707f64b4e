"""A frame: one event as stored, streamed and hashed. The same text serves all three, so no view can disagree."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

import msgspec

FIRST_HASH = "0" * 64
"""What a chain of checkpoints begins with."""


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One event. ``position`` counts within the clinic, ``number`` within the stream, both without gaps."""

    id: UUID
    clinic: UUID
    position: int
    stream: UUID
    number: int
    kind: str
    effective_at: str
    recorded_at: str
    author: UUID | None
    author_name: str
    device: str | None
    source: str
    content: msgspec.Raw


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Frame)


def encode_frame(frame: Frame) -> str:
    return _ENCODER.encode(frame).decode()


def decode_frame(text: str | bytes) -> Frame:
    return _DECODER.decode(text)


def frame_as_dict(text: str | bytes) -> dict[str, Any]:
    """A frame as plain values."""
    frame: dict[str, Any] = msgspec.json.decode(text)
    return frame


def chain_hash(previous_hash: str, frame_text: str) -> str:
    """SHA-256 over the predecessor's hash and this frame: altering either is seen."""
    return hashlib.sha256(f"{previous_hash}\n{frame_text}".encode()).hexdigest()


def first_hash(stream: UUID, clinic: UUID, kind: str, patient: UUID | None) -> str:
    """What a stream's chain begins with: giving a stream to another patient is seen, too."""
    return hashlib.sha256(f"{clinic}\n{stream}\n{kind}\n{patient}".encode()).hexdigest()
