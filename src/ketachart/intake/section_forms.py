"""Which form records which section, and which of them have rows."""

from __future__ import annotations

from typing import Any

from ketachart.intake.history_forms import (
    ConditionsForm,
    GoalsForm,
    MeasurementsForm,
    PreferencesForm,
    PregnancyForm,
    SectionForm,
    SupportForm,
)
from ketachart.intake.list_forms import (
    AllergiesForm,
    AllergyRows,
    MedicineRows,
    MedicinesForm,
    ResultRows,
    ResultsForm,
    TreatmentRows,
    TreatmentsForm,
)

SECTION_FORMS: dict[str, type[SectionForm]] = {
    "conditions": ConditionsForm,
    "medicines": MedicinesForm,
    "allergies": AllergiesForm,
    "measurements": MeasurementsForm,
    "results": ResultsForm,
    "treatments": TreatmentsForm,
    "pregnancy": PregnancyForm,
    "goals": GoalsForm,
    "support": SupportForm,
    "preferences": PreferencesForm,
}

ROWS: dict[str, Any] = {
    "medicines": MedicineRows,
    "allergies": AllergyRows,
    "treatments": TreatmentRows,
    "results": ResultRows,
}
