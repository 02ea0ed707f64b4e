"""Every instrument of this release, typed and checked when first used."""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from ketachart.instruments.model import Instrument


@cache
def instruments() -> dict[str, Instrument]:
    folder = files("ketachart.instruments") / "data"
    loaded = {}
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if not entry.name.endswith(".toml"):
            continue
        try:
            instrument = msgspec.convert(tomllib.loads(entry.read_text(encoding="utf-8")), Instrument)
        except msgspec.ValidationError as fault:
            raise ValueError(f"{entry.name}: {fault}") from fault
        faults = problems(instrument)
        if faults:
            raise ValueError(f"{entry.name}: {'; '.join(faults)}")
        loaded[instrument.id] = instrument
    return loaded


def instrument(instrument_id: str) -> Instrument | None:
    return instruments().get(instrument_id)


def problems(one: Instrument) -> list[str]:
    """What would make the scale score wrongly."""
    found = []
    sets = {options.id for options in one.option_set}
    found += [f"item {item.id} has unknown options {item.options}" for item in one.item if item.options not in sets]
    if len({item.id for item in one.item}) != len(one.item):
        found.append("an item id is there twice")
    if not found:
        highest = sum(max(option.value for option in one.options_of(item)) for item in one.scored_items)
        lowest = sum(min(option.value for option in one.options_of(item)) for item in one.scored_items)
        if (lowest, highest) != (one.minimum, one.maximum):
            found.append(f"range {one.minimum}-{one.maximum}, but the items give {lowest}-{highest}")
    covered = [value for band in one.band for value in range(band.minimum, band.maximum + 1)]
    if one.band and covered != list(range(one.minimum, one.maximum + 1)):
        found.append("the bands leave a gap or overlap")
    found += [f"safety {trigger.id} has no item" for trigger in one.safety if one.item_with(trigger.item) is None]
    if not one.notice or not one.sources:
        found.append("no licence notice or no source")
    return found
