"""What this clinic has set for itself, as a session takes it along when it is opened."""

from datetime import datetime

from ketachart.policy.queries import site_values_at
from ketachart.record.actor import Actor
from ketachart.treatment import kinds

STAY_SETTINGS = {
    "IV": "treatment.iv.minimum_stay_minutes",
    "IM": "treatment.im.minimum_stay_minutes",
    "SC": "treatment.sc.minimum_stay_minutes",
    "sublingual": "treatment.sublingual.minimum_stay_minutes",
    "oral": "treatment.oral.minimum_stay_minutes",
}


def site_policy(actor: Actor, *, route: str, molecule: str, at: datetime) -> kinds.SitePolicy:
    """None where the clinic has set nothing. The limits for racemic ketamine say nothing about esketamine."""
    values = site_values_at(actor.clinic_id, at)
    racemic = molecule == "racemic ketamine"
    stay = STAY_SETTINGS.get(route)
    return kinds.SitePolicy(
        fasting_solids_hours=values.number("schedule.fasting.solids_hours"),
        fasting_clear_fluids_hours=values.number("schedule.fasting.clear_fluids_hours"),
        minimum_stay_minutes=values.number(stay) if stay and racemic else None,
        hold_systolic_mmhg=values.number("treatment.hold.systolic_mmhg") if racemic else None,
        hold_diastolic_mmhg=values.number("treatment.hold.diastolic_mmhg") if racemic else None,
        weight_valid_days=values.number("treatment.weight.valid_days"),
    )
