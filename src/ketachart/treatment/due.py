"""What is due when, and what is missing: from the session's own monitoring schedule, by phase."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from ketachart.treatment.entries import Entry
from ketachart.treatment.kinds import GapExplained, MonitoringItem, Phase
from ketachart.treatment.protocol import Alerts, SessionProtocol, session_protocol
from ketachart.treatment.state import SessionState

DueStatus = Literal["upcoming", "pre-alert", "due", "overdue"]
Told = Literal["nobody yet", "nurse", "charge nurse", "prescriber"]

ITEM_MEASURES: dict[str, tuple[str, ...]] = {
    "vitals": ("systolic_mmhg", "diastolic_mmhg", "heart_rate_per_min", "spo2_percent"),
    "blood_pressure": ("systolic_mmhg", "diastolic_mmhg"),
    "heart_rate": ("heart_rate_per_min",),
    "spo2": ("spo2_percent",),
    "respiratory_rate": ("respiratory_rate_per_min",),
    "temperature": ("temperature_c",),
    "sedation": ("sedation",),
    "dissociation": ("dissociation",),
}
"""What must have been measured for an item to count as done."""

MEASURE_LABELS = {
    "systolic_mmhg": "systolic pressure",
    "diastolic_mmhg": "diastolic pressure",
    "heart_rate_per_min": "heart rate",
    "spo2_percent": "SpO₂",
    "respiratory_rate_per_min": "breathing rate",
    "temperature_c": "temperature",
    "oxygen_l_per_min": "oxygen",
    "sedation": "sedation (MOAA/S)",
    "dissociation": "dissociation",
}

ITEM_LABELS = {
    "vitals": "Vitals",
    "blood_pressure": "Blood pressure",
    "heart_rate": "Heart rate",
    "spo2": "SpO₂",
    "respiratory_rate": "Breathing rate",
    "temperature": "Temperature",
    "sedation": "Sedation (MOAA/S)",
    "dissociation": "Dissociation (0-10)",
}

_LIVE_PHASES: dict[str, tuple[Phase, ...]] = {
    "preparing": ("preparing", "ready"),
    "ready": ("ready",),
    "dosing": ("dosing", "paused"),
    "recovery": ("recovery",),
}


class DueItem(msgspec.Struct, frozen=True, kw_only=True):
    """The next reading of one kind. `countdown_seconds` is negative once it is past due."""

    item: str
    label: str
    phase: str
    due_at: datetime
    status: DueStatus
    countdown_seconds: float
    pre_alert_at: datetime
    overdue_at: datetime
    prescriber_at: datetime
    tell: Told
    missing: tuple[str, ...]
    source: str


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A due reading that is not there. `closed` says that its time is over: only an explanation is left."""

    item: str
    label: str
    phase: str
    due_at: datetime
    until: datetime | None
    missing: tuple[str, ...]
    closed: bool
    cause: str | None = None
    note: str | None = None
    explained_by: str | None = None

    @property
    def explained(self) -> bool:
        return self.cause is not None


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One expected reading: due at `due_at`, done by readings in `opens` <= at < `closes` (None: still open)."""

    line: MonitoringItem
    due_at: datetime
    opens: datetime
    closes: datetime | None
    interval_minutes: float


def slots(state: SessionState, at: datetime, alerts: Alerts | None = None) -> tuple[Slot, ...]:
    """Every expected reading up to and including the next ones of each item, as of `at`."""
    alerts = alerts or session_protocol().alerts
    opened = state.opened
    if opened is None:
        return ()
    lines: dict[tuple[str, str], list[MonitoringItem]] = {}
    for line in opened.monitoring:
        lines.setdefault((line.item, line.phase), []).append(line)
    found: list[Slot] = []
    for (_, phase), of_item in lines.items():
        window = _window(state, phase)
        if window is not None and window[0] <= at:
            found.extend(_item_slots(state, of_item, window, at, alerts))
    return tuple(sorted(found, key=lambda slot: (slot.due_at, slot.line.item)))


def due_items(state: SessionState, at: datetime, protocol: SessionProtocol | None = None) -> tuple[DueItem, ...]:
    """The next reading of each kind that is still to come or late, soonest first.

    A reading that was missed stays overdue, and climbs, until somebody measures or says why it cannot be: the next
    round never makes it quiet.
    """
    alerts = (protocol or session_protocol()).alerts
    waiting: dict[str, tuple[Slot, tuple[str, ...]]] = {}
    for slot in slots(state, at, alerts):
        if not _is_live(state, slot, at):
            continue
        item = slot.line.item
        missing = _missing(state, slot, at)
        if not missing:
            waiting.pop(item, None)  # measured, perhaps a little early: what was missed before is a gap now
        elif item not in waiting and _explanation(state, slot, at) is None:
            waiting[item] = (slot, missing)
    found = [_due_item(slot, missing, at, alerts) for slot, missing in waiting.values()]
    return tuple(sorted(found, key=lambda item: (item.due_at, item.item)))


def _is_live(state: SessionState, slot: Slot, at: datetime) -> bool:
    """Only the phase we are in can still be measured; what is left of earlier ones is a gap."""
    return state.phase_at(at) in _LIVE_PHASES.get(slot.line.phase, ())


def gaps(state: SessionState, at: datetime, protocol: SessionProtocol | None = None) -> tuple[Gap, ...]:
    """Every reading that was due, is past its grace and is not there, explained or not, oldest first."""
    alerts = (protocol or session_protocol()).alerts
    grace = timedelta(minutes=alerts.grace_minutes)
    found: list[Gap] = []
    for slot in slots(state, at, alerts):
        if slot.due_at + _grace(slot.line, grace) >= at:
            continue
        missing = _missing(state, slot, at)
        if not missing:
            continue
        explanation = _explanation(state, slot, at)
        content = explanation.content if explanation else None
        assert content is None or isinstance(content, GapExplained)
        found.append(
            Gap(
                item=slot.line.item,
                label=ITEM_LABELS.get(slot.line.item, slot.line.item),
                phase=slot.line.phase,
                due_at=slot.due_at,
                until=slot.closes,
                missing=missing,
                closed=slot.closes is not None and slot.closes <= at,
                cause=content.cause if content else None,
                note=content.note if content else None,
                explained_by=explanation.author_name if explanation else None,
            )
        )
    return tuple(found)


def open_gaps(state: SessionState, at: datetime, protocol: SessionProtocol | None = None) -> tuple[Gap, ...]:
    return tuple(gap for gap in gaps(state, at, protocol) if not gap.explained)


def _window(state: SessionState, phase: str) -> tuple[datetime, datetime | None] | None:
    """From the first moment of the phase until the first moment of a later one."""
    live = _LIVE_PHASES.get(phase, ())
    start: datetime | None = None
    for change in state.phase_changes:
        if change.phase in live:
            start = start or change.at
        elif start is not None:
            return start, change.at
    return None if start is None else (start, None)


def _anchor(state: SessionState, line: MonitoringItem, window_start: datetime) -> datetime | None:
    if line.anchor == "phase_started":
        return window_start
    if line.anchor == "session_opened":
        return state.opening.effective_at if state.opening else None
    if line.anchor == "infusion_started":
        return state.dose.infusion_started_at
    if line.anchor == "infusion_stopped":
        return state.dose.infusion_stopped_at
    if line.anchor == "first_dose":
        return state.dose.first_dose_at
    if line.anchor == "last_dose":
        return state.dose.last_dose_at
    return None


def _item_slots(
    state: SessionState,
    lines: list[MonitoringItem],
    window: tuple[datetime, datetime | None],
    at: datetime,
    alerts: Alerts,
) -> Iterator[Slot]:
    """Several lines may ask for one item in one phase: half the way to its neighbour each reading belongs to one."""
    start, end = window
    usual_grace = timedelta(minutes=alerts.grace_minutes)
    by_moment: dict[datetime, MonitoringItem] = {}
    for line in lines:
        anchor = _anchor(state, line, start)
        if anchor is not None:
            for moment in _moments(line, anchor, start, end, at):
                by_moment.setdefault(moment, line)
    moments = sorted(by_moment)
    for place, due_at in enumerate(moments):
        line = by_moment[due_at]
        grace = _grace(line, usual_grace)
        if end is not None and due_at + grace > end and due_at > start:
            continue  # the phase ended before this one was late: the next phase's schedule takes over
        following = moments[place + 1] if place + 1 < len(moments) else None
        previous = moments[place - 1] if place else None
        opens = start - grace if due_at <= start else start
        if line.at_minutes is not None and due_at > start:
            opens = start + (due_at - start) / 2
        elif line.every_minutes and due_at > start:
            opens = max(start, due_at - timedelta(minutes=line.every_minutes / 2))
        if previous is not None:
            opens = previous + (due_at - previous) / 2
        closes = end if following is None else due_at + (following - due_at) / 2
        if end is not None and closes is not None and following is not None and following + grace > end:
            closes = end
        if following is not None:
            interval = following - due_at
        elif line.every_minutes:
            interval = timedelta(minutes=line.every_minutes)
        else:
            interval = due_at - previous if previous is not None else 5 * usual_grace
        yield Slot(
            line=line,
            due_at=due_at,
            opens=opens,
            closes=closes,
            interval_minutes=interval.total_seconds() / 60,
        )


def _moments(
    line: MonitoringItem, anchor: datetime, start: datetime, end: datetime | None, at: datetime
) -> Iterator[datetime]:
    if line.at_minutes is not None:
        for minutes in sorted(line.at_minutes):
            moment = anchor + timedelta(minutes=minutes)
            if moment >= start and (end is None or moment < end):
                yield moment
        return
    if not line.every_minutes or line.every_minutes <= 0:
        return
    step = timedelta(minutes=line.every_minutes)
    moment = anchor + step * max(1, -(-(start - anchor) // step))
    last = at + step * 3 if end is None else end
    while moment < last:
        yield moment
        moment += step


def _missing(state: SessionState, slot: Slot, at: datetime) -> tuple[str, ...]:
    """Which measures of the item nobody charted in its time."""
    missing = []
    for measure in ITEM_MEASURES.get(slot.line.item, (slot.line.item,)):
        readings = state.readings.get(measure, ())
        done = any(
            slot.opens <= reading.at <= at and (slot.closes is None or reading.at < slot.closes) for reading in readings
        )
        if not done:
            missing.append(measure)
    return tuple(missing)


def _explanation(state: SessionState, slot: Slot, at: datetime) -> Entry | None:
    for entry in reversed(state.gap_explanations):
        content = entry.content
        assert isinstance(content, GapExplained)
        if entry.effective_at > at or content.item != slot.line.item:
            continue
        if content.due_at == slot.due_at or (
            slot.opens <= content.due_at and (slot.closes is None or content.due_at < slot.closes)
        ):
            return entry
    return None


def _grace(line: MonitoringItem, usual: timedelta) -> timedelta:
    return usual if line.grace_minutes is None else timedelta(minutes=line.grace_minutes)


def _due_item(slot: Slot, missing: tuple[str, ...], at: datetime, alerts: Alerts) -> DueItem:
    ahead = slot.line.pre_alert_minutes
    if ahead is None:
        ahead = slot.interval_minutes * alerts.pre_alert.share
    grace = _grace(slot.line, timedelta(minutes=alerts.grace_minutes))
    pre_alert_at = slot.due_at - timedelta(minutes=ahead)
    overdue_at = slot.due_at + grace
    prescriber_at = slot.due_at + max(grace, timedelta(minutes=slot.interval_minutes * alerts.prescriber_after_share))
    status: DueStatus
    if at >= overdue_at:
        status = "overdue"
    elif at >= slot.due_at:
        status = "due"
    else:
        status = "pre-alert" if at >= pre_alert_at else "upcoming"
    tell: Told = "nobody yet" if status == "upcoming" else "nurse"
    if at >= overdue_at:
        tell = "prescriber" if at >= prescriber_at and prescriber_at > overdue_at else "charge nurse"
    return DueItem(
        item=slot.line.item,
        label=ITEM_LABELS.get(slot.line.item, slot.line.item),
        phase=slot.line.phase,
        due_at=slot.due_at,
        status=status,
        countdown_seconds=(slot.due_at - at).total_seconds(),
        pre_alert_at=pre_alert_at,
        overdue_at=overdue_at,
        prescriber_at=prescriber_at,
        tell=tell,
        missing=missing,
        source=slot.line.source,
    )
