"""When a person is reminded: in their own time zone, never in quiet hours, never twice for one turn. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

UTC = ZoneInfo("UTC")


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """By the person's clock; may run over midnight. From 22 until 22 is the whole day."""

    from_hour: float
    until_hour: float

    def holds(self, at: datetime, zone: ZoneInfo) -> bool:
        local = at.astimezone(zone)
        hour = local.hour + local.minute / 60 + local.second / 3600 + local.microsecond / 3_600_000_000
        begin, end = self.from_hour % 24, self.until_hour % 24
        if begin < end:
            return begin <= hour < end
        return hour >= begin or hour < end

    def end_after(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """The first moment that is not quiet, `at` itself if it is not. Clock changes are the zone's. None: never."""
        if not self.holds(at, zone):
            return at
        day = at.astimezone(zone).date()
        for days in range(3):
            for moment in self._ends_on(day + timedelta(days=days), zone):
                if moment > at and not self.holds(moment, zone):
                    return moment
        return None

    def _ends_on(self, day: date, zone: ZoneInfo) -> list[datetime]:
        """The end on that day: twice where the clock goes back over it."""
        minutes, seconds = divmod(round(self.until_hour % 24 * 3600), 60)
        clock_times = [time(minutes // 60 % 24, minutes % 60, seconds, fold=fold) for fold in (0, 1)]
        return sorted({datetime.combine(day, one, tzinfo=zone).astimezone(UTC) for one in clock_times})


@dataclass(frozen=True, kw_only=True)
class ReminderPlan:
    """What the clinic has set. Anything that is missing means: nobody is reminded."""

    quiet_from_hour: float | None = None
    quiet_until_hour: float | None = None
    first_after_hours: float | None = None
    every_hours: float | None = None
    most: float | None = None

    @property
    def quiet(self) -> QuietHours | None:
        if self.quiet_from_hour is None or self.quiet_until_hour is None:
            return None
        return QuietHours(from_hour=self.quiet_from_hour, until_hour=self.quiet_until_hour)

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(name for name, value in vars(self).items() if value is None)


def next_reminder(
    plan: ReminderPlan,
    *,
    asked_at: datetime,
    closes_at: datetime | None,
    sent: int,
    last_sent_at: datetime | None,
    zone: ZoneInfo,
    at: datetime,
) -> datetime | None:
    """When the next reminder of one questionnaire goes out: now, later, or (None) not at all.

    Without quiet hours there is none at all: nobody has said what night is here. A turn that fell into quiet hours waits
    for their end; turns that passed are not made up for.
    """
    quiet, first, every, most = plan.quiet, plan.first_after_hours, plan.every_hours, plan.most
    if quiet is None or first is None or every is None or most is None or sent >= most:
        return None
    turn = asked_at + timedelta(hours=first)
    if last_sent_at is not None:
        turn = max(turn, last_sent_at + timedelta(hours=every))
    moment = quiet.end_after(max(turn, at), zone)
    if moment is None or (closes_at is not None and moment >= closes_at):
        return None
    return moment
