"""What a session is: one pure fold over its events.

A state is a value: folding gives a new one and leaves the old as it was. Only the set of events and their own times
count, never the order in which they arrived, so a tablet that was offline changes nothing but the numbering.
Corrections strike their target through; nothing leaves the record.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from threading import Lock
from typing import Any

import msgspec

from ketachart.record.corrections import contradicted, last_words
from ketachart.treatment.dose import DoseTimeline, PumpStatus, dose_timeline
from ketachart.treatment.entries import Entry, content_from, entry_from_frame
from ketachart.treatment.kinds import (
    DOSE_KINDS,
    AddendumWritten,
    ConsentBound,
    ConsentRebound,
    DischargeAssessed,
    Discharged,
    EscortCharted,
    EscortMet,
    EventCorrected,
    FastingCharted,
    GapExplained,
    GateOverridden,
    NoteWritten,
    Phase,
    RescreenCharted,
    SessionAbandoned,
    SessionOpened,
    SessionSigned,
    SymptomNoted,
    TimeOutCompleted,
)
from ketachart.treatment.phases import PhaseChange, moves_a_phase, phase_changes_in
from ketachart.treatment.readings import Reading, readings_in, readings_with


class Struck(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that was corrected. It stays, with every reason that was given."""

    entry: Entry
    corrections: tuple[Entry, ...]


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Something only a person can settle."""

    at: datetime
    entry_ids: tuple[str, ...]
    meaning: str


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The latest answer to one question, with its time and author."""

    value: bool | str
    at: datetime
    entry_id: str
    author_name: str | None


class _Log:
    """Events in order of arrival, shared by the states that end somewhere in it."""

    __slots__ = ("entries", "index", "lock")

    def __init__(self, entries: list[Entry], index: dict[str, int]) -> None:
        self.entries = entries
        self.index = index
        self.lock = Lock()


class SessionState:
    """The first `length` events of a log, and everything that follows from them (worked out when first asked for)."""

    def __init__(self, log: _Log, length: int, opening: Entry | None = None, signed: Entry | None = None) -> None:
        """Opening and signature cannot be corrected, so they are carried along: a guard asks for them at every event."""
        self._log = log
        self._length = length
        self.opening = opening
        self.signed = signed

    # -- the events ---------------------------------------------------------------------------------------------

    @property
    def length(self) -> int:
        return self._length

    @cached_property
    def charted(self) -> tuple[Entry, ...]:
        """Every event, as it arrived."""
        return tuple(self._log.entries[: self._length])

    @cached_property
    def number(self) -> int:
        """The head: the highest number in the session's chain that this state has seen."""
        return max((entry.number for entry in self.charted), default=0)

    def find(self, event_id: str) -> Entry | None:
        place = self._log.index.get(event_id)
        return None if place is None or place >= self._length else self._log.entries[place]

    def holds(self, event_id: str) -> bool:
        return self.find(event_id) is not None

    @cached_property
    def _correcting(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.charted if type(entry.content) is EventCorrected)

    @cached_property
    def corrections(self) -> dict[str, tuple[Entry, ...]]:
        """Target id to its corrections, the latest last."""
        found: dict[str, list[Entry]] = {}
        for entry in self._correcting:
            assert isinstance(entry.content, EventCorrected)
            found.setdefault(entry.content.target_id, []).append(entry)
        return {target: tuple(sorted(entries, key=_by_id)) for target, entries in found.items()}

    @cached_property
    def _target_of(self) -> dict[str, str]:
        return {entry.id: entry.content.target_id for entry in self._correcting}  # type: ignore[attr-defined]

    @cached_property
    def standing(self) -> tuple[Entry, ...]:
        """What counts, in the order of effective times: events nobody corrected, and what replaced the others."""
        counting = set(last_words(self._target_of).values())
        standing: list[Entry] = []
        for entry in self.charted:
            content = entry.content
            if not isinstance(content, EventCorrected):
                if entry.id not in self.corrections:
                    standing.append(entry)
            elif entry.id in counting and content.replacement is not None:
                standing.append(
                    msgspec.structs.replace(
                        entry,
                        kind=content.replacement.kind,
                        content=content_from(content.replacement.kind, content.replacement.content),
                        effective_at=content.replacement.effective_at,
                        corrects=content.target_id,
                    )
                )
        standing.sort(key=_order)
        return tuple(standing)

    @cached_property
    def struck(self) -> tuple[Struck, ...]:
        """What was corrected: still here, still readable."""
        found = [
            Struck(entry=entry, corrections=self.corrections[entry.id])
            for entry in self.charted
            if entry.id in self.corrections
        ]
        return tuple(sorted(found, key=lambda struck: struck.entry.order))

    @cached_property
    def conflicts(self) -> tuple[Conflict, ...]:
        found = [
            Conflict(
                at=rivals[-1].effective_at,
                entry_ids=(target, *(entry.id for entry in rivals)),
                meaning="two people corrected the same entry; the later correction counts until a person settles it",
            )
            for last in contradicted(self._target_of).values()
            for target in (self._target_of[last],)
            for rivals in (self.corrections[target],)
        ]
        found.extend(Conflict(at=one.at, entry_ids=(one.entry_id,), meaning=one.meaning) for one in self.dose.irregular)
        starts = self.of(SessionOpened)
        if len(starts) > 1:
            found.append(
                Conflict(
                    at=starts[-1].effective_at,
                    entry_ids=tuple(entry.id for entry in starts),
                    meaning="the session was opened twice; the first opening counts",
                )
            )
        return tuple(sorted(found, key=lambda conflict: (conflict.at, conflict.entry_ids)))

    @cached_property
    def _by_type(self) -> dict[type, tuple[Entry, ...]]:
        found: dict[type, list[Entry]] = {}
        for entry in self.standing:
            found.setdefault(type(entry.content), []).append(entry)
        return {content_type: tuple(entries) for content_type, entries in found.items()}

    def of(self, content_type: type) -> tuple[Entry, ...]:
        """Standing entries of one kind, oldest first."""
        return self._by_type.get(content_type, ())

    def last(self, content_type: type, at: datetime | None = None) -> Entry | None:
        for entry in reversed(self.of(content_type)):
            if at is None or entry.effective_at <= at:
                return entry
        return None

    # -- opening and phases -------------------------------------------------------------------------------------

    @property
    def opened(self) -> SessionOpened | None:
        return self.opening.content if self.opening else None  # type: ignore[return-value]

    @cached_property
    def phase_changes(self) -> tuple[PhaseChange, ...]:
        return phase_changes_in(self.standing, self.dose)

    def phase_at(self, at: datetime) -> Phase:
        phase: Phase = "scheduled"
        for change in self.phase_changes:
            if change.at > at:
                break
            phase = change.phase
        return phase

    @property
    def phase(self) -> Phase:
        return self.phase_changes[-1].phase if self.phase_changes else "scheduled"

    def phase_started_at(self, phase: Phase) -> datetime | None:
        return next((change.at for change in self.phase_changes if change.phase == phase), None)

    # -- readings -----------------------------------------------------------------------------------------------

    @cached_property
    def readings(self) -> dict[str, tuple[Reading, ...]]:
        """Measure to its readings, oldest first."""
        return readings_in(self.standing)

    def latest(self, measure: str, at: datetime | None = None, since: datetime | None = None) -> Reading | None:
        """The newest reading of a measure by `at`, and not older than `since`: an old value never stands for now."""
        for reading in reversed(self.readings.get(measure, ())):
            if at is not None and reading.at > at:
                continue
            return None if since is not None and reading.at < since else reading
        return None

    def baseline(self, measure: str) -> Reading | None:
        """The last reading before the first dose, taken in this session."""
        return self.latest(measure, at=self.dose.first_dose_at)

    # -- dose ---------------------------------------------------------------------------------------------------

    @cached_property
    def dose(self) -> DoseTimeline:
        entries = [entry for entry in self.standing if entry.kind in DOSE_KINDS]
        return dose_timeline(entries, self.opened.plan if self.opened else None)

    def pump_status(self, at: datetime | None = None) -> PumpStatus:
        return self.dose.pump_status(at)

    # -- preparation, gates, the end ----------------------------------------------------------------------------

    def answers(self, content_type: type, at: datetime | None = None) -> dict[str, Answered]:
        """Question to its latest answer. A later form that leaves a question open does not unsay an answer."""
        found: dict[str, Answered] = {}
        for entry in self.of(content_type):
            if at is not None and entry.effective_at > at:
                break
            content = entry.content
            asked: Mapping[str, Any] = (
                content.answers if isinstance(content, RescreenCharted) else msgspec.structs.asdict(content)
            )
            for question, value in asked.items():
                if value is not None:
                    found[question] = Answered(
                        value=value, at=entry.effective_at, entry_id=entry.id, author_name=entry.author_name
                    )
        return found

    @property
    def rescreen(self) -> dict[str, Answered]:
        return self.answers(RescreenCharted)

    @property
    def discharge_assessment(self) -> dict[str, Answered]:
        return self.answers(DischargeAssessed)

    def consent_at(self, at: datetime) -> ConsentBound | None:
        """The consent the session rests on: the one it was opened with, unless another took its place."""
        rebound = self.last(ConsentRebound, at)
        if rebound is not None:
            assert isinstance(rebound.content, ConsentRebound)
            return rebound.content.consent
        return self.opened.consent if self.opened else None

    @property
    def abandoned(self) -> Entry | None:
        return self.last(SessionAbandoned)

    @property
    def fasting(self) -> Entry | None:
        return self.last(FastingCharted)

    @property
    def escort(self) -> Entry | None:
        return self.last(EscortCharted)

    @property
    def escort_met(self) -> Entry | None:
        return self.last(EscortMet)

    @property
    def time_out(self) -> Entry | None:
        return self.last(TimeOutCompleted)

    @property
    def gap_explanations(self) -> tuple[Entry, ...]:
        return self.of(GapExplained)

    @property
    def overrides(self) -> tuple[Entry, ...]:
        return self.of(GateOverridden)

    @property
    def symptoms(self) -> tuple[Entry, ...]:
        return self.of(SymptomNoted)

    @property
    def notes(self) -> tuple[Entry, ...]:
        return self.of(NoteWritten)

    @property
    def discharged(self) -> Entry | None:
        return self.last(Discharged)

    @property
    def addenda(self) -> tuple[Entry, ...]:
        return self.of(AddendumWritten)

    @cached_property
    def arrived_after_signing(self) -> tuple[Entry, ...]:
        """Charted before the signature, received after it: in the record, and marked as not covered by it."""
        signed = self.signed
        if signed is None:
            return ()
        return tuple(
            entry
            for entry in self.charted
            if entry.number > signed.number and not isinstance(entry.content, AddendumWritten)
        )


EMPTY = SessionState(_Log([], {}), 0)


def fold(state: SessionState, frame: Mapping[str, Any] | Entry) -> SessionState:
    """The state after one more event. The same event twice changes nothing."""
    entry = frame if isinstance(frame, Entry) else entry_from_frame(frame)
    if state.holds(entry.id):
        return state
    after = _with_entry(state, entry)
    carry_over(state, after, entry)
    return after


def fold_all(frames: Iterable[Mapping[str, Any] | Entry], state: SessionState = EMPTY) -> SessionState:
    """The state after all of them: the same as one fold after the other, without the states between."""
    entries = list(state.charted)
    index = {entry.id: place for place, entry in enumerate(entries)}
    opening, signed = state.opening, state.signed
    for frame in frames:
        entry = frame if isinstance(frame, Entry) else entry_from_frame(frame)
        if entry.id in index:
            continue
        index[entry.id] = len(entries)
        entries.append(entry)
        opening, signed = _first_of_each(opening, signed, entry)
    return SessionState(_Log(entries, index), len(entries), opening, signed) if entries else state


def _with_entry(state: SessionState, entry: Entry) -> SessionState:
    log, length = state._log, state._length
    opening, signed = _first_of_each(state.opening, state.signed, entry)
    with log.lock:
        if state is not EMPTY and len(log.entries) == length:
            log.entries.append(entry)
            log.index[entry.id] = length
            return SessionState(log, length + 1, opening, signed)
        entries = log.entries[:length]
    entries.append(entry)
    index = {one.id: place for place, one in enumerate(entries)}
    return SessionState(_Log(entries, index), length + 1, opening, signed)


def _first_of_each(opening: Entry | None, signed: Entry | None, entry: Entry) -> tuple[Entry | None, Entry | None]:
    if isinstance(entry.content, SessionOpened):
        opening = entry if opening is None else min(opening, entry, key=_order)
    elif isinstance(entry.content, SessionSigned):
        signed = entry if signed is None else min(signed, entry, key=_order)
    return opening, signed


def carry_over(before: SessionState, after: SessionState, entry: Entry) -> None:
    """What was worked out before and what one more entry does not upset: most entries only add themselves at the end.

    An entry that arrives late, a correction, or one that was corrected before it arrived: all is worked out afresh.
    """
    known, carried = before.__dict__, after.__dict__
    content = entry.content
    if "standing" not in known or isinstance(content, EventCorrected | SessionOpened) or entry.id in before.corrections:
        return
    if before.standing and _order(before.standing[-1]) > _order(entry):
        return
    carried["standing"] = (*before.standing, entry)
    bears_on_dose = entry.kind in DOSE_KINDS
    unmoved = ["_correcting", "corrections", "_target_of", "struck"]
    if not bears_on_dose:
        unmoved += ["dose", "conflicts"]
        if not moves_a_phase(content):
            unmoved.append("phase_changes")
    carried.update({name: known[name] for name in unmoved if name in known})
    if "_by_type" in known:
        by_type = before._by_type
        carried["_by_type"] = by_type | {type(content): (*by_type.get(type(content), ()), entry)}
    if "readings" in known:
        carried["readings"] = readings_with(before.readings, entry)


def delivered_mg(state: SessionState, at: datetime) -> float:
    return state.dose.delivered_mg(at)


def delivered_mg_per_kg(state: SessionState, at: datetime) -> float | None:
    """None when nobody charted a weight: missing is missing."""
    weight_kg = state.opened.patient.weight_kg if state.opened else None
    return None if not weight_kg else state.dose.delivered_mg(at) / weight_kg


_order: Callable[[Entry], tuple[datetime, str]] = attrgetter("effective_at", "id")


def _by_id(entry: Entry) -> str:
    return entry.id
