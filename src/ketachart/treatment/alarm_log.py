"""What became of each alarm of a session, and what the server's watch has to chart now. Pure, any order of arrival."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

import msgspec

from ketachart.record.kinds import Content, kind_of
from ketachart.treatment import alarm_data as data
from ketachart.treatment.alarm_kinds import (
    AlarmAcknowledged,
    AlarmEnded,
    AlarmEscalated,
    AlarmRaised,
    AlarmSeen,
    Rung,
    WhyEnded,
)
from ketachart.treatment.alarm_rules import LIVE, Cause, Judged, conditions
from ketachart.treatment.due import due_items
from ketachart.treatment.state import SessionState

RUNGS: tuple[Rung, ...] = ("nurse", "charge nurse", "prescriber")


class AlarmRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm from its raising to its end. `tell` is everybody who has been told by now."""

    raised: AlarmRaised
    raised_at: datetime
    tell: tuple[Rung, ...]
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    ended_at: datetime | None = None
    why_ended: WhyEnded | None = None

    @property
    def alarm_id(self) -> str:
        return self.raised.alarm_id

    @property
    def stands(self) -> bool:
        return self.ended_at is None

    @property
    def unanswered(self) -> bool:
        return self.stands and self.acknowledged_at is None


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """An event that the watch is about to chart. Its id follows from what it says: charted twice, it is one."""

    id: UUID
    content: Content


def alarm_log(state: SessionState) -> dict[str, AlarmRecord]:
    """Every alarm that was raised, by its id, oldest first. What counts is the set of events, not their order."""
    found: dict[str, AlarmRecord] = {}
    for entry in state.of(AlarmRaised):
        content = entry.content
        assert isinstance(content, AlarmRaised)
        if content.alarm_id not in found:
            found[content.alarm_id] = AlarmRecord(raised=content, raised_at=entry.effective_at, tell=content.tell)
    for entry in state.of(AlarmEscalated):
        content = entry.content
        assert isinstance(content, AlarmEscalated)
        record = found.get(content.alarm_id)
        if record is not None and content.to not in record.tell:
            told = tuple(rung for rung in RUNGS if rung in {*record.tell, content.to})
            found[content.alarm_id] = msgspec.structs.replace(record, tell=told)
    for entry in state.of(AlarmAcknowledged):
        content = entry.content
        assert isinstance(content, AlarmAcknowledged)
        record = found.get(content.alarm_id)
        if record is not None and record.acknowledged_at is None:
            found[content.alarm_id] = msgspec.structs.replace(
                record, acknowledged_at=entry.effective_at, acknowledged_by=entry.author_name
            )
    for entry in state.of(AlarmEnded):
        content = entry.content
        assert isinstance(content, AlarmEnded)
        record = found.get(content.alarm_id)
        if record is not None and record.ended_at is None:
            found[content.alarm_id] = msgspec.structs.replace(
                record, ended_at=entry.effective_at, why_ended=content.why
            )
    return found


def standing_alarms(state: SessionState) -> tuple[AlarmRecord, ...]:
    """What stands, the most urgent first. None once the patient has left: what was open then is closed with the session."""
    if state.phase not in LIVE:
        return ()
    book = data.alarm_book()
    rank = {signal.id: signal.rank for signal in book.signals}
    standing = [record for record in alarm_log(state).values() if record.stands]
    return tuple(
        sorted(
            standing,
            key=lambda one: (one.acknowledged_at is not None, rank.get(one.raised.signal, 9), one.raised_at),  # type: ignore[call-overload]
        )
    )


def to_chart(
    state: SessionState, session_id: UUID, at: datetime, book: data.AlarmBook | None = None
) -> tuple[Planned, ...]:
    """What the watch charts now: alarms that begin, climb and end. The same state and time give the same events."""
    book = book or data.alarm_book()
    log = alarm_log(state)
    broken = {one.rule.id: one for one in conditions(state, at, book)}
    live = state.phase_at(at) in LIVE
    planned: list[Content] = []
    standing: dict[str, AlarmRecord] = {}
    for record in log.values():
        if not record.stands:
            continue
        key = record.raised.key
        if not live:
            planned.append(AlarmEnded(alarm_id=record.alarm_id, why="session ended"))
        elif key not in broken or (_is_call(broken[key]) and not _uncovered(broken[key], state, key)):
            planned.append(AlarmEnded(alarm_id=record.alarm_id, why="cleared"))
        else:
            standing[key] = record
    for key, one in broken.items():
        fresh = _uncovered(one, state, key)
        current = standing.get(key)
        if current is None:
            if fresh or not _is_call(one):
                planned.append(_raised(one, fresh or one.causes, log, book, state))
        elif current.acknowledged_at is not None and fresh:
            planned.append(AlarmEnded(alarm_id=current.alarm_id, why="followed by another"))
            planned.append(_raised(one, fresh, log, book, state))
        else:
            planned.extend(_climbs(one, current, at, book, state))
    return tuple(Planned(id=event_id(session_id, content), content=content) for content in planned)


def next_moment(state: SessionState, at: datetime, book: data.AlarmBook | None = None) -> datetime | None:
    """When the answer of `to_chart` may change although nothing is charted: a reading falls due, a step of the ladder."""
    book = book or data.alarm_book()
    opened = state.opened
    if opened is None or state.phase_at(at) not in LIVE:
        return None
    moments = [change.at for change in state.phase_changes]
    for item in due_items(state, at):
        moments += [item.overdue_at, item.prescriber_at]
    for record in alarm_log(state).values():
        if record.unanswered:
            moments += [when for _, when in _ladder(record, book, opened.policy.alarm_values)]
    empty_at = state.dose.pump_empty_at()
    moments += [empty_at] if empty_at is not None else []
    return min((moment for moment in moments if moment > at), default=None)


def event_id(session_id: UUID, content: Content) -> UUID:
    """The same for the same statement about the same alarm, whichever process makes it."""
    words = [kind_of(content), getattr(content, "alarm_id", ""), getattr(content, "to", "")]
    return uuid5(session_id, " ".join(words))


def _is_call(one: Judged) -> bool:
    """A call has been dealt with when somebody has answered it; a reading only when another reading says so."""
    return isinstance(one.rule.test, data.Called)


def _uncovered(one: Judged, state: SessionState, key: str) -> tuple[Cause, ...]:
    """Causes that nobody has acknowledged yet."""
    answered = [
        entry.effective_at
        for entry in state.of(AlarmAcknowledged)
        if isinstance(entry.content, AlarmAcknowledged) and entry.content.alarm_id.startswith(f"{key}/")
    ]
    last = max(answered, default=None)
    return one.causes if last is None else tuple(cause for cause in one.causes if cause.at > last)


def _raised(
    one: Judged, causes: tuple[Cause, ...], log: dict[str, AlarmRecord], book: data.AlarmBook, state: SessionState
) -> AlarmRaised:
    rule = one.rule
    alarm_id = name = f"{rule.id}/{causes[0].name}"
    again = 1
    while alarm_id in log:  # it ended, and what was charted since says that it holds after all
        again += 1
        alarm_id = f"{name}#{again}"
    values = state.opened.policy.alarm_values if state.opened else {}
    tell = set(rule.tell)
    if book.signal(rule.signal).escalates and not isinstance(rule.test, data.Overdue):
        for rung, setting in _rungs(book):
            if setting not in values:
                tell.add(rung)
    return AlarmRaised(
        alarm_id=alarm_id,
        key=rule.id,
        rule_id=rule.id,
        rule_version=rule.version,
        signal=rule.signal,
        title=rule.title,
        action=rule.action,
        since=causes[0].at,
        tell=tuple(rung for rung in RUNGS if rung in tell),
        seen=tuple(AlarmSeen(what=seen.what, value=seen.value, at=seen.at) for seen in one.seen),
        card=rule.card,
    )


def _climbs(
    one: Judged, record: AlarmRecord, at: datetime, book: data.AlarmBook, state: SessionState
) -> list[AlarmEscalated]:
    """An acknowledged alarm climbs no further, but a reading that is still missing does."""
    values = state.opened.policy.alarm_values if state.opened else {}
    steps = _ladder(record, book, values) if record.unanswered else []
    if one.prescriber_at is not None:
        steps = [*steps, ("prescriber", one.prescriber_at)]
    due = dict.fromkeys(rung for rung, when in steps if when <= at and rung not in record.tell)
    return [AlarmEscalated(alarm_id=record.alarm_id, to=rung) for rung in due]


def _ladder(record: AlarmRecord, book: data.AlarmBook, values: data.Values) -> list[tuple[Rung, datetime]]:
    if not book.signal(record.raised.signal).escalates:
        return []
    return [
        (rung, record.raised_at + timedelta(seconds=values[setting]))
        for rung, setting in _rungs(book)
        if setting in values
    ]


def _rungs(book: data.AlarmBook) -> tuple[tuple[Rung, str], ...]:
    return (("charge nurse", book.ladder.charge_nurse_after), ("prescriber", book.ladder.prescriber_after))
