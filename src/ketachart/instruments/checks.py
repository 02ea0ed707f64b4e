"""What would make a scale score wrongly, or ship what may not be shipped."""

from ketachart.instruments.model import Instrument, Item


def problems(one: Instrument) -> list[str]:
    """Everything that is wrong with this scale, in words; empty when it is sound."""
    found = _items(one)
    if not found:  # the sums below need sound items
        found = [*_range(one), *_bands(one), *_parts(one), *_safety(one)]
    return [*found, *_rights(one)]


def _items(one: Instrument) -> list[str]:
    sets = {options.id for options in one.option_set}
    found = [f"item {item.id} has unknown options {item.options}" for item in one.item if item.options not in sets]
    ids = [item.id for item in one.item]
    if len(set(ids)) != len(ids):
        found.append("an item id is there twice")
    for options in one.option_set:
        if bool(options.options) == (options.range is not None):
            found.append(f"options {options.id} are either a list or a range")
        values = [option.value for option in options.options]
        if len(set(values)) != len(values):
            found.append(f"options {options.id} have a value twice")
    for item in one.item:
        found += [
            f"item {item.id} hangs on unknown item {other}"
            for condition in item.asked_when
            for other in condition.items
            if other not in ids
        ]
    return found


def _range(one: Instrument) -> list[str]:
    if not one.has_total:
        return []
    places: dict[str, tuple[int, int]] = {}
    for item in one.scored_items:
        low, high = _ends(one, item)
        before = places.get(item.place, (low, high))
        places[item.place] = (min(before[0], low), max(before[1], high))
    lowest: float = sum(low for low, _ in places.values())
    highest: float = sum(high for _, high in places.values())
    if one.scoring == "mean":
        lowest, highest = lowest / len(places), highest / len(places)
    if one.scoring == "domain_maxima":
        in_domains = [item_id for domain in one.domain for item_id in domain.items]
        if sorted(in_domains) != sorted(places):
            return ["the domains do not hold every scored item exactly once"]
        lowest = sum(max(places[item_id][0] for item_id in domain.items) for domain in one.domain)
        highest = sum(max(places[item_id][1] for item_id in domain.items) for domain in one.domain)
    if one.scoring == "eq5d_index":
        worst = [sum(levels[-1] for levels in values.values()) for values in one.value_sets.values()]
        lowest, highest = round(1 + min(worst), 3), 1
    if one.conversion is not None:
        if (one.conversion.start, len(one.conversion.values)) != (lowest, highest - lowest + 1):
            return [f"the conversion table does not cover the raw sums {lowest}-{highest}"]
        lowest, highest = one.conversion.values[0], one.conversion.values[-1]
    lowest, highest = lowest * one.factor, highest * one.factor
    if (lowest, highest) != (one.minimum, one.maximum):
        return [f"range {one.minimum}-{one.maximum}, but the items give {lowest}-{highest}"]
    return []


def _bands(one: Instrument) -> list[str]:
    if not one.band:
        return []
    covered = [value for band in one.band for value in range(int(band.minimum), int(band.maximum) + 1)]
    whole = covered == list(range(int(one.minimum), int(one.maximum) + 1))
    return [] if whole else ["the bands leave a gap or overlap"]


def _parts(one: Instrument) -> list[str]:
    ids = {item.id for item in one.item}
    subscales = {subscale.id for subscale in one.subscale}
    found = [
        f"subscale {subscale.id} has unknown item {item_id}"
        for subscale in one.subscale
        for item_id in subscale.items
        if item_id not in ids
    ]
    known = {"total", *ids, *subscales}
    for reading in one.reading:
        named = [reading.of, *(criterion.of for criterion in reading.criteria)]
        found += [f"reading {reading.id} speaks of unknown {name}" for name in named if name not in known]
        if reading.kind == "symptom_clusters" and reading.symptom_at_least is None:
            found.append(f"reading {reading.id} does not say what counts as a symptom")
    return found


def _safety(one: Instrument) -> list[str]:
    found = []
    for trigger in one.safety:
        if trigger.item not in {"total", "level"} and one.item_with(trigger.item) is None:
            found.append(f"safety {trigger.id} has no item")
        if trigger.item == "level" and not trigger.levels:
            found.append(f"safety {trigger.id} names no level")
        if trigger.item != "level" and trigger.at_least is None and trigger.at_most is None:
            found.append(f"safety {trigger.id} has no threshold")
    if one.worsening is not None and (one.change is None or one.change.worse_by is None):
        found.append("worsening without worse_by")
    return found


def _rights(one: Instrument) -> list[str]:
    found = []
    if not one.notice or not one.sources:
        found.append("no licence notice or no source")
    if not one.recall_window:
        found.append("no recall window")
    if one.verdict in {"FULL", "FULL-NC"} and not one.has_wording:
        found.append("its wording may be shipped, and is not all there")
    if one.verdict in {"SCORING", "NO"} and (
        one.stem
        or any(item.text or item.help for item in one.item)
        or any(options.options for options in one.option_set)
    ):
        found.append("its wording may not be shipped")
    return found


def _ends(one: Instrument, item: Item) -> tuple[int, int]:
    counted = [option.counted for option in one.options_of(item) if not option.missing]
    if item.points_when_not_asked is not None:
        counted.append(item.points_when_not_asked)
    return min(counted), max(counted)
