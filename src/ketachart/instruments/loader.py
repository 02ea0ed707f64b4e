"""Every instrument of this release, typed and checked when first used."""

import tomllib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from ketachart.instruments.checks import problems
from ketachart.instruments.model import Instrument, Verdict

__all__ = ["instrument", "instruments", "problems"]

FOLDERS: dict[str, Verdict] = {"": "FULL", "non_commercial": "FULL-NC", "keys": "SCORING", "numbers": "NO"}
"""Where a scale's file lies says what may be shipped of it; the file says it again, and the two must agree."""


@cache
def instruments() -> dict[str, Instrument]:
    """Every scale by id, those without wording and those of the non-commercial pack included.

    Which of them a clinic may give to people is `ketachart.scales.library`'s to say.

    Raises
    ------
    ValueError
        If a file does not fit its shape, or would score wrongly; the message names the file.
    """
    data = files("ketachart.instruments") / "data"
    loaded: dict[str, Instrument] = {}
    for folder, verdict in FOLDERS.items():
        for entry in sorted((data / folder if folder else data).iterdir(), key=lambda one: one.name):
            if entry.name.endswith(".toml"):
                one = _read(entry, verdict)
                if one.id in loaded:
                    raise ValueError(f"{entry.name}: there are two scales {one.id}")
                loaded[one.id] = one
    return dict(sorted(loaded.items()))


def instrument(instrument_id: str) -> Instrument | None:
    """The scale of this id ("phq-9", "moaa-s", "cadss-6", ...), or None."""
    return instruments().get(instrument_id)


def _read(entry: Traversable, verdict: Verdict) -> Instrument:
    try:
        one = msgspec.convert(tomllib.loads(entry.read_text(encoding="utf-8")), Instrument)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as fault:
        raise ValueError(f"{entry.name}: {fault}") from fault
    faults = problems(one)
    if one.verdict != verdict:
        faults.append(f"says {one.verdict}, but lies where {verdict} belongs")
    if faults:
        raise ValueError(f"{entry.name}: {'; '.join(faults)}")
    return one
