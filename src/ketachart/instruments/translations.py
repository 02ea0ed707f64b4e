"""Scales in other languages: wording that somebody published, with its source. Never translated here, never by a machine."""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from ketachart.instruments.loader import instruments
from ketachart.instruments.model import Instrument, OptionSet

ORIGINAL = "en"


class Translation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words of one scale in one language: questions and answers. `options`: the words of the answers, by option set and value."""

    instrument: str
    language: str
    stem: str
    sources: tuple[str, ...]
    items: dict[str, str]
    options: dict[str, dict[str, str]]


@cache
def translations() -> dict[tuple[str, str], Translation]:
    """Every published translation by scale and language, checked when first used.

    Raises
    ------
    ValueError
        If a file does not fit its scale; the message names the file.
    """
    found: dict[tuple[str, str], Translation] = {}
    folder = files("ketachart.instruments") / "data" / "translations"
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if not entry.name.endswith(".toml"):
            continue
        try:
            one = msgspec.convert(tomllib.loads(entry.read_text(encoding="utf-8")), Translation)
        except (msgspec.ValidationError, tomllib.TOMLDecodeError) as fault:
            raise ValueError(f"{entry.name}: {fault}") from fault
        faults = problems(one)
        if faults:
            raise ValueError(f"{entry.name}: {'; '.join(faults)}")
        found[one.instrument, one.language] = one
    return found


def problems(one: Translation) -> list[str]:
    """Why this translation cannot be used; empty when it can."""
    scale = instruments().get(one.instrument)
    if scale is None:
        return [f"there is no scale {one.instrument}"]
    faults = []
    if scale.verdict != "FULL":
        faults.append(f"the wording of {scale.title} is not ours to ship")
    if not one.sources:
        faults.append("no source")
    if set(one.items) != {item.id for item in scale.item} or not all(one.items.values()):
        faults.append("not the items of the scale")
    for options in scale.option_set:
        words = one.options.get(options.id, {})
        if options.options and (set(words) != {str(option.value) for option in options.options}):
            faults.append(f"not the answers of {options.id}")
    return faults


def languages_of(instrument_id: str) -> tuple[str, ...]:
    """In which languages this scale can be shown."""
    return (ORIGINAL, *(language for scale, language in translations() if scale == instrument_id))


def in_language(instrument: Instrument, language: str | None) -> Instrument:
    """The scale in this language, or in its own where nobody has published it in this one. Points, range, bands and
    triggers are those of the scale."""
    words = translations().get((instrument.id, language)) if language else None
    if words is None:
        return instrument
    items = tuple(msgspec.structs.replace(item, text=words.items[item.id]) for item in instrument.item)
    return msgspec.structs.replace(
        instrument,
        language=words.language,
        stem=words.stem,
        item=items,
        option_set=tuple(_options(one, words) for one in instrument.option_set),
    )


def _options(options: OptionSet, words: Translation) -> OptionSet:
    own = words.options.get(options.id)
    if own is None:
        return options
    return msgspec.structs.replace(
        options,
        options=tuple(msgspec.structs.replace(one, text=own[str(one.value)]) for one in options.options),
    )
