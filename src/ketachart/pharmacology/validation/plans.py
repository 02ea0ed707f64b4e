"""What is predicted for each observed row: doses, person, model; or the reason why the row is not scored.

Assumptions that hold for all rows: 70 kg and 30 years where the study's means are not in the file, a hold of 10 minutes
followed by swallowing for sublingual tablets, wafers and lozenges, half-lives read as the slope over a stated window.
Where a model was calibrated on a study, that study is left out and the parameter comes from what remains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ketachart.pharmacology.doses import (
    AnyDose,
    Bolus,
    Infusion,
    IntramuscularInjection,
    NasalDevices,
    Oral,
    Rectal,
    Sublingual,
)
from ketachart.pharmacology.model_file import ModelFile, model_file
from ketachart.pharmacology.person import Person
from ketachart.pharmacology.serving import Serving
from ketachart.pharmacology.validation.observed import Observed

ADULT = Person(weight_kg=70.0, age_years=30.0)
SIMONS_PERSON = Person(weight_kg=73.0, age_years=24.0)
HOLD_H = 10.0 / 60.0

NASAL_ABSORPTION_PER_H = 2.93
"""ka,n of Perez-Ruixo 2021: stands in for the muscle's rate when its only study is left out."""
GLUE_RELEASE_H = 10.0
"""Release time of the controlled-release tablet of Glue 2020."""


@dataclass(frozen=True)
class Plan:
    """How one row is predicted.

    Parameters
    ----------
    serving : Serving
    doses : tuple of doses
    analyte : str
    data : {"external", "own data", "left out"}
        Whether the model never saw the study, was fitted on it (by its authors), or was calibrated here and the study is left out.
    person : Person
    window_h : tuple of float, optional
        For areas and half-lives.
    first_sample_h : float, optional
        A peak after a push is what the first sample can see.
    scale : float
        The prediction is multiplied by it (e.g. 0.5 for "each enantiomer").
    apart : bool
        Whether S and R are needed apart.
    """

    serving: Serving
    doses: tuple[AnyDose, ...]
    analyte: str = "ketamine"
    data: str = "external"
    person: Person = ADULT
    window_h: tuple[float, float] | None = None
    first_sample_h: float | None = None
    scale: float = 1.0
    apart: bool = False


@dataclass(frozen=True)
class NotScored:
    """Why a row is not scored."""

    reason: str
    details: Mapping[str, str] = field(default_factory=dict)


ANALYTES = {
    "K": "ketamine",
    "NK": "norketamine",
    "S-K": "S-ketamine",
    "R-K": "R-ketamine",
    "S-NK": "S-norketamine",
    "R-NK": "R-norketamine",
}


def altered(model: ModelFile, **values: float) -> ModelFile:
    """The model with other typical values (base units of their dimension)."""
    rows = dict(model.parameters)
    for name, value in values.items():
        rows[name] = replace(rows[name], value=value)
    return replace(model, parameters=rows)


def _plain(model_id: str, molecule: str) -> Serving:
    return Serving(model_file(model_id), (), molecule)


def _absorbed(model_id: str, **values: float) -> Serving:
    model = model_file(model_id)
    return Serving(model_file(model.disposition), (altered(model, **values) if values else model,), "racemic")


def oral_fraction_without(study: str) -> float:
    """Racemic oral bioavailability from the studies that remain: subjects' mean of Chong, Yanagihara and Clements.

    Clements' number of subjects is not stated; it counts as 3.
    """
    known = {"Chong": (0.23, 6), "Yanagihara": (0.20, 3), "Clements": (0.17, 3)}
    left = [value for name, value in known.items() if not study.startswith(name)]
    return sum(value * n for value, n in left) / sum(n for _, n in left)


def swallowed_fraction_without(study: str) -> float:
    """Share of the swallowed rest that reaches plasma, so that the remaining studies' total is met after a 10-min hold."""
    known = {"Rolan": (0.29, 8), "Chong": (0.32, 6), "Yanagihara": (0.30, 3)}
    left = [value for name, value in known.items() if not study.startswith(name)]
    total = sum(value * n for value, n in left) / sum(n for _, n in left)
    return (total - 0.263) / (1.0 - 0.263)


_CHILDREN = ("Malinovsky", "Weber", "Hornik", "Brunette")


def plan_for(row: Observed) -> Plan | NotScored:
    """The plan for a row, or why it is not scored."""
    if row.metric.startswith("modelpred_"):
        return NotScored("a model's own typical value, not an observation (reproduced in the tests)")
    if row.study.startswith(_CHILDREN):
        return NotScored("children: no model of the reference set serves them")
    if "+" in row.study or "impairment" in row.study:
        return NotScored("an exposure ratio that is used as published, not predicted")
    if row.study.startswith("Hijazi"):
        return NotScored("intensive care with brain or spinal injury: outside the population of every model")
    if row.study.startswith("Jonkman"):
        return NotScored("nebulised: no inhalation model")
    if "DHNK" in row.analyte:
        return NotScored("dehydronorketamine: no readable model")
    for prefix, planner in _STUDIES.items():
        if row.study.startswith(prefix):
            return planner(row)
    return NotScored("no plan for this study")


def _singh(row: Observed) -> Plan | NotScored:
    analyte = ANALYTES[row.analyte]
    window = (0.0, 4.0)
    if row.route == "IV":
        doses = (Bolus(dose_mg=row.dose),)
        if row.metric == "Tmax" and row.analyte == "K":
            return NotScored("the peak of a push is the first sample, whenever it was taken")
        model = "kamp-2020" if row.analyte == "K" else "otto-2021"
        return Plan(
            _plain(model, "racemic"),
            doses,
            analyte,
            window_h=window,
            first_sample_h=2.0 / 60.0 if row.analyte == "K" else None,
        )
    if row.metric == "F" or (row.metric == "AUC" and row.analyte == "K"):
        return NotScored("bioavailability is a required attribute of the product and comes from this row")
    fraction = {10.0: 0.17, 30.0: 0.13, 50.0: 0.11}[row.dose]
    return Plan(
        _absorbed("racemic-nasal"),
        (NasalDevices(dose_mg=row.dose, bioavailability=fraction),),
        analyte,
        window_h=window,
    )


def _sublingual_study(row: Observed) -> Plan | NotScored:
    analyte = ANALYTES.get(row.analyte, "norketamine")
    if row.route == "PO":
        serving = _absorbed("racemic-oral", F_oral=oral_fraction_without(row.study))
        return Plan(serving, (Oral(dose_mg=row.dose),), analyte, "left out")
    serving = _absorbed("racemic-sublingual", F_oral=swallowed_fraction_without(row.study))
    return Plan(serving, (Sublingual(dose_mg=row.dose, hold_h=HOLD_H),), analyte, "left out", window_h=(0.0, 8.0))


def _yanagihara(row: Observed) -> Plan | NotScored:
    half = 0.5 if "each" in row.analyte else 1.0
    analyte = "norketamine" if row.analyte.startswith("NK") else "ketamine"
    if row.route == "IV":
        return Plan(_plain("otto-2021", "racemic"), (Bolus(dose_mg=20.0),), analyte, window_h=(2.0, 8.0))
    if row.route == "PO tablet":
        serving = _absorbed("racemic-oral", F_oral=oral_fraction_without("Yanagihara"))
        return Plan(serving, (Oral(dose_mg=50.0),), analyte, "left out", window_h=(0.0, 8.0), scale=half)
    if row.route.startswith("SL tablet"):
        serving = _absorbed("racemic-sublingual", F_oral=swallowed_fraction_without("Yanagihara"))
        return Plan(
            serving, (Sublingual(dose_mg=50.0, hold_h=HOLD_H),), analyte, "left out", window_h=(0.0, 8.0), scale=half
        )
    if row.route == "rectal suppository":
        serving = _absorbed("racemic-rectal", F=0.25)  # Malinovsky's children are what remains
        return Plan(serving, (Rectal(dose_mg=50.0),), analyte, "left out")
    if row.metric == "F":
        return NotScored("bioavailability is a required attribute of the product and comes from this row")
    doses = (NasalDevices(dose_mg=25.0, bioavailability=0.45),)
    return Plan(_absorbed("racemic-nasal"), doses, analyte, window_h=(0.0, 6.0), scale=half)


def _hasan(row: Observed) -> Plan | NotScored:
    if row.route == "IV":
        doses: tuple[AnyDose, ...] = (Infusion(dose_mg=5.0, duration_h=0.5),)
        if row.analyte == "HNK":
            return NotScored(
                "two reports of this study differ five-fold in hydroxynorketamine; no model has the R form"
            )
        if row.analyte == "R-2,6-HNK":
            return NotScored("hydroxynorketamine of R-ketamine: no readable model")
        if row.analyte == "S-2,6-HNK":
            return Plan(_plain("simons-2022", "esketamine"), doses, "hydroxynorketamine")
        if row.analyte in ("S-K", "R-K"):
            return Plan(_plain("otto-2021", "racemic"), doses, ANALYTES[row.analyte], apart=True, window_h=(8.0, 24.0))
        return Plan(_plain("otto-2021", "racemic"), doses, ANALYTES[row.analyte], window_h=(8.0, 24.0))
    if "HNK" in row.analyte:
        return NotScored("hydroxynorketamine after oral racemate: no readable model")
    serving = _absorbed("racemic-prolonged-release", F_oral=oral_fraction_without(""), D_oral=GLUE_RELEASE_H)
    doses = (Oral(dose_mg=row.dose, release="prolonged"),)
    return Plan(
        serving, doses, ANALYTES[row.analyte], "left out", window_h=(12.0, 36.0), apart=row.analyte in ("S-K", "R-K")
    )


def _glue(row: Observed) -> Plan | NotScored:
    doses = (Oral(dose_mg=120.0, release="prolonged"),)
    return Plan(_absorbed("racemic-prolonged-release"), doses, "ketamine", window_h=(12.0, 36.0))


def _simons(row: Observed) -> Plan | NotScored:
    serving = _plain("simons-2022", "esketamine")
    if row.route == "IV":
        film_mg = 50.0 if row.value > 265 else 100.0
        doses: tuple[AnyDose, ...] = (
            Sublingual(dose_mg=film_mg, hold_h=HOLD_H),
            Infusion(dose_mg=20.0, duration_h=20.0 / 60.0, at_h=6.0),
        )
        return Plan(serving, doses, "ketamine", "own data", SIMONS_PERSON)
    names = {"S-K": "ketamine", "S-NK": "norketamine", "S-HNK": "hydroxynorketamine"}
    doses = (Sublingual(dose_mg=row.dose or 100.0, hold_h=HOLD_H),)
    return Plan(serving, doses, names[row.analyte], "own data", SIMONS_PERSON, window_h=(0.0, 6.0))


def _kamp(row: Observed) -> Plan | NotScored:
    if "HNK" in row.analyte:
        return NotScored(
            "hydroxynorketamine after racemate: no readable model of the R form, digitised with a large error"
        )
    per_kg = (0.28, 0.57, 1.14) if row.form == "racemic" else (0.14, 0.28, 0.57)
    doses = tuple(Infusion(dose_mg=70.0 * mg, duration_h=1.0, at_h=float(hour)) for hour, mg in enumerate(per_kg))
    molecule = "racemic" if row.form == "racemic" else "esketamine"
    if row.analyte in ("S-K", "R-K"):
        half = 0.5 if molecule == "racemic" else 1.0
        return Plan(_plain("kamp-2020", molecule), doses, "ketamine", "own data", scale=half)
    if molecule == "racemic":
        return Plan(_plain("otto-2021", molecule), doses, ANALYTES[row.analyte], apart=True)
    return Plan(_plain("otto-2021", molecule), doses, "norketamine")


def _spravato(row: Observed) -> Plan | NotScored:
    serving = _plain("perez-ruixo-2021", "esketamine")
    if row.metric == "Vss":
        return Plan(serving, (Infusion(dose_mg=28.0, duration_h=40.0 / 60.0),), "ketamine", "own data")
    doses = (NasalDevices(dose_mg=28.0, devices=3, every_h=5.0 / 60.0),)
    analyte = "norketamine" if row.analyte == "S-NK" else "ketamine"
    return Plan(serving, doses, analyte, "own data", window_h=(24.0, 48.0))


def _wang(row: Observed) -> Plan | NotScored:
    if row.form != "racemic":
        return Plan(_plain("kamp-2020", "esketamine"), (Bolus(dose_mg=35.0),), "ketamine")
    return Plan(_plain("otto-2021", "racemic"), (Bolus(dose_mg=70.0),), ANALYTES[row.analyte], apart=True)


def _idvall(row: Observed) -> Plan | NotScored:
    if row.metric == "Css_anaesthesia":
        hours = 6.0
        doses = (Bolus(dose_mg=140.0), Infusion(dose_mg=0.041 * 60.0 * 70.0 * hours, duration_h=hours))
        return Plan(_plain("kamp-2020", "racemic"), doses, "ketamine")
    return NotScored("duration of the anaesthesia and time of the sample were not read")


def _hirlinger(row: Observed) -> Plan | NotScored:
    serving = _absorbed("racemic-intramuscular", ka=NASAL_ABSORPTION_PER_H)
    return Plan(serving, (IntramuscularInjection(dose_mg=70.0 * row.dose),), "ketamine", "left out")


def _fanta(row: Observed) -> Plan | NotScored:
    if row.route == "PO" and row.metric == "F":
        return Plan(_plain("ashraf-2018", "esketamine"), (Oral(dose_mg=17.5),), "ketamine")
    if row.metric == "CL":
        return Plan(_plain("otto-2021", "esketamine"), (Bolus(dose_mg=8.75),), "ketamine", "own data")
    return NotScored("simulated by the authors, not observed")


def _clements(row: Observed) -> Plan | NotScored:
    if row.route == "PO":
        serving = _absorbed("racemic-oral", F_oral=oral_fraction_without("Clements"))
        return Plan(serving, (Oral(dose_mg=35.0),), "ketamine", "left out")
    return NotScored("the only source of this bioavailability: an input")


def _reviewed(row: Observed) -> Plan | NotScored:
    if row.study.startswith("Grant"):
        return Plan(_absorbed("racemic-oral"), (Oral(dose_mg=35.0),), "ketamine")
    if row.study.startswith("Zarate"):
        return Plan(_plain("otto-2021", "racemic"), (Infusion(dose_mg=35.0, duration_h=40.0 / 60.0),), "ketamine")
    return NotScored("a range of effect or a level without its time")


_STUDIES = {
    "Singh": _singh,
    "Rolan": _sublingual_study,
    "Chong": _sublingual_study,
    "Yanagihara": _yanagihara,
    "Hasan": _hasan,
    "Glue": _glue,
    "Simons": _simons,
    "Kamp": _kamp,
    "Spravato": _spravato,
    "Wang": _wang,
    "Idvall": _idvall,
    "Hirlinger": _hirlinger,
    "Fanta": _fanta,
    "Clements": _clements,
    "Grant": _reviewed,
    "Zarate": _reviewed,
    "Krystal": _reviewed,
    "Lahti": _reviewed,
}
