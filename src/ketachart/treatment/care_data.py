"""Scores of the room and rescue as data: knowledge/data/room_scales.toml and rescue.toml, typed."""

from functools import cache
from typing import Any

import msgspec

from ketachart.instruments.loader import instrument
from ketachart.knowledge.findings import Source
from ketachart.knowledge.loader import read, typed


class Step(msgspec.Struct, frozen=True):
    value: int
    text: str = ""


class RoomScale(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`steps` are what can be tapped; `items` the numbers of the items of a scale of several, each with those steps."""

    id: str
    title: str
    instrument: str | None = None
    low: int | None = None
    high: int | None = None
    ends: tuple[str, ...] = ()
    items: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        if self.instrument is not None:
            known = instrument(self.instrument)
            if known is None:
                raise ValueError(f"room_scales.toml {self.id}: there is no instrument {self.instrument}")
            return tuple(Step(int(choice.value), choice.text) for choice in known.option_set[0].choices)
        if self.low is None or self.high is None:
            raise ValueError(f"room_scales.toml {self.id}: low and high, or an instrument")
        return tuple(Step(value) for value in range(self.low, self.high + 1))

    @property
    def values(self) -> frozenset[int]:
        return frozenset(step.value for step in self.steps)


class ReadOfIt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: str
    source: Source


class RescueProblem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    title: str
    first: tuple[str, ...]
    source: Source
    read: tuple[ReadOfIt, ...] = ()


@cache
def room_scales() -> dict[str, RoomScale]:
    scales = typed(read("room_scales.toml")["scale"], tuple[RoomScale, ...], "room_scales.toml")  # type: ignore[arg-type]
    return {one.id: one for one in scales}


@cache
def rescue_problems() -> dict[str, RescueProblem]:
    problems = typed(read("rescue.toml")["problem"], tuple[RescueProblem, ...], "rescue.toml")  # type: ignore[arg-type]
    return {one.id: one for one in problems}


def scales_as_json() -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "title": one.title,
            "steps": [{"value": step.value, "text": step.text} for step in one.steps],
            "ends": list(one.ends),
            "items": list(one.items),
        }
        for one in room_scales().values()
    ]


def rescue_as_json() -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "title": one.title,
            "first": list(one.first),
            "read": [{"text": each.text, "source": str(each.source)} for each in one.read],
        }
        for one in rescue_problems().values()
    ]
