"""Answers: which are possible, which questions are asked, and what each answer counts."""

from collections.abc import Mapping

from ketachart.instruments.model import Asked, Instrument, Item

Answers = Mapping[str, int | None]
"""Answers by item id. None: it was asked and not answered. No entry: it was not reached. Neither is ever a zero."""


class WrongAnswer(ValueError):
    """An answer that this instrument does not have."""

    def __init__(self, item_id: str, problem: str, fix: str) -> None:
        super().__init__(f"item {item_id}: {problem}. {fix}")
        self.item_id = item_id
        self.problem = problem
        self.fix = fix


def check_answers(instrument: Instrument, answers: Answers) -> None:
    """Only items that exist, only whole numbers, only values that the item offers.

    Raises
    ------
    WrongAnswer
        For the first answer that this scale does not have; a total sent along with the answers is one of them.
    """
    for item_id, value in answers.items():
        item = instrument.item_with(item_id)
        if item is None:
            raise WrongAnswer(item_id, f"{instrument.title} has no such item", "Use the item numbers of the scale.")
        if value is None:
            continue
        allowed = [option.value for option in instrument.options_of(item)]
        if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
            raise WrongAnswer(item_id, f"{value!r} is not one of its answers", f"Choose {_choices(allowed)}.")


def points(instrument: Instrument, item: Item, answers: Answers) -> int | None:
    """What this item counts, or None if it is unanswered or was marked as not assessed."""
    value = answers.get(item.id)
    if value is not None:
        chosen = next(one for one in instrument.options_of(item) if one.value == value)
        return None if chosen.missing else chosen.counted
    if item.points_when_not_asked is not None and not is_asked(instrument, item, answers):
        return item.points_when_not_asked
    return None


def points_by_place(instrument: Instrument, answers: Answers) -> dict[str, int | None]:
    """What each scored place counts. Of two ways to rate one place, the one that is asked; two answers count as none."""
    found: dict[str, int | None] = {}
    for place in dict.fromkeys(item.place for item in instrument.scored_items):
        ways = [item for item in instrument.scored_items if item.place == place]
        if len(ways) > 1:
            asked = [item for item in ways if is_asked(instrument, item, answers)]
            ways = asked or ways
        counted = [value for item in ways if (value := points(instrument, item, answers)) is not None]
        found[place] = counted[0] if len(counted) == 1 else None
    return found


def items_to_ask(instrument: Instrument, answers: Answers) -> tuple[Item, ...]:
    """The items of this form as far as it is answered: an item that hangs on another comes only when due."""
    return tuple(item for item in instrument.item if is_asked(instrument, item, answers))


def is_asked(instrument: Instrument, item: Item, answers: Answers) -> bool:
    """Whether this item is asked, given the answers so far."""
    if item.asked_when_score_above is not None:
        answered = [points(instrument, one, answers) for one in instrument.scored_items]
        return sum(value for value in answered if value is not None) > item.asked_when_score_above
    return all(_holds(instrument, condition, answers) for condition in item.asked_when)


def _holds(instrument: Instrument, condition: Asked, answers: Answers) -> bool:
    items = [item for item in instrument.item if item.id in condition.items]
    answered = [value for item in items if (value := _own_points(instrument, item, answers)) is not None]
    so_far = sum(answered)
    if condition.at_least is not None and so_far >= condition.at_least:
        return True
    if condition.at_most is not None and so_far > condition.at_most:
        return False
    if len(answered) < len(items):
        return condition.unknown == "ask"
    return condition.at_most is not None


def _own_points(instrument: Instrument, item: Item, answers: Answers) -> int | None:
    value = answers.get(item.id)
    chosen = next((one for one in instrument.options_of(item) if one.value == value), None)
    return None if chosen is None or chosen.missing else chosen.counted


def _choices(allowed: list[int]) -> str:
    if len(allowed) > 12:
        return f"a whole number from {min(allowed)} to {max(allowed)}"
    return f"one of {', '.join(str(one) for one in allowed)}"
