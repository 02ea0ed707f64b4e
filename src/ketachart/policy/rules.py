"""Which value was in force on a day, as far as it was known, and what may be entered."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import zip_longest

from ketachart.knowledge.site_settings import SettingValue, SiteSetting, site_settings
from ketachart.record.errors import Refused


@dataclass(frozen=True)
class Entry:
    """What somebody wrote: a value from a day on, or (value None) that from that day on there is none."""

    setting: str
    value: SettingValue | None
    unit: str | None
    reason: str
    valid_from: date
    set_at: datetime
    set_by_name: str
    backdated: bool = False


@dataclass(frozen=True)
class SiteValue:
    value: SettingValue
    unit: str | None
    set_by_name: str
    reason: str
    valid_from: date
    set_at: datetime


@dataclass(frozen=True)
class Period:
    """The days on which an entry holds; `until` is the last one, None when no end is known."""

    entry: Entry
    since: date
    until: date | None


def known_by(entries: Iterable[Entry], known_at: datetime | None) -> list[Entry]:
    """What had been written by that moment, in the order in which it counts: the later day wins, then the later word."""
    written = (one for one in entries if known_at is None or one.set_at <= known_at)
    return sorted(written, key=lambda one: (one.valid_from, one.set_at))


def entry_in_force(entries: Iterable[Entry], on: date, known_at: datetime | None = None) -> Entry | None:
    """The entry that holds that day: the one that begins last, of several for one day the one written last."""
    begun = [one for one in known_by(entries, known_at) if one.valid_from <= on]
    return begun[-1] if begun else None


def periods(entries: Iterable[Entry], known_at: datetime | None = None) -> list[Period]:
    """From when to when each entry holds. One that another replaces on its very first day holds on none."""
    standing = {one.valid_from: one for one in known_by(entries, known_at)}
    days = sorted(standing)
    return [
        Period(standing[day], day, following - timedelta(days=1) if following else None)
        for day, following in zip_longest(days, days[1:])
    ]


class SiteValues(Mapping[str, SiteValue]):
    """What the clinic has set, by setting. What it has not set is not in it, and nothing stands in for it."""

    def __init__(self, values: Mapping[str, SiteValue], declared: Iterable[str]) -> None:
        self._values = dict(values)
        self._declared = frozenset(declared)

    def __getitem__(self, setting: str) -> SiteValue:
        self._must_be_declared(setting)
        return self._values[setting]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def value(self, setting: str) -> SettingValue | None:
        """The plain value, or None: missing."""
        self._must_be_declared(setting)
        found = self._values.get(setting)
        return found.value if found else None

    def number(self, setting: str) -> float | None:
        value = self.value(setting)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def text(self, setting: str) -> str | None:
        value = self.value(setting)
        return value if isinstance(value, str) else None

    def yes(self, setting: str) -> bool | None:
        value = self.value(setting)
        return value if isinstance(value, bool) else None

    def _must_be_declared(self, setting: str) -> None:
        if setting not in self._declared:
            raise LookupError(f"no setting {setting!r} in knowledge/data/site_settings.toml")


def values_in_force(
    entries: Iterable[Entry], declared: Iterable[str], on: date, known_at: datetime | None = None
) -> SiteValues:
    by_setting: dict[str, list[Entry]] = {}
    for one in entries:
        by_setting.setdefault(one.setting, []).append(one)
    found: dict[str, SiteValue] = {}
    for setting, written in by_setting.items():
        entry = entry_in_force(written, on, known_at)
        if entry is not None and entry.value is not None:
            found[setting] = SiteValue(
                value=entry.value,
                unit=entry.unit,
                set_by_name=entry.set_by_name,
                reason=entry.reason,
                valid_from=entry.valid_from,
                set_at=entry.set_at,
            )
    return SiteValues(found, declared)


def checked_value(setting: SiteSetting, value: object) -> SettingValue:
    """The value as the setting keeps it. Refuses what cannot be meant; whether it is right is the clinic's to say."""
    if setting.kind == "number":
        return _checked_number(setting, value)
    if setting.kind == "yes-no":
        if not isinstance(value, bool):
            raise Refused("Neither yes nor no was chosen.", field="value", fix="Choose yes or no.")
        return value
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        raise Refused("The value is missing.", field="value", fix="Enter it, or withdraw the setting.")
    if setting.kind == "choice" and text not in {one.id for one in setting.choices}:
        titles = ", ".join(one.title for one in setting.choices)
        raise Refused(f"“{text}” is not one of the choices.", field="value", fix=f"Choose one of: {titles}.")
    if len(text) > setting.longest:
        raise Refused(f"Longer than {setting.longest} characters.", field="value", fix="Say it shorter.")
    return text


def _checked_number(setting: SiteSetting, value: object) -> float:
    assert setting.minimum is not None
    assert setting.maximum is not None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise Refused("This is not a number.", field="value", fix=f"Enter a number in {setting.unit}.")
    if not setting.minimum <= value <= setting.maximum:
        raise Refused(
            f"{value:g} {setting.unit} looks like a slip.",
            field="value",
            fix=f"A value from {setting.minimum:g} to {setting.maximum:g} {setting.unit}.",
        )
    return float(value)


def agrees_with_others(setting: SiteSetting, value: SettingValue, values: SiteValues) -> None:
    """Two values that belong together must not contradict each other on the day from which the new one holds."""
    if not isinstance(value, int | float):
        return
    for other in site_settings().values():
        standing = values.number(other.id)
        if standing is None:
            continue
        if setting.not_above == other.id and value > standing:
            raise Refused(
                f"More than “{other.title}”: {standing:g} {other.unit}.",
                field="value",
                fix=f"At most {standing:g} {other.unit}, or change the other first.",
            )
        if other.not_above == setting.id and value < standing:
            raise Refused(
                f"Less than “{other.title}”: {standing:g} {other.unit}.",
                field="value",
                fix=f"At least {standing:g} {other.unit}, or change the other first.",
            )


SHORTEST_REASON, LONGEST_REASON = 10, 1000


def checked_reason(reason: str) -> str:
    text = reason.strip()
    if len(text) < SHORTEST_REASON:
        raise Refused("The reason is missing.", field="reason", fix="Name the policy, the meeting or the source.")
    if len(text) > LONGEST_REASON:
        raise Refused(f"Longer than {LONGEST_REASON} characters.", field="reason", fix="Say it shorter.")
    return text


def starts_in_the_past(valid_from: date, today: date, *, said_so: bool) -> bool:
    """True for a day that is past, and somebody has said that this is meant."""
    if valid_from >= today:
        return False
    if not said_so:
        raise Refused(
            f"{valid_from:%-d %B %Y} is past.",
            field="valid_from",
            fix="Choose today or a later day, or say below that a past day is meant.",
        )
    return True


@dataclass(frozen=True)
class ValueChange:
    """A setting that says something else on the later day; None: nothing was set."""

    setting: str
    before: SettingValue | None
    after: SettingValue | None
    entry: Entry


def value_changes(entries: Iterable[Entry], declared: Iterable[str], earlier: date, later: date) -> list[ValueChange]:
    written = list(entries)
    found = []
    for setting in declared:
        mine = [one for one in written if one.setting == setting]
        old, new = entry_in_force(mine, earlier), entry_in_force(mine, later)
        before, after = (one.value if one else None for one in (old, new))
        if new is not None and before != after:
            found.append(ValueChange(setting, before, after, new))
    return found
