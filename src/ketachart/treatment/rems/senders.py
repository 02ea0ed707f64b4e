"""How a form leaves the house. A site may bring its own way: an entry point in the group `ketachart.rems_senders`.

A sender is given the form as plain values and as a PDF, and returns the reference under which it can be found again, or
raises Refused. It is called before anything is written: a form that could not be sent is not marked as sent.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from django.conf import settings

from ketachart.record.errors import Refused


class Sender(Protocol):
    title: str
    asks_reference: bool
    """Whether the person types a reference (a fax confirmation, a portal's number) rather than the sender making it."""

    def send(self, form_id: str, values: Mapping[str, str], pdf: bytes, reference: str) -> str: ...


class ByHand:
    """A person faxed it or typed it into the REMS portal, and says so."""

    title = "Sent by hand (fax or portal)"
    asks_reference = True

    def send(self, form_id: str, values: Mapping[str, str], pdf: bytes, reference: str) -> str:
        if not reference.strip():
            raise Refused(
                "How can this be found again?", field="reference", fix="The fax confirmation, or the portal's number."
            )
        return reference.strip()


class OutgoingFolder:
    """Laid into a folder of this machine that another program empties (a fax gateway)."""

    title = "Into the outgoing folder"
    asks_reference = False

    def send(self, form_id: str, values: Mapping[str, str], pdf: bytes, reference: str) -> str:
        folder = Path(settings.DATA) / "outgoing" / "rems"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_whole(folder / f"{form_id}.pdf", pdf)
        _write_whole(folder / f"{form_id}.json", json.dumps(dict(values), ensure_ascii=False, indent=2).encode())
        return f"outgoing/rems/{form_id}"


def senders() -> dict[str, Sender]:
    """By name: those of the house, and those installed beside it."""
    own: dict[str, Sender] = {"by_hand": ByHand(), "outgoing_folder": OutgoingFolder()}
    installed = {point.name: point.load()() for point in entry_points(group="ketachart.rems_senders")}
    return own | installed


def _write_whole(path: Path, body: bytes) -> None:
    """All of it or nothing, for its owner alone, on the disk before it counts as sent."""
    draft = path.with_suffix(f"{path.suffix}.part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
