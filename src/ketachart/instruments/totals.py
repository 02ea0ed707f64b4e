"""From answers to a total. Each way of scoring is one small named function; a scale names its own in its file.

A total exists only when everything that it stands on is answered. Nothing is prorated.
"""

from collections.abc import Callable

import msgspec

from ketachart.instruments.answers import Answers, points, points_by_place
from ketachart.instruments.model import Domain, Instrument, Subscale


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """`value` in the units of the scale; `raw` the sum before any conversion; `missing` the items that stand in the way."""

    value: float | None
    raw: int | None
    answered: int
    needed: int
    missing: tuple[str, ...]


class SubscaleScore(msgspec.Struct, frozen=True, kw_only=True):
    """`at_cut`: whether it reaches its screening cut; None without a score or without a cut."""

    id: str
    title: str
    value: float | None
    minimum: float
    maximum: float
    cut: int | None
    at_cut: bool | None


def total_of(instrument: Instrument, answers: Answers) -> Total:
    """The total of this form, or what is missing for it.

    Parameters
    ----------
    instrument
        The scale; its `scoring` names the function.
    answers
        By item id, checked before.

    Returns
    -------
    Total
        `value` None while anything is missing, and always for scales that have no total (triage).
    """
    return _TOTALS.get(instrument.scoring, no_total)(instrument, answers)


def plain_sum(instrument: Instrument, answers: Answers) -> Total:
    """Sum of all places times `factor`, then through the conversion table if there is one."""
    places = points_by_place(instrument, answers)
    raw = _sum_if_whole(list(places.values()))
    value: float | None = None
    if raw is not None:
        value = instrument.conversion.of(raw) if instrument.conversion else raw * instrument.factor
    return _total(value, raw, places)


def mean(instrument: Instrument, answers: Answers) -> Total:
    """Mean of all places, kept to `decimals`."""
    places = points_by_place(instrument, answers)
    raw = _sum_if_whole(list(places.values()))
    return _total(None if raw is None else round(raw / len(places), instrument.decimals), raw, places)


def domain_maxima(instrument: Instrument, answers: Answers) -> Total:
    """Sum over the domains of the highest item of each (QIDS: sleep, appetite and weight, psychomotor).

    Of a pair (appetite less or more) the person answers one; the other then counts nothing.
    """
    by_item = {item.id: points(instrument, item, answers) for item in instrument.scored_items}
    heights = [highest(domain, by_item) for domain in instrument.domain]
    raw = _sum_if_whole(heights)
    missing = tuple(item_id for domain in instrument.domain for item_id in _missing_in(domain, by_item))
    needed = sum(len(domain.items) - len(domain.pairs) for domain in instrument.domain)
    return Total(value=raw, raw=raw, answered=needed - len(missing), needed=needed, missing=missing)


def highest(domain: Domain, by_item: dict[str, int | None]) -> int | None:
    if _missing_in(domain, by_item):
        return None
    return max(value for item_id in domain.items if (value := by_item.get(item_id)) is not None)


def eq5d_index(instrument: Instrument, answers: Answers, country: str = "USA") -> Total:
    """1 plus the (negative) value of the level of each of the five dimensions, in the value set of one country."""
    places = points_by_place(instrument, answers)
    values = instrument.value_sets[country]
    levels = {place: level for place, level in places.items() if place in values}
    value: float | None = 1.0
    for place, level in levels.items():
        value = None if value is None or level is None else value + values[place][level - 1]
    return _total(None if value is None else round(value, 3), None, levels)


def no_total(instrument: Instrument, answers: Answers) -> Total:
    """Triage and item-wise forms: only what is missing."""
    places = points_by_place(instrument, answers)
    return _total(None, None, places)


def subscale_scores(instrument: Instrument, answers: Answers) -> tuple[SubscaleScore, ...]:
    return tuple(_subscale(instrument, one, answers) for one in instrument.subscale)


def _subscale(instrument: Instrument, subscale: Subscale, answers: Answers) -> SubscaleScore:
    items = [item for item in instrument.item if item.id in subscale.items]
    counted = [points(instrument, item, answers) for item in items]
    given = [one for one in counted if one is not None]
    enough = len(given) >= (subscale.at_least_answered or len(items))
    ends = [[option.counted for option in instrument.options_of(item) if not option.missing] for item in items]
    low, high = float(sum(min(one) for one in ends)), float(sum(max(one) for one in ends))
    value: float | None = sum(given) if enough else None
    if subscale.scoring == "mean":
        low, high = low / len(items), high / len(items)
        value = None if value is None else round(value / len(given), 2)
    elif subscale.scoring == "percent":
        value = None if value is None else round(100 * value / high, 1)
        low, high = 0.0, 100.0
    return SubscaleScore(
        id=subscale.id,
        title=subscale.title,
        value=value,
        minimum=low,
        maximum=high,
        cut=subscale.cut,
        at_cut=None if value is None or subscale.cut is None else value >= subscale.cut,
    )


def _missing_in(domain: Domain, by_item: dict[str, int | None]) -> list[str]:
    in_pairs = {item_id for pair in domain.pairs for item_id in pair}
    alone = [item_id for item_id in domain.items if item_id not in in_pairs and by_item.get(item_id) is None]
    return alone + [pair[0] for pair in domain.pairs if all(by_item.get(item_id) is None for item_id in pair)]


def _sum_if_whole(values: list[int | None]) -> int | None:
    given = [value for value in values if value is not None]
    return sum(given) if len(given) == len(values) else None


def _total(value: float | None, raw: int | None, places: dict[str, int | None]) -> Total:
    missing = tuple(place for place, counted in places.items() if counted is None)
    return Total(value=value, raw=raw, answered=len(places) - len(missing), needed=len(places), missing=missing)


_TOTALS: dict[str, Callable[[Instrument, Answers], Total]] = {
    "sum": plain_sum,
    "mean": mean,
    "domain_maxima": domain_maxima,
    "eq5d_index": eq5d_index,
}
