"""Telemetry as values: how many samples are stored in little room, and how many are drawn in few points. Pure.

A sample keeps the device's own time and the server's time of receipt. Where it lies on the record's axis follows from
both: see ``rules.clock_offset_ms``.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Sequence
from statistics import median

import msgspec


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One value. Times are whole milliseconds since 1970. ``flag``: why it must not count. ``person``: as the device says."""

    device_ms: int
    received_ms: int
    measure: str
    value: float
    flag: str = ""
    person: str = ""


class _Column(msgspec.Struct, array_like=True):
    """The samples of one measure; numbers as differences, which are small and repeat."""

    measure: str
    places: list[int]
    device: list[int]
    received: list[int]
    decimals: int | None
    whole: list[int]
    floats: list[float]
    words: list[str]
    flags: list[int]
    persons: list[int]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[_Column])

MOST_DECIMALS = 4


def pack_samples(samples: Sequence[Sample]) -> bytes:
    """Every sample in its place; ``unpack_samples`` gives exactly the same list back."""
    columns: dict[str, list[tuple[int, Sample]]] = {}
    for place, sample in enumerate(samples):
        columns.setdefault(sample.measure, []).append((place, sample))
    return zlib.compress(_ENCODER.encode([_column(measure, placed) for measure, placed in columns.items()]), 6)


def unpack_samples(packed: bytes) -> list[Sample]:
    found: list[tuple[int, Sample]] = []
    for column in _DECODER.decode(zlib.decompress(packed)):
        values = _values(column)
        rows = zip(
            _sums(column.places),
            _sums(column.device),
            _sums(column.received),
            values,
            column.flags,
            column.persons,
            strict=True,
        )
        for place, device, received, value, flag, person in rows:
            found.append(
                (place, Sample(device, received, column.measure, value, column.words[flag], column.words[person]))
            )
    found.sort(key=lambda pair: pair[0])
    return [sample for _, sample in found]


def _column(measure: str, placed: list[tuple[int, Sample]]) -> _Column:
    samples = [sample for _, sample in placed]
    words = list(dict.fromkeys(["", *(word for sample in samples for word in (sample.flag, sample.person))]))
    index = {word: number for number, word in enumerate(words)}
    decimals = _decimals([sample.value for sample in samples])
    return _Column(
        measure=measure,
        places=_differences([place for place, _ in placed]),
        device=_differences([sample.device_ms for sample in samples]),
        received=_differences([sample.received_ms for sample in samples]),
        decimals=decimals,
        whole=[] if decimals is None else _differences([round(s.value * 10**decimals) for s in samples]),
        floats=[sample.value for sample in samples] if decimals is None else [],
        words=words,
        flags=[index[sample.flag] for sample in samples],
        persons=[index[sample.person] for sample in samples],
    )


def _values(column: _Column) -> list[float]:
    if column.decimals is None:
        return column.floats
    return [whole / 10**column.decimals for whole in _sums(column.whole)]


def _decimals(values: list[float]) -> int | None:
    """With how many decimals all values are exact; None when they are kept as they are."""
    if any(not math.isfinite(value) or abs(value) >= 1e9 or _is_minus_zero(value) for value in values):
        return None
    for decimals in range(MOST_DECIMALS + 1):
        if all(round(value * 10**decimals) / 10**decimals == value for value in values):
            return decimals
    return None


def _is_minus_zero(value: float) -> bool:
    return value == 0.0 and math.copysign(1.0, value) < 0


def _differences(numbers: list[int]) -> list[int]:
    return [number - before for number, before in zip(numbers, [0, *numbers[:-1]], strict=True)]


def _sums(differences: list[int]) -> list[int]:
    total, found = 0, []
    for difference in differences:
        total += difference
        found.append(total)
    return found


def pack_raw(messages: Sequence[bytes]) -> bytes:
    """The messages as they came, byte for byte."""
    return zlib.compress(_ENCODER.encode(list(messages)), 9)


def unpack_raw(packed: bytes) -> list[bytes]:
    return msgspec.msgpack.decode(zlib.decompress(packed), type=list[bytes])


class Bins(msgspec.Struct, frozen=True):
    """One measure between two times in equal steps: least, median and greatest of each step, None where nothing came."""

    least: list[float | None]
    middle: list[float | None]
    greatest: list[float | None]


def bins(points: Iterable[tuple[int, float]], from_ms: int, to_ms: int, count: int) -> Bins:
    """Points as (time, value). A step without a point stays empty: no line is drawn across it."""
    if count < 1 or to_ms <= from_ms:
        raise ValueError("a span of time and at least one step are needed")
    held: list[list[float]] = [[] for _ in range(count)]
    span = to_ms - from_ms
    for at_ms, value in points:
        if from_ms <= at_ms < to_ms:
            held[(at_ms - from_ms) * count // span].append(value)
    return Bins(
        least=[min(values) if values else None for values in held],
        middle=[median(values) if values else None for values in held],
        greatest=[max(values) if values else None for values in held],
    )
