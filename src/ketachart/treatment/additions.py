"""What parts above add to the room page: a script, a style sheet and addresses of the session. Registered in AppConfig.ready().

The script finds its addresses on the body (`data-addition-<name>`) and the open room at `document.querySelector("[data-session]").room`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse


@dataclass(frozen=True)
class RoomAddition:
    script: str
    style: str
    links: Mapping[str, str]


_additions: list[RoomAddition] = []


def register_room_addition(*, script: str, style: str, links: Mapping[str, str]) -> None:
    """`links`: name to URL name; each takes `session_id`."""
    from ketachart.treatment.apps import ROOM_PAGE, room_assets
    from ketachart.web.offline import register_offline_page

    addition = RoomAddition(script, style, dict(links))
    if addition not in _additions:
        _additions.append(addition)
    register_offline_page(ROOM_PAGE, assets=[*room_assets(), *addition_assets()])


def room_additions() -> list[RoomAddition]:
    return list(_additions)


def addition_links(session_id: UUID) -> list[tuple[str, str]]:
    return [(name, reverse(url, args=[session_id])) for one in _additions for name, url in one.links.items()]


def addition_assets() -> list[str]:
    return [name for one in _additions for name in (one.script, one.style)]
