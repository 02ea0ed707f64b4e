from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import DatabaseError, transaction

from ketachart.course.dose_limits import dose_knowledge_with
from ketachart.policy import remembered
from ketachart.policy.commands import set_value, withdraw_value
from ketachart.policy.models import PolicyEntry
from ketachart.policy.queries import site_values, site_values_at
from ketachart.record.errors import NotAllowed, Refused
from ketachart.record.models import Event
from ketachart.treatment.kinds import SitePolicy
from ketachart.treatment.site_policy import site_policy

AT = datetime(2026, 11, 22, 15, tzinfo=UTC)
TODAY = date(2026, 11, 22)
DOSE = "course.iv.maximum_dose_mg"
REASON = "Dose committee, 20 November"


@pytest.fixture(autouse=True)
def _at():
    with time_machine.travel(AT, tick=False):
        yield


def given(actor, value=80.0, day=TODAY, **more):
    return set_value(actor("clinic_lead"), setting_id=DOSE, value=value, reason=REASON, valid_from=day, at=AT, **more)


def nothing_written():
    return not PolicyEntry.objects.exists() and not Event.objects.filter(kind__startswith="policy.").exists()


def test_a_value_holds_from_its_day_on_with_who_set_it_and_why(actor, clinic):
    given(actor, day=TODAY + timedelta(days=1))
    assert DOSE not in site_values(clinic.id, TODAY)
    tomorrow = site_values(clinic.id, TODAY + timedelta(days=1))[DOSE]
    assert (tomorrow.value, tomorrow.unit, tomorrow.reason) == (80.0, "mg", REASON)
    assert tomorrow.set_by_name == "Clinic Lead Test"
    event = Event.objects.get(kind="policy.value_set")
    assert event.content.valid_from == TODAY + timedelta(days=1)
    assert event.content.backdated is False


def test_a_withdrawn_value_is_missing_again_and_stays_readable_for_the_days_before(actor, clinic):
    given(actor)
    withdraw_value(actor("clinic_lead"), setting_id=DOSE, reason=REASON, valid_from=TODAY + timedelta(days=2), at=AT)
    assert site_values(clinic.id, TODAY + timedelta(days=1)).number(DOSE) == 80
    assert site_values(clinic.id, TODAY + timedelta(days=2)).number(DOSE) is None


@pytest.mark.parametrize("role", ["nurse", "prescriber", "therapist", "pharmacist", "front_desk", "biller", "patient"])
def test_only_the_clinic_lead_sets_values(actor, role):
    somebody = actor(role, patient_id="01931f6e-0000-7000-8000-000000000001") if role == "patient" else actor(role)
    for write in (set_value, withdraw_value):
        value = {"value": 80.0} if write is set_value else {}
        with pytest.raises(NotAllowed):
            write(somebody, setting_id=DOSE, reason=REASON, valid_from=TODAY, at=AT, **value)
    assert nothing_written()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"value": 0.0}, "value"),
        ({"reason": "  "}, "reason"),
        ({"valid_from": TODAY - timedelta(days=1)}, "valid_from"),
        ({"setting_id": "course.iv.no_such_thing"}, "setting"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(actor, change, field):
    values = {"setting_id": DOSE, "value": 80.0, "reason": REASON, "valid_from": TODAY, "at": AT}
    with pytest.raises(Refused) as refused:
        set_value(actor("clinic_lead"), **{**values, **change})
    assert refused.value.field == field
    assert nothing_written()


def test_nothing_can_be_withdrawn_that_is_not_in_force(actor):
    with pytest.raises(Refused):
        withdraw_value(actor("clinic_lead"), setting_id=DOSE, reason=REASON, valid_from=TODAY, at=AT)
    assert nothing_written()


def test_a_past_day_is_kept_as_said_and_the_record_still_knows_what_was_known_before(actor, clinic):
    yesterday = TODAY - timedelta(days=1)
    given(actor, day=yesterday, past_day_meant=True)
    assert PolicyEntry.objects.get().backdated
    assert site_values(clinic.id, yesterday).number(DOSE) == 80
    assert site_values(clinic.id, yesterday, known_at=AT - timedelta(hours=1)).number(DOSE) is None


def test_the_day_is_the_clinic_s_own_day(actor, clinic):
    """15:00 UTC on the 22nd is still the 22nd in New York; 03:00 UTC on the 23rd is, too."""
    given(actor, day=TODAY + timedelta(days=1))
    assert site_values_at(clinic.id, datetime(2026, 11, 23, 3, tzinfo=UTC)).number(DOSE) is None
    assert site_values_at(clinic.id, datetime(2026, 11, 23, 6, tzinfo=UTC)).number(DOSE) == 80


def test_values_of_one_clinic_are_not_another_s(actor, clinic, other_clinic):
    given(actor)
    assert DOSE in site_values(clinic.id, TODAY)
    assert DOSE not in site_values(other_clinic.id, TODAY)


def test_an_entry_cannot_be_changed_or_removed(actor):
    entry = given(actor)
    rows = PolicyEntry.objects.filter(id=entry.id)
    for write in (lambda: rows.update(value=90.0), rows.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()
    assert PolicyEntry.objects.get().value == 80.0


def test_within_one_request_the_values_are_read_once_and_a_write_is_seen(actor, clinic, count_statements):
    remembered._begin()
    try:
        site_values(clinic.id, TODAY)
        with count_statements() as statements:
            assert site_values(clinic.id, TODAY).number(DOSE) is None
        assert len(statements) == 0, statements.all
        given(actor)
        assert site_values(clinic.id, TODAY).number(DOSE) == 80
    finally:
        remembered._end()
    with count_statements() as statements:
        site_values(clinic.id, TODAY)
    assert len(statements) == 1


def test_a_limit_set_by_the_clinic_holds_a_plan_from_its_day_on(actor, clinic):
    given(actor, value=30.0, day=TODAY + timedelta(days=1))
    limits = {
        day: dose_knowledge_with(site_values(clinic.id, day)).site.maximum_dose_mg
        for day in (TODAY, TODAY + timedelta(days=1))
    }
    assert limits == {TODAY: None, TODAY + timedelta(days=1): Decimal("30.0")}


def test_a_session_takes_along_what_the_clinic_has_set_on_that_day(actor):
    lead = actor("clinic_lead")
    assert site_policy(lead, route="IV", molecule="racemic ketamine", at=AT) == SitePolicy()
    for setting_id, value in (
        ("treatment.iv.minimum_stay_minutes", 90.0),
        ("treatment.im.minimum_stay_minutes", 120.0),
        ("treatment.hold.systolic_mmhg", 150.0),
        ("treatment.weight.valid_days", 7.0),
    ):
        set_value(lead, setting_id=setting_id, value=value, reason=REASON, valid_from=TODAY, at=AT)
    assert site_policy(lead, route="IV", molecule="racemic ketamine", at=AT) == SitePolicy(
        minimum_stay_minutes=90, hold_systolic_mmhg=150, weight_valid_days=7
    )
    assert site_policy(lead, route="IM", molecule="racemic ketamine", at=AT).minimum_stay_minutes == 120
    assert site_policy(lead, route="nasal", molecule="esketamine", at=AT) == SitePolicy(weight_valid_days=7)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("schedule.fasting.solids_hours", 2.0), ("schedule.fasting.clear_fluids_hours", 6.0)),
        (("schedule.fasting.clear_fluids_hours", 6.0), ("schedule.fasting.solids_hours", 2.0)),
    ],
)
def test_values_that_belong_together_do_not_contradict_each_other(actor, first, second):
    lead = actor("clinic_lead")
    set_value(lead, setting_id=first[0], value=first[1], reason=REASON, valid_from=TODAY, at=AT)
    with pytest.raises(Refused) as refused:
        set_value(lead, setting_id=second[0], value=second[1], reason=REASON, valid_from=TODAY, at=AT)
    assert refused.value.field == "value"
    assert PolicyEntry.objects.count() == 1
