"""Events of the clinic's own values, in the clinic's stream."""

from datetime import date

from ketachart.record.kinds import Content, kind


@kind("policy.value_set")
class ValueSet(Content, frozen=True, kw_only=True):
    """From that day on this is the clinic's value. `backdated`: somebody said that the day was past already."""

    setting: str
    value: float | str | bool
    unit: str | None = None
    reason: str
    valid_from: date
    backdated: bool = False


@kind("policy.value_withdrawn")
class ValueWithdrawn(Content, frozen=True, kw_only=True):
    """From that day on the clinic has no value of its own, as if none had been set."""

    setting: str
    reason: str
    valid_from: date
    backdated: bool = False
