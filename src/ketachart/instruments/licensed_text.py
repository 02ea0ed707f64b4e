"""The wording that a site holds a licence for, put onto a scale that is shipped as a key without words."""

import tomllib

import msgspec

from ketachart.instruments.model import Instrument, Item, Option, OptionSet

ALL_ITEMS = "all"


class LicensedText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One scale's wording in one language.

    `items`: the question by item id. `options`: the words of the answers, by item id and value ("all": for every item
    that has none of its own). `licence_holder` and `licence`: who holds the right to use it, and which.
    """

    instrument: str
    language: str
    licence_holder: str
    licence: str
    items: dict[str, str]
    options: dict[str, dict[str, str]] = {}
    stem: str = ""


def read_text(raw: str) -> LicensedText:
    """From a TOML file.

    Raises
    ------
    ValueError
        If it is not TOML, or not of this shape; the message says where.
    """
    try:
        return msgspec.convert(tomllib.loads(raw), LicensedText)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as fault:
        raise ValueError(str(fault)) from fault


def faults(instrument: Instrument, text: LicensedText) -> list[str]:
    """Why this text cannot be used with this scale; empty when it can."""
    found = []
    if instrument.verdict != "SCORING":
        found.append(f"{instrument.title} takes no text of yours: its wording is {_why[instrument.verdict]}")
    if text.instrument != instrument.id:
        found.append(f"the text is for {text.instrument}")
    for name, value in (
        ("licence_holder", text.licence_holder),
        ("licence", text.licence),
        ("language", text.language),
    ):
        if not value.strip():
            found.append(f"{name} is missing")
    ids = [item.id for item in instrument.item]
    found += [f"item {one} has no words" for one in ids if not text.items.get(one, "").strip()]
    found += [f"{instrument.title} has no item {one}" for one in text.items if one not in ids]
    for item_id, words in text.options.items():
        if item_id not in {*ids, ALL_ITEMS}:
            found.append(f"{instrument.title} has no item {item_id}")
            continue
        item = instrument.item_with(item_id) or instrument.item[0]
        values = {str(option.value) for option in instrument.options_of(item)}
        found += [
            f"item {item_id} has no answer {value}" for value in words if item_id != ALL_ITEMS and value not in values
        ]
    return found


def with_text(instrument: Instrument, text: LicensedText) -> Instrument:
    """The scale with this wording. Points, range, bands and triggers stay those of the key."""
    items, sets = [], []
    for item in instrument.item:
        options = _options(instrument, item, text)
        sets.append(options)
        items.append(msgspec.structs.replace(item, text=text.items[item.id], options=options.id, stem=bool(text.stem)))
    notice = f"{text.licence} Licence held by {text.licence_holder}."
    return msgspec.structs.replace(
        instrument, item=tuple(items), option_set=tuple(sets), stem=text.stem, language=text.language, notice=notice
    )


def template(instrument: Instrument) -> str:
    """A TOML file to fill in, with a line for every item."""
    lines = [
        f'instrument = "{instrument.id}"',
        f'language = "{instrument.language}"',
        'licence_holder = ""',
        'licence = ""',
        'stem = ""',
        "",
        "[items]",
        *(f'{item.id} = ""' for item in instrument.item),
        "",
        "# The words of the answers, for every item; or [options.1] for one item.",
        f"[options.{ALL_ITEMS}]",
        *(f'{option.value} = ""' for option in instrument.options_of(instrument.item[0])[:12]),
    ]
    return "\n".join(lines) + "\n"


def _options(instrument: Instrument, item: Item, text: LicensedText) -> OptionSet:
    key = instrument.option_set_of(item)
    words = text.options.get(item.id) or text.options.get(ALL_ITEMS, {})
    if not any(words.values()):
        return msgspec.structs.replace(key, id=f"item-{item.id}")
    options = [
        Option(value=one.value, text=words.get(str(one.value)) or one.text, points=one.points, missing=one.missing)
        for one in key.choices
    ]
    return OptionSet(id=f"item-{item.id}", options=tuple(options))


_why = {"FULL": "shipped", "FULL-NC": "in the non-commercial pack", "NO": "not allowed in software"}
