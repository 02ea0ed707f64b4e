"""What this clinic has set for itself, as a session takes it along when it is opened."""

from datetime import datetime

from ketachart.policy.queries import site_values_at
from ketachart.policy.rules import SiteValues
from ketachart.record.actor import Actor
from ketachart.treatment import kinds
from ketachart.treatment.alarm_data import alarm_book

TOPICS = {"IV": "iv", "IM": "im", "SC": "sc", "sublingual": "sublingual", "oral": "oral", "nasal": "nasal_compounded"}
"""The word for a route of racemic ketamine in the ids of site settings."""


def site_policy(actor: Actor, *, route: str, molecule: str, at: datetime) -> kinds.SitePolicy:
    """None where the clinic has set nothing. The limits for racemic ketamine say nothing about esketamine."""
    values = site_values_at(actor.clinic_id, at)
    racemic = molecule == "racemic ketamine"
    topic = TOPICS.get(route) if racemic else None
    own_rounds = topic is not None and route != "IV"  # by vein the rounds of the cohorts hold
    return kinds.SitePolicy(
        fasting_solids_hours=values.number("schedule.fasting.solids_hours"),
        fasting_clear_fluids_hours=values.number("schedule.fasting.clear_fluids_hours"),
        minimum_stay_minutes=values.number(f"treatment.{topic}.minimum_stay_minutes") if topic else None,
        hold_systolic_mmhg=values.number("treatment.hold.systolic_mmhg") if racemic else None,
        hold_diastolic_mmhg=values.number("treatment.hold.diastolic_mmhg") if racemic else None,
        weight_valid_days=values.number("treatment.weight.valid_days"),
        vitals_every_minutes=values.number(f"treatment.{topic}.vitals_every_minutes") if own_rounds else None,
        alarm_values=_alarm_values(values),
    )


def _alarm_values(values: SiteValues) -> dict[str, float]:
    """Numbers as they are, a choice made with yes as 1. What is not set is not there."""
    found = {setting: values.value(setting) for setting in sorted(alarm_book().settings)}
    return {setting: float(value) for setting, value in found.items() if isinstance(value, bool | int | float)}
