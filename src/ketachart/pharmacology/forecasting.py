"""Forecast for the treatment room: where the racemic infusion that is running goes next.

Cheap enough to be asked after every dose event: the people behind the band are drawn once per person and remembered. The
arterial and the venous prediction are given as two labelled curves; there is no one "plasma level".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.doses import AnyDose, PumpLog, RateChange, check_schedule
from ketachart.pharmacology.engine.errors import FloatArray
from ketachart.pharmacology.engine.evaluate import concentrations
from ketachart.pharmacology.errors import BadInput
from ketachart.pharmacology.person import Person
from ketachart.pharmacology.reference_set import check_doses, check_person, serve
from ketachart.pharmacology.serving import Serving, inputs_for, prepare_people, prepare_typical
from ketachart.pharmacology.simulation import described, reported_times
from ketachart.pharmacology.variability import varying

FORECAST_PEOPLE = 500
_SEED = 20_221_122


def steps(changes: Sequence[tuple[float, float]], end_h: float) -> PumpLog:
    """A pump log from (start_h, rate_mg_per_h) steps; a rate of 0 is a pause or the end.

    Raises
    ------
    BadInput
        For steps out of order, negative rates, or an end before the last step.
    """
    return PumpLog(tuple(RateChange(at_h, rate) for at_h, rate in changes), end_h)


def forecast(
    doses: Sequence[AnyDose] | AnyDose,
    person: Person,
    times_h: ArrayLike,
    *,
    molecule: str = "racemic",
    people: int = FORECAST_PEOPLE,
) -> dict[str, Any]:
    """Predict ketamine in plasma for the session's time axis.

    Parameters
    ----------
    doses : dose or sequence of doses
        What has been given and what is planned. For an infusion with rate changes use `steps` or `PumpLog`.
    person : Person
        `weight_kg` is needed.
    times_h : array (T,)
        Hours from the same zero as the doses.
    molecule : str
    people : int
        Size of the population behind the band; 0 for the typical curve alone (well below a millisecond when warm).

    Returns
    -------
    dict
        JSON-able: the curve of the chosen model ("model", "citation", "site", "population", "times_h", "p5", "p50", "p95",
        "typical", ng/mL), "also" with the other labelled curves, "effect_site" (drug effect compartment of Olofsen 2022 on
        arterial S-ketamine, when the arterial model is among them), "doses" and "warnings".

    Raises
    ------
    BadInput, Unsupported
        As `simulate`.
    """
    listed = list(doses) if isinstance(doses, Sequence) else [doses]
    check_schedule(listed, person.weight_kg)
    times = reported_times(times_h, listed)
    if people != 0 and people < 20:
        raise BadInput(
            f"people is {people}", field="people", fix="a band needs at least 20; 0 for the typical curve alone"
        )
    chosen, others = serve(molecule, listed)
    found = _curve(chosen, listed, person, times, people)
    found["also"] = [_curve(other, listed, person, times, people) for other in others[:1]]
    found["doses"] = [described(dose) for dose in listed]
    found["effect_site"] = _effect_site(listed, person, times, [chosen, *others]) if people else None
    return found


def _curve(
    serving: Serving, doses: Sequence[AnyDose], person: Person, times: FloatArray, people: int
) -> dict[str, Any]:
    warnings = check_person(serving, person) + check_doses(serving, doses, person)
    typical = prepare_typical(serving, person)
    line = concentrations(typical.bank.only(("ketamine",)), inputs_for(typical, doses), times)[0, :, 0]
    band = _band(serving, doses, person, times, people)
    return {
        "model": serving.id,
        "citation": serving.base.citation,
        "site": serving.site,
        "population": serving.base.population,
        "why": serving.why,
        "analyte": "ketamine",
        "unit": "ng/mL of base",
        "times_h": times.tolist(),
        "typical": np.round(line, 3).tolist(),
        **band,
        "people": people,
        "warnings": warnings,
    }


def _band(
    serving: Serving, doses: Sequence[AnyDose], person: Person, times: FloatArray, people: int
) -> dict[str, list[float] | None]:
    """Percentiles of ketamine by name, each (T,); None without people or without known variability."""
    if people == 0 or not any(varying(model) for model in serving.files):
        return {"p5": None, "p50": None, "p95": None}
    population = prepare_people(serving, person, people, _SEED)
    cloud = concentrations(population.bank.only(("ketamine",)), inputs_for(population, doses), times)[0]
    ranks = {"p5": int(0.05 * people), "p50": people // 2, "p95": int(0.95 * people)}
    cloud.partition(sorted(ranks.values()), axis=1)
    return {name: np.round(cloud[:, rank], 3).tolist() for name, rank in ranks.items()}


def _effect_site(
    doses: Sequence[AnyDose], person: Person, times: FloatArray, servings: Sequence[Serving]
) -> dict[str, Any] | None:
    from ketachart.pharmacology.pharmacodynamics import dissociation_effect_site

    arterial = next((serving for serving in servings if serving.site == "arterial"), None)
    if arterial is None or arterial.molecule == "arketamine":
        return None
    return dissociation_effect_site(arterial, doses, person, times)
