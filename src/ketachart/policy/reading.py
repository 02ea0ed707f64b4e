"""What the pages of the knowledge show: chosen passages, the clinic's own values beside them, and the day they hold for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ketachart.knowledge.library import SHELVES, Passage, Shelf, find, on_shelf, passages
from ketachart.knowledge.library.words import AUTHORITY_WORDS, GRADE_WORDS, name_of
from ketachart.knowledge.site_settings import SiteSetting, site_settings
from ketachart.policy.rules import Entry, SiteValue, SiteValues, periods

EXPIRES_SOON = timedelta(days=90)


@dataclass(frozen=True)
class ShelfShown:
    shelf: Shelf
    count: int


@dataclass(frozen=True)
class SettingShown:
    """A setting with what holds that day; `value` None: nothing is set."""

    setting: SiteSetting
    value: SiteValue | None
    coming: Entry | None = None
    """What replaces it later, as far as it is written already."""

    @property
    def coming_text(self) -> str:
        if self.coming is None:
            return ""
        return "withdrawn" if self.coming.value is None else value_words(self.setting, self.coming.value)

    @property
    def text(self) -> str:
        return value_words(self.setting, self.value.value) if self.value else ""


def value_words(setting: SiteSetting, value: object) -> str:
    """The value as a person reads it: with its unit, as yes or no, by the title of the choice."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:g} {setting.unit}"
    return next((one.title for one in setting.choices if one.id == value), str(value))


def shelves(on: date) -> list[ShelfShown]:
    shown = [ShelfShown(shelf, len(on_shelf(shelf.id, on))) for shelf in SHELVES]
    return [one for one in shown if one.count]


def shelf_titled(shelf_id: str) -> Shelf | None:
    return next((shelf for shelf in SHELVES if shelf.id == shelf_id), None)


def expiring(on: date) -> list[Passage]:
    """What ends within three months of that day: rules expire, and somebody has to look."""
    ends = [one for one in passages() if one.effective_to is not None and one.in_force(on)]
    return sorted(
        (one for one in ends if one.effective_to is not None and one.effective_to - on <= EXPIRES_SOON),
        key=lambda one: one.effective_to or on,
    )


def choices(attribute: str) -> list[tuple[str, str]]:
    """Every route, indication or product that a passage names, with its title."""
    named = {one for passage in passages() for one in getattr(passage, attribute)}
    return sorted(((one, name_of(one)) for one in named), key=lambda pair: pair[1].casefold())


def next_entries(entries: Iterable[Entry], on: date) -> dict[str, Entry]:
    """For each setting the first entry that begins after that day."""
    by_setting: dict[str, list[Entry]] = {}
    for one in entries:
        by_setting.setdefault(one.setting, []).append(one)
    coming = {name: [one for one in periods(written) if one.since > on] for name, written in by_setting.items()}
    return {name: after[0].entry for name, after in coming.items() if after}


def settings_shown(
    values: SiteValues, words: str = "", coming: Mapping[str, Entry] | None = None
) -> list[SettingShown]:
    wanted = words.casefold().split()
    return [
        SettingShown(setting, values.get(setting.id), (coming or {}).get(setting.id))
        for setting in site_settings().values()
        if all(word in _setting_words(setting) for word in wanted)
    ]


def settings_of(passage: Passage, values: SiteValues) -> list[SettingShown]:
    """The settings that act on this rule."""
    stem = passage.file.removesuffix(".toml")
    mine = {passage.id, f"{stem}/{passage.id}"}
    return [one for one in settings_shown(values) if mine.intersection(one.setting.used_by)]


def passages_of(setting: SiteSetting, on: date) -> list[tuple[str, Passage | None]]:
    """What reads this setting: a rule that can be opened, or the words for a part."""
    found: list[tuple[str, Passage | None]] = []
    for name in setting.used_by:
        file, _, rule_id = name.rpartition("/")
        rules = [one for one in passages() if one.id == rule_id and one.rule_class and one.in_force(on)]
        rule = next((one for one in rules if not file or one.file == f"{file}.toml"), None)
        found.append((name, rule))
    return found


def found_passages(words: str, *, shelf: str, route: str, indication: str, product: str, on: date) -> list[Passage]:
    return find(words, shelf=shelf, route=route, indication=indication, product=product, on=on)


def source_words() -> dict[str, dict[str, str]]:
    return {"authority": AUTHORITY_WORDS, "grade": GRADE_WORDS}


def _setting_words(setting: SiteSetting) -> str:
    named: tuple[Any, ...] = (setting.id, setting.title, setting.explanation, *setting.used_by, *setting.routes)
    return " ".join([*named, *(one.value for one in setting.consider)]).casefold()
