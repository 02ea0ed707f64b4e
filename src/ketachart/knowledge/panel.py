"""What to look at before a course, and what is due again while it lasts: from what is known, item by item. Pure.

Nothing is ever "not needed" because somebody did not ask: a reason that is not known leaves the item open.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal

import msgspec

from ketachart.knowledge import loader
from ketachart.knowledge.findings import Source
from ketachart.knowledge.screening import Facts, Relevant, Site

State = Literal["done", "due", "cannot tell", "not needed", "no interval"]


class PanelItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    phase: Literal["before", "again"]
    title: str
    says: str
    source: Source
    effective_from: date
    effective_to: date | None = None
    superseded_by: str | None = None
    answered_by: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    not_needed_when: tuple[Relevant, ...] = ()
    not_done_when: tuple[str, ...] = ()
    every_setting: str | None = None
    routes: tuple[str, ...] = ()
    indications: tuple[str, ...] = ()

    def applies(self, *, route: str, indication: str, on: date) -> bool:
        in_force = self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)
        fits = (not self.routes or route in self.routes) and (not self.indications or indication in self.indications)
        return in_force and fits


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """`done_at` is the oldest datum behind it; `why` says what asks for it, or what nobody has said."""

    item: PanelItem
    state: State
    why: str = ""
    result: str = ""
    done_at: datetime | None = None
    due_on: date | None = None


@cache
def panel() -> tuple[PanelItem, ...]:
    content = loader.read("panel.toml")
    shared = {"effective_from": content["effective_from"]}
    return tuple(
        loader.typed({**shared, **entry}, PanelItem, f"panel.toml {entry.get('id')}") for entry in content["item"]
    )


def checks(
    items: Iterable[PanelItem], facts: Facts, *, site: Site, at: datetime, route: str, indication: str
) -> tuple[Check, ...]:
    return tuple(
        _check(item, facts, site, at)
        for item in items
        if item.applies(route=route, indication=indication, on=at.date())
    )


def _check(item: PanelItem, facts: Facts, site: Site, at: datetime) -> Check:
    for one in item.not_needed_when:
        if one.fact in facts and facts[one.fact].value in one.is_one_of:
            return Check(item=item, state="not needed", why=str(facts[one.fact].value))
    found = [facts[name] for name in item.answered_by if name in facts]
    values = {str(one.value) for one in found}
    whole = len(found) == len(item.answered_by) and values.isdisjoint(item.not_done_when)
    if whole and item.phase == "before" and values == {"not needed"}:
        return _not_needed(item, facts)
    if whole and values != {"not needed"}:
        return _looked_at(item, min((one.at for one in found if one.at is not None), default=None), values, site, at)
    if item.phase == "again":
        return _never(item, site)
    return _wanted(item, facts)


def _not_needed(item: PanelItem, facts: Facts) -> Check:
    """A clinician said so; a reason that stands all the same is told."""
    asking = [name for name in item.reasons if name in facts and facts[name].value is True]
    if asking:
        return Check(item=item, state="due", why=f"said to be not needed, but: {_labels(asking)}")
    return Check(item=item, state="not needed", why="a clinician said so")


def _wanted(item: PanelItem, facts: Facts) -> Check:
    if not item.reasons:
        return Check(item=item, state="due", why="never looked at")
    if asking := [name for name in item.reasons if name in facts and facts[name].value is True]:
        return Check(item=item, state="due", why=_labels(asking))
    if unknown := [name for name in item.reasons if name not in facts]:
        return Check(item=item, state="cannot tell", why=f"not asked: {_labels(unknown)}")
    return Check(item=item, state="not needed", why=f"denied: {_labels(item.reasons)}")


def _looked_at(item: PanelItem, done_at: datetime | None, values: set[str], site: Site, at: datetime) -> Check:
    result = next(iter(values)) if len(values) == 1 and values <= {"acceptable", "not acceptable"} else ""
    days = _days(item, site)
    if days is None or done_at is None:
        state: State = "no interval" if item.every_setting and item.phase == "again" else "done"
        return Check(item=item, state=state, result=result, done_at=done_at)
    due_on = (done_at + timedelta(days=days)).date()
    overdue = due_on <= at.date()
    return Check(
        item=item, state="due" if overdue else "done", result=result, done_at=done_at, due_on=due_on,
        why=f"every {days:g} days" if overdue else "",
    )  # fmt: skip


def _never(item: PanelItem, site: Site) -> Check:
    days = _days(item, site)
    if days is None:
        return Check(item=item, state="no interval", why="never looked at")
    return Check(item=item, state="due", why="never looked at")


def _days(item: PanelItem, site: Site) -> float | None:
    own = site.get(item.every_setting) if item.every_setting else None
    return float(own) if isinstance(own, int | float) and not isinstance(own, bool) else None


def _labels(names: Iterable[str]) -> str:
    items = loader.data_items()
    return "; ".join(items[name].label if name in items else name for name in names)
