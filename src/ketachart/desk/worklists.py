"""What waits for whom. Each list is one part's own query; a list without permission is not asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ketachart.record.actor import Actor


@dataclass(frozen=True)
class Item:
    title: str
    detail: str
    href: str
    end: str = ""
    badge: str = ""
    badge_kind: str = ""


@dataclass(frozen=True)
class WorkList:
    id: str
    title: str
    icon: str
    items: Sequence[Item]
    empty: str
    href: str = ""
    attention: bool = False


Ask = Callable[[Actor, datetime], WorkList | None]

# (permission, the question), in the order of the page
STAFF_LISTS: list[tuple[str, Ask]] = []
PATIENT_LISTS: list[Ask] = []


def for_actor(actor: Actor, now: datetime) -> list[WorkList]:
    found = (ask(actor, now) for permission, ask in STAFF_LISTS if actor.may(permission))
    return [work for work in found if work is not None]


def for_patient(actor: Actor, now: datetime) -> list[WorkList]:
    found = (ask(actor, now) for ask in PATIENT_LISTS)
    return [work for work in found if work is not None]
