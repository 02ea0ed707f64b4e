"""How a reminder leaves the house. A site may bring its own way: an entry point in the group `ketachart.reminder_senders`.

A sender is given where to reach the person and a text that says nothing of what is asked, by which clinic or why, and
returns the reference under which it can be found again, or raises Refused. It may be called again after a crash with the
same `reminder_id`: the same reminder must then not reach the person twice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from django.conf import settings

TEXT = "There is something for you to answer. Please sign in to your own pages when it suits you."
"""No name, no scale, no clinic, no treatment: whoever holds the telephone may read it."""


class Sender(Protocol):
    title: str

    def send(self, reminder_id: str, reach: Mapping[str, str], text: str) -> str: ...


class OutgoingFolder:
    """Laid into a folder of this machine that another program empties (a message gateway)."""

    title = "Into the outgoing folder"

    def send(self, reminder_id: str, reach: Mapping[str, str], text: str) -> str:
        folder = Path(settings.DATA) / "outgoing" / "reminders"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        body = {"id": reminder_id, "reach": dict(reach), "text": text}
        path = folder / f"{reminder_id}.json"
        draft = path.with_suffix(".part")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(json.dumps(body, ensure_ascii=False, indent=2).encode())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        return f"outgoing/reminders/{reminder_id}"


def senders() -> dict[str, Sender]:
    """By name: the one of the house, and those installed beside it."""
    installed = {point.name: point.load()() for point in entry_points(group="ketachart.reminder_senders")}
    return {"outgoing_folder": OutgoingFolder(), **installed}
