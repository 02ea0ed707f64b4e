"""What the difference between two totals means: response, remission, reliable change. Always against a baseline that
somebody pinned."""

import msgspec

from ketachart.instruments.model import Instrument


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What the difference to a baseline means. None wherever it cannot or may not be said.

    `percent` is improvement in per cent of the baseline; `points` improvement in points of the scale (both negative when
    it got worse). `worse`: a rise that a person must look at.
    """

    percent: float | None = None
    points: float | None = None
    response: bool | None = None
    remission: bool | None = None
    recovery: bool | None = None
    reliable_improvement: bool | None = None
    reliable_worsening: bool | None = None
    noticeable: bool | None = None
    worse: bool | None = None


def change(instrument: Instrument, *, baseline: float | None, now: float | None) -> Change:
    """Compare a total with its baseline by the definitions that stand with the scale.

    Parameters
    ----------
    instrument
        The scale whose `change` holds the sourced definitions.
    baseline, now
        Totals of two complete forms, in points. None: that form has no total.

    Returns
    -------
    Change
        A baseline of zero has no percentage, and so no response. What has no sourced definition stays None.
    """
    rule = instrument.change
    if baseline is None or now is None or rule is None:
        return Change()
    better = baseline - now if rule.better == "lower" else now - baseline
    percent = None if baseline == 0 else 100 * better / baseline
    return Change(
        percent=percent,
        points=better,
        response=None if percent is None or rule.response_percent is None else percent >= rule.response_percent,
        remission=None if rule.remission_below is None else now < rule.remission_below,
        recovery=None if rule.recovery_below is None else now < rule.recovery_below,
        reliable_improvement=_at_least(better, rule.reliable_change),
        reliable_worsening=_at_least(-better, rule.reliable_change),
        noticeable=_at_least(abs(better), rule.minimal_difference),
        worse=_at_least(-better, rule.worse_by),
    )


def _at_least(points: float, step: float | None) -> bool | None:
    return None if step is None else points >= step
