"""What the clinic has decided for itself: on any day, as known on any day."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from ketachart.knowledge.site_settings import site_settings
from ketachart.policy import remembered
from ketachart.policy.models import PolicyEntry
from ketachart.policy.remembered import Written
from ketachart.policy.rules import Entry, SiteValues, values_in_force
from ketachart.record.models import Clinic


def site_values(clinic_id: UUID, on: date, known_at: datetime | None = None) -> SiteValues:
    """The clinic's own values that hold that day (the clinic's calendar), by setting.

    What was not set is not in it: nothing stands in for it. `known_at` leaves out what was written later.
    """
    return values_in_force(entries_of(clinic_id), site_settings(), on, known_at)


def site_values_at(clinic_id: UUID, at: datetime) -> SiteValues:
    """The values of the day that it is then, by the clinic's own clock."""
    written = _written(clinic_id)
    if written.zone is None:
        return values_in_force((), site_settings(), at.date())
    return values_in_force(written.entries, site_settings(), at.astimezone(written.zone).date())


def entries_of(clinic_id: UUID) -> tuple[Entry, ...]:
    """Every word ever written on a value of this clinic."""
    return _written(clinic_id).entries


def day_in(clinic_id: UUID, at: datetime) -> date:
    return at.astimezone(zone_of(clinic_id)).date()


def zone_of(clinic_id: UUID) -> ZoneInfo:
    return _written(clinic_id).zone or ZoneInfo(Clinic.objects.values_list("timezone", flat=True).get(id=clinic_id))


def _written(clinic_id: UUID) -> Written:
    return remembered.written(clinic_id, _read)


def _read(clinic_id: UUID) -> Written:
    """In one statement, with the clinic's clock: without entries no day has to be known."""
    rows = list(
        PolicyEntry.objects.filter(clinic_id=clinic_id)
        .select_related("clinic")
        .order_by("valid_from", "charted_at", "id")
    )
    entries = tuple(
        Entry(
            setting=row.setting,
            value=row.value,
            unit=row.unit,
            reason=row.reason,
            valid_from=row.valid_from,
            set_at=row.charted_at,
            set_by_name=row.charted_by_name,
            backdated=row.backdated,
        )
        for row in rows
    )
    return Written(entries, ZoneInfo(rows[0].clinic.timezone) if rows else None)
