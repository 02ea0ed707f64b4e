"""Simulate: doses and a person in, a prediction with its band out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.bands import Progress, Question, band, whole_areas
from ketachart.pharmacology.doses import AnyDose, Infusion, NasalDevices, PumpLog, Sublingual, check_schedule
from ketachart.pharmacology.engine.errors import FloatArray
from ketachart.pharmacology.engine.evaluate import concentrations
from ketachart.pharmacology.engine.measures import peak
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.engine.schedule import Input
from ketachart.pharmacology.errors import BadInput, Unsupported
from ketachart.pharmacology.person import Person
from ketachart.pharmacology.prediction import Curve, Prediction
from ketachart.pharmacology.reference_set import check_doses, check_person, serve
from ketachart.pharmacology.serving import Prepared, inputs_for

MOST_PEOPLE = 2_000_000
_MOST_MARKED = 40
_AFTER_H = np.array([0.0, 0.25, 0.5, 1.0, 2.0, 4.0])
"""Reported by default after the end of each dose, so that no peak of a long series falls between two times."""


def simulate(
    doses: Sequence[AnyDose] | AnyDose,
    person: Person | None = None,
    *,
    model: str = "reference",
    molecule: str = "racemic",
    times_h: ArrayLike | None = None,
    people: int = 1000,
    seed: int = 1,
    site: str | None = None,
    also: bool = True,
    enantiomers: bool = False,
    interactions: Sequence[str] = (),
    cyp2b6_activity: float = 1.0,
    progress: Progress | None = None,
) -> Prediction:
    """Predict concentrations after doses.

    Parameters
    ----------
    doses : dose or sequence of doses
        Dose classes of `ketachart.pharmacology`, mg of base unless they say hydrochloride.
    person : Person, optional
        Covariates; models that scale with weight need `weight_kg`.
    model : str
        "reference" (chosen by molecule, route and question) or the id of a model.
    molecule : {"racemic", "esketamine", "arketamine"}
    times_h : array (T,), optional
        When to report, h; not decreasing. Default: close steps until 4 h after the last dose, then every half
        hour for 20 h, and starts and ends of doses.
    people : int
        Size of the population behind the band; 0 for the typical person alone.
    seed : int
        Of the population: the same seed gives the same band.
    site : {"arterial", "venous"}, optional
        Prefer the model of the reference line that was sampled there.
    also : bool
        Whether the other models of the reference line are predicted too.
    enantiomers : bool
        Whether "S-ketamine", "R-ketamine" and so on are reported beside the totals, where S and R are computed apart.
    interactions : sequence of str
        Other medicines, by the names that `interactions()` lists; sourced ratios are applied to the affected route.
    cyp2b6_activity : float
        Share of CYP2B6 that is left (ashraf-2018 only): 1 uninhibited, 0 completely inactivated.
    progress : callable, optional
        Called with (done, of, what): models, and chunks of people in large populations.

    Returns
    -------
    Prediction
        Concentrations in ng/mL of base.

    Raises
    ------
    BadInput
        For impossible values or schedules, an implausible dose, a missing weight, a missing product attribute.
    Unsupported
        When no model serves the question.

    Examples
    --------
    >>> from ketachart.pharmacology import Infusion, Person, simulate
    >>> prediction = simulate(Infusion(dose_mg=35, duration_h=40 / 60), Person(weight_kg=70, age_years=40), people=0)
    >>> prediction.model, prediction.site
    ('otto-2021', 'venous')
    """
    person = person or Person()
    listed = list(doses) if isinstance(doses, Sequence) else [doses]
    check_schedule(listed, person.weight_kg)
    if isinstance(people, bool) or not isinstance(people, int) or not 0 <= people <= MOST_PEOPLE:
        raise BadInput(f"people is {people!r}", field="people", fix=f"give a whole number from 0 to {MOST_PEOPLE}")
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise BadInput(f"seed is {seed!r}", field="seed", fix="give a whole number from 0 to 2^63 - 1")
    if not 0.0 <= cyp2b6_activity <= 1.0:
        raise BadInput(
            f"cyp2b6_activity is {cyp2b6_activity!r}", field="cyp2b6_activity", fix="give a share from 0 to 1"
        )
    if cyp2b6_activity != 1.0 and model != "ashraf-2018":
        raise Unsupported(
            f"a CYP2B6 activity with model {model!r}", "only ashraf-2018 has the enzyme; name it as model"
        )
    chosen, others = serve(molecule, listed, model=model, site=site)
    times = reported_times(times_h, listed)
    wanted = [chosen, *(others if also else ())]
    found: list[Prediction] = []
    for number, serving in enumerate(wanted):
        if progress is not None:
            progress(number, len(wanted), "models")
        apart = enantiomers and serving.enantiomers_apart
        question = Question(serving, tuple(listed), person, apart, tuple(interactions), cyp2b6_activity)
        found.append(predict(question, times, people, seed, progress))
    if progress is not None:
        progress(len(wanted), len(wanted), "models")
    first, rest = found[0], found[1:]
    first.also.extend(rest)
    return first


def reported_times(times_h: ArrayLike | None, doses: Sequence[AnyDose]) -> FloatArray:
    """Checked times, or the default grid. Raises BadInput for times before 0 or in disorder."""
    end = max(dose.end_h for dose in doses)
    if times_h is None:
        even = [np.linspace(0.0, end + 4.0, 121), np.linspace(end + 4.0, end + 24.0, 41)]
        return np.unique(
            np.concatenate([*even, *(dose.end_h + _AFTER_H for dose in doses[:_MOST_MARKED]), _starts(doses)])
        )
    times = np.atleast_1d(np.asarray(times_h, dtype=np.float64))
    if times.ndim != 1 or times.size == 0 or not np.all(np.isfinite(times)):
        raise BadInput("times_h is empty or not finite", field="times_h", fix="give a list of hours, e.g. [0.5, 1, 2]")
    if np.any(times < 0.0) or np.any(np.diff(times) < 0.0):
        raise BadInput("times_h goes back or before 0", field="times_h", fix="give hours from 0 on, in order")
    return times


def _starts(doses: Sequence[AnyDose]) -> FloatArray:
    return np.array([dose.at_h for dose in doses[:_MOST_MARKED]], dtype=np.float64)


def described(dose: AnyDose) -> str:
    """A dose in words, mg of base."""
    start = f" at {dose.at_h:g} h" if dose.at_h else ""
    if isinstance(dose, PumpLog):
        rates = ", ".join(f"{change.rate_mg_per_h:g} mg/h from {change.at_h:g} h" for change in dose.changes)
        return f"pump: {rates}, until {dose.end_h:g} h ({dose.total_base_mg:.4g} mg base)"
    text = f"{dose.kind} {dose.base_dose_mg:.4g} mg base"
    if isinstance(dose, Infusion):
        text += f" over {dose.duration_h * 60.0:.4g} min"
    elif isinstance(dose, NasalDevices):
        text += f" x {dose.devices}" + (f" every {dose.every_h * 60.0:.4g} min" if dose.devices > 1 else "")
    elif isinstance(dose, Sublingual):
        after = {1.0: "swallowed", 0.0: "spat out"}.get(dose.swallowed, f"{dose.swallowed:.0%} swallowed")
        text += f" held {dose.hold_h * 60.0:.4g} min, then {after}"
    return text + start


def half_life_h(bank: ModeBank, inputs: Sequence[Input], analyte: int) -> float:
    """ln 2 over the slowest rate that the analyte shows after these inputs, h (typical person)."""
    excited = np.zeros(bank.modes, dtype=bool)
    for given in inputs:
        excited |= np.abs(bank.intake_of(given.channel)[:, 0]) > 0.0
    shown = excited & (np.abs(bank.output[analyte, :, 0]) > 0.0)
    rates = bank.rates_per_h[shown, 0]
    return math.log(2.0) / float(np.min(rates[rates > 0.0]))


def bioavailability(prepared: Prepared, inputs: Sequence[Input], doses: Sequence[AnyDose]) -> float | None:
    """Ketamine exposure per mg given over the exposure per mg of the same model's intravenous dose (typical person)."""
    bank = prepared.bank
    total = sum(dose.total_base_mg for dose in doses)
    if total <= 0.0:
        return None
    area = sum(
        float(bank.auc_per_mg(given.channel)[0, 0]) * float(np.asarray(given.amount_mg).flat[0]) for given in inputs
    )
    return area / (total * float(bank.auc_per_mg("iv")[0, 0]))


def predict(
    question: Question, times: FloatArray, people: int = 0, seed: int = 1, progress: Progress | None = None
) -> Prediction:
    """One serving's prediction: `simulate` without the choice of the model (the validation changes parameters)."""
    serving, doses, person = question.serving, question.doses, question.person
    warnings = check_person(serving, person) + check_doses(serving, doses, person)
    typical, interaction_warnings = question.typical()
    warnings += interaction_warnings
    inputs = inputs_for(typical, doses)
    peaks = peak(typical.bank, inputs, question.grid(inputs))
    at_times = concentrations(typical.bank, inputs, times)[:, :, 0]
    totals = whole_areas(typical.bank, inputs)[:, 0]
    bands = band(question, times, people, seed, progress)
    if people and not bands:
        warnings.append(f"no variability of {serving.id} is known: no band is shown")
    curves: dict[str, Curve] = {}
    for index, name in enumerate(typical.bank.analytes):
        if name not in serving.base.analytes and not question.apart:
            continue
        curves[name] = Curve(
            analyte=name,
            times_h=times,
            concentration_ng_per_ml=at_times[index],
            Cmax=float(peaks.concentration[index, 0]),
            Tmax_h=float(peaks.time_h[index, 0]),
            AUC_ng_h_per_ml=float(totals[index]),
            half_life_h=half_life_h(typical.bank, inputs, index),
            _bank=typical.bank,
            _inputs=tuple(inputs),
            **bands.get(name, {}),
        )
    base = serving.base
    return Prediction(
        model=serving.id,
        disposition=base.id,
        title=(serving.absorption[0] if serving.absorption else base).title,
        citation=" | ".join(dict.fromkeys(model.citation for model in serving.files)),
        tier=max(model.tier for model in serving.files),
        site=serving.site,
        population=base.population,
        molecule=serving.molecule,
        why=serving.why,
        doses=[described(dose) for dose in doses],
        dose_starts_h=[float(dose.at_h) for dose in doses],
        times_h=times,
        analytes=curves,
        bioavailability=bioavailability(typical, inputs, doses),
        warnings=list(dict.fromkeys(warnings)),
        defects=[defect for model in serving.files for defect in model.defects],
        validity={
            model.id: {
                "age_years": [model.valid_age_years.low, model.valid_age_years.high],
                "weight_kg": [model.valid_weight_kg.low, model.valid_weight_kg.high],
                "dose_mg": model.valid_dose_mg,
                "dose_mg_per_kg": model.valid_dose_mg_per_kg,
                "note": model.validity_note,
            }
            for model in serving.files
        },
        people=people,
        seed=seed,
    )
