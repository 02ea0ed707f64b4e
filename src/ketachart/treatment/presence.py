"""Who of the staff was in the room, from when to when, and where nobody was. What nobody tapped is not presence."""

from datetime import datetime

import msgspec

from ketachart.treatment.alarm_kinds import PresenceCharted
from ketachart.treatment.state import SessionState


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    person: str
    since: datetime
    until: datetime | None


class Alone(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which nobody was logged in the room although somebody had to be."""

    since: datetime
    until: datetime | None


def stays(state: SessionState, at: datetime) -> tuple[Stay, ...]:
    """Every stay that had begun by then, oldest first. A person who taps Here twice is there once."""
    here: dict[str, tuple[str, datetime]] = {}
    found: list[Stay] = []
    for entry in state.of(PresenceCharted):
        if entry.effective_at > at:
            break
        content = entry.content
        assert isinstance(content, PresenceCharted)
        who = content.person_id or content.person
        if content.in_room:
            here.setdefault(who, (content.person, entry.effective_at))
        elif who in here:
            person, since = here.pop(who)
            found.append(Stay(person=person, since=since, until=entry.effective_at))
    found += [Stay(person=person, since=since, until=None) for person, since in here.values()]
    return tuple(sorted(found, key=lambda stay: (stay.since, stay.person)))


def present_at(state: SessionState, at: datetime) -> tuple[str, ...]:
    return tuple(stay.person for stay in stays(state, at) if stay.until is None)


def alone(state: SessionState, phases: tuple[str, ...], at: datetime) -> tuple[Alone, ...]:
    """Where nobody was logged, within the phases that ask for somebody, up to `at`."""
    found: list[Alone] = []
    for start, end in _windows(state, phases, at):
        free_from: datetime | None = start
        for since, until in _covered(state, at):
            if until is not None and until <= start:
                continue
            if end is not None and since >= end:
                break
            if free_from is not None and since > free_from:
                found.append(Alone(since=free_from, until=since))
            free_from = until
            if until is None:
                break
        if free_from is not None and (end is None or free_from < end):
            found.append(Alone(since=free_from, until=end))
    return tuple(found)


def _covered(state: SessionState, at: datetime) -> list[tuple[datetime, datetime | None]]:
    """Stays joined where they touch or overlap: a hand-over leaves no gap."""
    joined: list[tuple[datetime, datetime | None]] = []
    for stay in stays(state, at):
        if joined and (joined[-1][1] is None or stay.since <= joined[-1][1]):
            since, until = joined[-1]
            later = None if until is None or stay.until is None else max(until, stay.until)
            joined[-1] = (since, later)
        else:
            joined.append((stay.since, stay.until))
    return joined


def _windows(state: SessionState, phases: tuple[str, ...], at: datetime) -> list[tuple[datetime, datetime | None]]:
    found: list[tuple[datetime, datetime | None]] = []
    start: datetime | None = None
    for change in state.phase_changes:
        if change.at > at:
            break
        if change.phase in phases:
            start = start or change.at
        elif start is not None:
            found.append((start, change.at))
            start = None
    if start is not None:
        found.append((start, None))
    return found
