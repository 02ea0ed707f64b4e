"""What happened to a text: it was handed to someone, or its reader says it was read."""

from __future__ import annotations

from typing import Literal

from ketachart.record.kinds import Content, kind

GivenTo = Literal["patient", "support person"]
How = Literal["printed", "on a screen", "read together"]


@kind("education.text_handed_out")
class TextHandedOut(Content, frozen=True, kw_only=True):
    """Which text in which version, bound to its exact words; to whom, and how. By whom is the event's author."""

    text_id: str
    text_kind: str
    text_version: str
    text_sha256: str
    title: str
    given_to: GivenTo
    given_to_name: str
    how: How
    note: str | None = None


@kind("education.text_read")
class TextRead(Content, frozen=True, kw_only=True):
    """The patient's own word, on their phone. It says that they were through it, not that it was understood."""

    text_id: str
    text_version: str
    text_sha256: str
    title: str
