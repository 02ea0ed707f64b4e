"""Effects, only where parameters were readable, each with the pharmacokinetics it was estimated with.

No antidepressant response is predicted from concentration: the literature does not support it.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.doses import AnyDose
from ketachart.pharmacology.engine.errors import FloatArray
from ketachart.pharmacology.engine.evaluate import concentrations
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.errors import BadInput, Unsupported
from ketachart.pharmacology.person import Person
from ketachart.pharmacology.salts import ng_per_ml_from_nmol_per_ml
from ketachart.pharmacology.serving import Prepared, Serving, inputs_for, prepare_people, prepare_typical

_BAND_PEOPLE = 500
_SEED = 20_221_122


@cache
def _data() -> dict[str, Any]:
    text = (resources.files("ketachart.pharmacology") / "data" / "pharmacodynamics.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@dataclass(frozen=True)
class VitalSignRise:
    """Observed change of blood pressure and heart rate in depressed patients; statistics, not a model.

    Parameters
    ----------
    systolic_mmhg, diastolic_mmhg : float
    heart_rate_per_min : float, optional
    systolic_interval, diastolic_interval, heart_rate_interval : tuple of float, optional
        95 % intervals of the mean.
    at_min : float, optional
        Minutes after the start, when the change was measured at a set time.
    definition, citation, tier : str
    """

    systolic_mmhg: float
    diastolic_mmhg: float
    definition: str
    citation: str
    tier: str
    title: str = ""
    heart_rate_per_min: float | None = None
    systolic_interval: tuple[float, float] | None = None
    diastolic_interval: tuple[float, float] | None = None
    heart_rate_interval: tuple[float, float] | None = None
    at_min: float | None = None


def vital_sign_rise(study: Literal["vankawala", "riva_posse"]) -> VitalSignRise:
    """Observed rise of blood pressure (and heart rate) during a treatment.

    Parameters
    ----------
    study : {"vankawala", "riva_posse"}
        Vankawala 2021: mean of each treatment's *greatest* increase. Riva-Posse 2018: mean change *at 30 minutes*. They
        differ because peaks differ in time between people; use the first for what a monitor will see at most, the second
        for the mean course.

    Returns
    -------
    VitalSignRise
        mmHg and beats per minute.
    """
    found = _data()["blood_pressure"].get(study)
    if found is None:
        raise BadInput(f"there is no study {study!r}", field="study", fix="use 'vankawala' or 'riva_posse'")
    row: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in found.items()}
    return VitalSignRise(**row)


def s_ketamine_bank(prepared: Prepared) -> ModeBank:
    """Bank of arterial S-ketamine, analyte "S-ketamine", for the doses of a prepared arterial model.

    For a racemic dose half of the arterial total is taken as S (the digitised Leiden curves have 41 to 48 %).
    """
    if prepared.serving.site != "arterial":
        raise Unsupported(f"an effect site on {prepared.serving.id}", "it was estimated with arterial plasma only")
    bank = prepared.bank.only(("ketamine",))
    share = {"racemic": 0.5, "esketamine": 1.0}.get(prepared.serving.molecule)
    if share is None:
        raise Unsupported("an effect of arketamine", "R-ketamine did not contribute in the study (Olofsen 2022)")
    return bank.scaled(share, analytes=("S-ketamine",))


def dissociation_rate_per_h() -> float:
    """ke0 of dissociation, 1/h: ln 2 over its half-time of 8.3 minutes (Olofsen 2022)."""
    return math.log(2.0) / (float(_data()["dissociation"]["t_half_ke0_min"]) / 60.0)


def dissociation_effect_site(
    serving: Serving, doses: Sequence[AnyDose], person: Person, times_h: ArrayLike
) -> dict[str, Any]:
    """S-ketamine at the effect site of dissociation (Olofsen 2022), as concentration and relative to its C50.

    Parameters
    ----------
    serving : Serving
        An arterial model (Kamp or Simons).
    doses, person
        As for `simulate`.
    times_h : array (T,)

    Returns
    -------
    dict
        JSON-able: "times_h", "typical", "p5", "p50", "p95" (ng/mL S-ketamine at the effect site), "relative_to_c50" (typical),
        "c50_ng_per_ml" and its interval, citation, population, site, warnings. The slope of the effect was not readable, so no
        score is predicted.

    Raises
    ------
    Unsupported
        For a model that is not arterial, or arketamine.
    """
    times = np.atleast_1d(np.asarray(times_h, dtype=np.float64))
    row = _data()["dissociation"]
    rate_per_h = dissociation_rate_per_h()

    def at_effect_site(prepared: Prepared) -> FloatArray:
        bank = (
            s_ketamine_bank(prepared).with_effect_site("effect site", "S-ketamine", rate_per_h).only(("effect site",))
        )
        level: FloatArray = concentrations(bank, inputs_for(prepared, doses), times)[0]
        return level

    typical = at_effect_site(prepare_typical(serving, person))[:, 0]
    cloud = at_effect_site(prepare_people(serving, person, _BAND_PEOPLE, _SEED))
    low, middle, high = np.percentile(cloud, (5.0, 50.0, 95.0), axis=1)
    c50 = ng_per_ml_from_nmol_per_ml(row["c50_nmol_per_ml"], "ketamine")
    return {
        "what": row["title"],
        "model": serving.id,
        "site": f"effect site of {serving.site} S-ketamine",
        "population": row["population"],
        "citation": row["citation"],
        "times_h": times.tolist(),
        "typical": np.round(typical, 3).tolist(),
        "p5": np.round(low, 3).tolist(),
        "p50": np.round(middle, 3).tolist(),
        "p95": np.round(high, 3).tolist(),
        "relative_to_c50": np.round(typical / c50, 4).tolist(),
        "c50_ng_per_ml": round(c50, 1),
        "c50_interval_ng_per_ml": [
            round(ng_per_ml_from_nmol_per_ml(value, "ketamine"), 1) for value in row["c50_interval"]
        ],
        "ke0_per_min": round(rate_per_h / 60.0, 5),
        "warnings": [
            f"not read: {row['not_read']}",
            "the band holds the variability of the plasma model only, not that of C50 or ke0",
            *(["S-ketamine is taken as half of the arterial total"] if serving.molecule == "racemic" else []),
        ],
    }


def relative_drug_high(concentration_ng_per_ml: ArrayLike, site: str) -> FloatArray:
    """Arterial S-ketamine over the C50 of "drug high" (Simons 2022, part 2: 0.3 nmol/mL).

    Parameters
    ----------
    concentration_ng_per_ml : array
        S-ketamine, ng/mL.
    site : str
        Must be "arterial".

    Returns
    -------
    array
        Ratio, no score: slope and effect-site half-time were not readable.

    Raises
    ------
    Unsupported
        For any other site.
    """
    if site != "arterial":
        raise Unsupported(f"drug high from {site} plasma", "its C50 was estimated with arterial plasma")
    c50 = ng_per_ml_from_nmol_per_ml(_data()["drug_high"]["c50_nmol_per_ml"], "ketamine")
    return np.asarray(concentration_ng_per_ml, dtype=np.float64) / c50


def cardiac_output_drivers(
    serving: Serving, doses: Sequence[AnyDose], person: Person, times_h: ArrayLike
) -> dict[str, Any]:
    """Effect-site levels that drive cardiac output (Kamp 2021), relative to their C25; no litres per minute.

    S-ketamine raises cardiac output, S-norketamine lowers it. The equation that joins them was not read, so only the two
    drivers are given.

    Parameters
    ----------
    serving : Serving
        An arterial model with norketamine (Simons 2022).
    doses, person, times_h
        As for `simulate`.

    Returns
    -------
    dict
        "ketamine_relative_to_c25" (raises), "norketamine_relative_to_c25" (lowers), each (T,), citation, not_read.

    Raises
    ------
    Unsupported
        Without arterial norketamine, or for another molecule than esketamine.
    """
    if serving.site != "arterial" or "norketamine" not in serving.base.analytes or serving.molecule != "esketamine":
        raise Unsupported(f"cardiac output with {serving.id}", "it needs arterial S-ketamine and S-norketamine")
    times = np.atleast_1d(np.asarray(times_h, dtype=np.float64))
    row = _data()["cardiac_output"]
    prepared = prepare_typical(serving, person)
    bank = prepared.bank
    for name in ("ketamine", "norketamine"):
        rate = math.log(2.0) / (row[f"t_half_ke0_{name}_min"] / 60.0)
        bank = bank.with_effect_site(f"effect site {name}", name, rate)
    levels = concentrations(
        bank.only(("effect site ketamine", "effect site norketamine")), inputs_for(prepared, doses), times
    )[:, :, 0]
    c25 = [ng_per_ml_from_nmol_per_ml(row[f"c25_{name}_nmol_per_ml"], name) for name in ("ketamine", "norketamine")]
    return {
        "times_h": times.tolist(),
        "ketamine_relative_to_c25": (levels[0] / c25[0]).tolist(),
        "norketamine_relative_to_c25": (levels[1] / c25[1]).tolist(),
        "citation": row["citation"],
        "not_read": row["not_read"],
    }
