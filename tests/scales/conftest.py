from datetime import UTC, date, datetime

import pytest

from ketachart.people.models import Patient
from ketachart.policy.commands import set_value


@pytest.fixture
def patient(clinic):
    return Patient.objects.create(
        clinic=clinic,
        mrn="S-1",
        given_name="Sam",
        family_name="Sample",
        birth_date=date(1980, 1, 1),
        phone="+1 555 0100",
        timezone="America/Los_Angeles",
        is_synthetic=True,
        sort_key="sample sam",
        search_text="sample sam",
    )


@pytest.fixture
def site_value(actor):
    """``site_value("scales.schedule.day_7", True)``: set by the clinic lead long ago."""

    def put(setting_id, value):
        set_value(
            actor("clinic_lead"),
            setting_id=setting_id,
            value=value,
            reason="As agreed in our meeting",
            valid_from=date(2026, 1, 1),
            at=datetime(2026, 1, 1, tzinfo=UTC),
        )

    return put
