"""The demo clinic's own values: one that holds, and one that will replace it."""

from datetime import datetime, timedelta

from ketachart.policy.commands import set_value
from ketachart.policy.queries import day_in
from ketachart.record.actor import Actor

NOW = "Demo: decided by an invented committee when the clinic opened"
LATER = "Demo: the invented committee wants to be stricter"
PRESSURES = {"treatment.hold.systolic_mmhg": (160.0, 150.0), "treatment.hold.diastolic_mmhg": (100.0, 95.0)}
STAYS = {"treatment.im.minimum_stay_minutes": 90.0, "treatment.im.vitals_every_minutes": 15.0}
"""Without the first the gate after an injection waits for the prescriber, as in a clinic that has set nothing."""


def set_own_values(lead: Actor, opened: datetime, changes: datetime) -> None:
    opening_day, change_day = day_in(lead.clinic_id, opened), day_in(lead.clinic_id, changes)
    for setting_id, (first, second) in PRESSURES.items():
        set_value(lead, setting_id=setting_id, value=first, reason=NOW, valid_from=opening_day, at=opened)
        later = opened + timedelta(days=30)
        set_value(lead, setting_id=setting_id, value=second, reason=LATER, valid_from=change_day, at=later)
    for setting_id, value in STAYS.items():
        set_value(lead, setting_id=setting_id, value=value, reason=NOW, valid_from=opening_day, at=opened)
