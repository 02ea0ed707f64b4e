"""What the clinic has decided for itself: on any day, as known on any day."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from ketachart.knowledge.site_settings import site_settings
from ketachart.policy import remembered
from ketachart.policy.models import PolicyEntry
from ketachart.policy.rules import Entry, SiteValues, values_in_force
from ketachart.record.models import Clinic


def site_values(clinic_id: UUID, on: date, known_at: datetime | None = None) -> SiteValues:
    """The clinic's own values that hold that day (the clinic's calendar), by setting.

    What was not set is not in it: nothing stands in for it. `known_at` leaves out what was written later.
    """
    return values_in_force(entries_of(clinic_id), site_settings(), on, known_at)


def site_values_at(clinic_id: UUID, at: datetime) -> SiteValues:
    """The values of the day that it is then, by the clinic's own clock."""
    return site_values(clinic_id, day_in(clinic_id, at))


def entries_of(clinic_id: UUID) -> tuple[Entry, ...]:
    """Every word ever written on a value of this clinic."""
    return remembered.entries_of(clinic_id, _read)


def day_in(clinic_id: UUID, at: datetime) -> date:
    return at.astimezone(zone_of(clinic_id)).date()


def zone_of(clinic_id: UUID) -> ZoneInfo:
    return ZoneInfo(Clinic.objects.values_list("timezone", flat=True).get(id=clinic_id))


def _read(clinic_id: UUID) -> tuple[Entry, ...]:
    return tuple(
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
        for row in PolicyEntry.objects.filter(clinic_id=clinic_id).order_by("valid_from", "charted_at")
    )
