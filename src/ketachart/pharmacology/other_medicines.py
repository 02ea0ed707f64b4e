"""Other medicines that change ketamine exposure: sourced ratios by route, applied as multipliers, never extrapolated."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from ketachart.pharmacology.doses import AnyDose
from ketachart.pharmacology.errors import BadInput
from ketachart.pharmacology.serving import Prepared

_SWALLOWED = {"oral", "oral prolonged release"}


@dataclass(frozen=True)
class Interaction:
    """One study of another medicine with ketamine by one route. Ratios are with over without; None when not printed.

    Parameters
    ----------
    medicine, mechanism, route, molecule, dose, citation, tier, note : str
    subjects : int, optional
    ketamine_auc_ratio, ketamine_cmax_ratio, norketamine_auc_ratio, norketamine_cmax_ratio : float, optional
    norketamine_to_ketamine_auc_ratio, half_life_ratio : float, optional
    ketamine_auc_ratio_range, ketamine_cmax_ratio_range : tuple of float, optional
    """

    medicine: str
    mechanism: str
    route: str
    molecule: str
    dose: str
    citation: str
    tier: str
    note: str = ""
    subjects: int | None = None
    ketamine_auc_ratio: float | None = None
    ketamine_cmax_ratio: float | None = None
    norketamine_auc_ratio: float | None = None
    norketamine_cmax_ratio: float | None = None
    norketamine_to_ketamine_auc_ratio: float | None = None
    half_life_ratio: float | None = None
    ketamine_auc_ratio_range: tuple[float, float] | None = None
    ketamine_cmax_ratio_range: tuple[float, float] | None = None


@cache
def _all() -> tuple[Interaction, ...]:
    text = (resources.files("ketachart.pharmacology") / "data" / "interactions.toml").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)["interaction"]
    found: list[Interaction] = []
    for row in rows:
        fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
        found.append(Interaction(**fields))
    return tuple(found)


def interactions(medicine: str | None = None, route: str | None = None) -> tuple[Interaction, ...]:
    """The studies known here, all or of one medicine or route.

    Parameters
    ----------
    medicine : str, optional
        Case does not matter.
    route : str, optional
        Of ketamine: "oral", "nasal", "intravenous".

    Raises
    ------
    BadInput
        For a medicine that is not among them (which does not mean that it is safe).
    """
    known = {row.medicine.lower() for row in _all()}
    if medicine is not None and medicine.strip().lower() not in known:
        raise BadInput(
            f"no interaction study of {medicine!r} is known here (that does not make it safe)",
            field="interactions",
            fix=f"known: {', '.join(sorted(known))}",
        )
    return tuple(
        row
        for row in _all()
        if (medicine is None or row.medicine.lower() == medicine.strip().lower())
        and (route is None or row.route == route)
    )


def with_interactions(
    prepared: Prepared, doses: Sequence[AnyDose], medicines: Sequence[str]
) -> tuple[Prepared, list[str]]:
    """Scale what enters by the affected routes with the sourced AUC ratio, for ketamine alone.

    Parameters
    ----------
    prepared : Prepared
    doses : sequence of doses
    medicines : sequence of str

    Returns
    -------
    prepared : Prepared
        With "ketamine" as the only analyte when a ratio was applied: norketamine changes by another ratio.
    warnings : list of str

    Notes
    -----
    The ratio is applied to the whole curve, so peak and area change alike; the observed peak ratio is in the warning.
    """
    warnings: list[str] = []
    factors: dict[str, float] = {}
    for medicine in medicines:
        rows = interactions(medicine)
        for route in sorted({dose.model_route for dose in doses}):
            studied = "oral" if route in _SWALLOWED else route
            row = next((row for row in rows if row.route == studied), None)
            if row is None:
                warnings.append(f"{medicine}: no study with ketamine by the {route} route; no ratio applied")
            elif row.ketamine_auc_ratio is None:
                warnings.append(f"{medicine} with {route} ketamine: {row.note}; no ratio applied ({row.citation})")
            else:
                factors[route] = factors.get(route, 1.0) * row.ketamine_auc_ratio
                warnings.append(
                    f"{medicine} with {route} ketamine: exposure x {row.ketamine_auc_ratio:g} applied to the whole curve"
                    + (
                        f" (observed peak ratio {row.ketamine_cmax_ratio:g})"
                        if row.ketamine_cmax_ratio is not None
                        else ""
                    )
                    + f"; {row.citation}"
                )
    if len(medicines) > 1 and factors:
        warnings.append("several interactions were multiplied: no study gave these medicines together")
    if not factors:
        return prepared, warnings
    entering: dict[str, float] = {}
    for route, factor in factors.items():
        for channel in _channels(prepared, route):
            entering[channel] = entering.get(channel, 1.0) * factor
    bank = prepared.bank.scaled(intake=entering).only(("ketamine",))
    warnings.append("norketamine is not shown: it changes by another ratio than ketamine")
    return Prepared(prepared.serving, bank, prepared.values), warnings


def _channels(prepared: Prepared, route: str) -> list[str]:
    owner = prepared.serving.owner(route)
    if owner in prepared.serving.absorption:
        return [name for name in prepared.bank.channels if name.startswith(f"{owner.routes[0]} ")]
    by_route = {"intravenous": ["iv"], "nasal": ["nose", "gut_swallowed"], "oral": ["gut_oral"]}
    return by_route.get(route, [])
