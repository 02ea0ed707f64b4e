"""How a lower part hears of what happens above it: reactions to events, in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from ketachart.record.append import Appended
from ketachart.record.frames import Frame, decode_frame
from ketachart.record.kinds import decode

Reaction = Callable[[Frame, Any], None]

_reactions: dict[str, list[Reaction]] = defaultdict(list)


def on_event(kind_name: str, reaction: Reaction) -> None:
    """Call ``reaction(frame, content)`` when an event of this kind is appended, before its transaction commits."""
    if reaction not in _reactions[kind_name]:
        _reactions[kind_name].append(reaction)


def react(appended: Sequence[Appended]) -> None:
    """Let the reactions to new events follow. Whatever one of them raises undoes the whole unit of work."""
    for result in appended:
        if result.status != "created" or result.kind not in _reactions or result.frame is None:
            continue
        frame = decode_frame(result.frame)
        content = decode(frame.kind, frame.content)
        for reaction in _reactions[frame.kind]:
            reaction(frame, content)
