"""Every write of the clinic's own values."""

from datetime import date, datetime

from ketachart.knowledge.site_settings import SettingValue, SiteSetting, site_settings
from ketachart.policy import remembered
from ketachart.policy.kinds import ValueSet, ValueWithdrawn
from ketachart.policy.models import PolicyEntry
from ketachart.policy.queries import day_in, entries_of, site_values
from ketachart.policy.rules import agrees_with_others, checked_reason, checked_value, entry_in_force, starts_in_the_past
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, clinic_stream
from ketachart.record.errors import Refused
from ketachart.record.unit_of_work import unit_of_work


def set_value(
    actor: Actor,
    *,
    setting_id: str,
    value: SettingValue,
    reason: str,
    valid_from: date,
    past_day_meant: bool = False,
    at: datetime,
) -> PolicyEntry:
    """From `valid_from` on this is the clinic's value, until an entry with a later day."""
    actor.require("policy.set")
    setting = _setting(setting_id)
    today = day_in(actor.clinic_id, at)
    if not setting.in_force(valid_from):
        raise Refused("This setting is no longer asked for.", field="valid_from", fix="See what replaced it.")
    content = ValueSet(
        setting=setting.id,
        value=checked_value(setting, value),
        unit=setting.unit,
        reason=checked_reason(reason),
        valid_from=valid_from,
        backdated=starts_in_the_past(valid_from, today, said_so=past_day_meant),
    )
    agrees_with_others(setting, content.value, site_values(actor.clinic_id, valid_from))
    return _append(actor, content, at)


def withdraw_value(
    actor: Actor, *, setting_id: str, reason: str, valid_from: date, past_day_meant: bool = False, at: datetime
) -> PolicyEntry:
    """From `valid_from` on the clinic has no value of its own."""
    actor.require("policy.set")
    setting = _setting(setting_id)
    today = day_in(actor.clinic_id, at)
    content = ValueWithdrawn(
        setting=setting.id,
        reason=checked_reason(reason),
        valid_from=valid_from,
        backdated=starts_in_the_past(valid_from, today, said_so=past_day_meant),
    )
    written = [one for one in entries_of(actor.clinic_id) if one.setting == setting.id]
    standing = entry_in_force(written, valid_from)
    if standing is None or standing.value is None:
        raise Refused(
            f"No value is in force on {valid_from:%-d %B %Y}.", field="valid_from", fix="There is nothing to withdraw."
        )
    return _append(actor, content, at)


def _append(actor: Actor, content: ValueSet | ValueWithdrawn, at: datetime) -> PolicyEntry:
    with unit_of_work():
        event = append_event(actor=actor, stream=clinic_stream(actor), content=content, effective_at=at)
        entry = PolicyEntry.objects.create(
            clinic_id=actor.clinic_id,
            event_id=event.id,
            charted_at=event.recorded_at,
            charted_by_name=actor.name,
            setting=content.setting,
            value=content.value if isinstance(content, ValueSet) else None,
            unit=content.unit if isinstance(content, ValueSet) else None,
            reason=content.reason,
            valid_from=content.valid_from,
            backdated=content.backdated,
        )
    remembered.forget(actor.clinic_id)
    return entry


def _setting(setting_id: str) -> SiteSetting:
    found = site_settings().get(setting_id)
    if found is None:
        raise Refused("There is no such setting.", field="setting", status=404)
    return found
