"""What stands on top of every page of a person, beside name and age. Parts above add theirs (allergies, risk, weight):

register_banner_item(allergies_line, order=10)      # in AppConfig.ready()

def allergies_line(actor, patient_id) -> BannerItem | None: ...   # at most one SQL statement
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from ketachart.record.actor import Actor


@dataclass(frozen=True)
class BannerItem:
    label: str
    value: str
    kind: str = ""  # a badge kind: "", "met", "not-met", "missing", "note"
    icon: str = ""


BannerFunction = Callable[[Actor, UUID], BannerItem | None]
_items: dict[BannerFunction, int] = {}


def register_banner_item(function: BannerFunction, *, order: int = 50) -> None:
    _items[function] = order


def banner_items(actor: Actor, patient_id: UUID) -> list[BannerItem]:
    found = (function(actor, patient_id) for function, _ in sorted(_items.items(), key=lambda entry: entry[1]))
    return [item for item in found if item is not None]
