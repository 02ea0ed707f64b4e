"""The models in plain data: for `ketachart models`, for documents and for anyone who wants to check a row."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ketachart.pharmacology.model_file import ModelFile, catalogue
from ketachart.pharmacology.reference_set import reference_set


def models() -> tuple[ModelFile, ...]:
    """All models, in the order of their ids; each row of each carries its source.

    Raises
    ------
    ModelFileError
        When a file shipped with the package is wrong.
    """
    return tuple(catalogue().values())


def model_as_dict(model: ModelFile) -> dict[str, Any]:
    """One model, JSON-able: what it is, where it holds, every parameter with unit, source, tier and status."""
    return {
        "id": model.id,
        "title": model.title,
        "kind": model.kind,
        "structure": model.structure,
        "disposition": model.disposition or None,
        "molecule": model.molecule,
        "also_fitted_on": list(model.also_fitted_on),
        "dose_basis": model.dose_basis,
        "site": model.site,
        "site_source": model.site_source,
        "routes": list(model.routes),
        "analytes": list(model.analytes),
        "citation": model.citation,
        "doi": list(model.doi),
        "read_at": model.read_at,
        "tier": model.tier,
        "population": {
            "description": model.population,
            "subjects": model.subjects,
            "age_years": [model.studied_age_years.low, model.studied_age_years.high],
            "weight_kg": [model.studied_weight_kg.low, model.studied_weight_kg.high],
        },
        "validity": {
            "age_years": [model.valid_age_years.low, model.valid_age_years.high],
            "weight_kg": [model.valid_weight_kg.low, model.valid_weight_kg.high],
            "dose_mg": model.valid_dose_mg,
            "dose_mg_per_kg": model.valid_dose_mg_per_kg,
            "note": model.validity_note,
        },
        "parameters": {name: _row(asdict(row)) for name, row in model.parameters.items()},
        "covariances": [
            {"between": [first, second], "value": value} for (first, second), value in model.covariances.items()
        ],
        "residuals": {analyte: asdict(residual) for analyte, residual in model.residuals.items()},
        "known_defects": list(model.defects),
        "performance": list(model.performance),
    }


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """A parameter as printed, without what it does not have."""
    kept = {key: value for key, value in row.items() if value not in ("", 0.0) or key in ("value", "printed_value")}
    kept.pop("name", None)
    if not row["weight_exponent"]:
        kept.pop("reference_weight_kg", None)
    if not (row["variance"] or row["occasion_variance"]):
        for key in ("variance_status", "distribution"):
            kept.pop(key, None)
    return kept


def reference_set_as_dicts() -> list[dict[str, Any]]:
    """Which model serves which molecule and route, and why."""
    return [asdict(choice) for choice in reference_set()]
