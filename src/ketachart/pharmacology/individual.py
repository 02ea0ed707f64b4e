"""One person from their own measured concentrations: most probable parameters, posterior, and what follows for the next dose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.doses import AnyDose, check_schedule
from ketachart.pharmacology.engine.errors import EngineError, FloatArray
from ketachart.pharmacology.engine.evaluate import concentrations
from ketachart.pharmacology.engine.individual import (
    Individual,
    Measured,
    Posterior,
    ResidualError,
    most_probable,
    sample_posterior,
)
from ketachart.pharmacology.engine.population import Drawn
from ketachart.pharmacology.errors import BadInput, Unsupported
from ketachart.pharmacology.model_file import Residual
from ketachart.pharmacology.person import Person
from ketachart.pharmacology.reference_set import check_doses, check_person, serve
from ketachart.pharmacology.salts import MOLAR_MASS_G_PER_MOL
from ketachart.pharmacology.serving import Prepared, Serving, inputs_for, prepare_with
from ketachart.pharmacology.variability import covariance, varying


@dataclass(frozen=True)
class Sample:
    """One measured concentration.

    Parameters
    ----------
    at_h : float
        When the blood was drawn, h, from the same zero as the doses.
    concentration_ng_per_ml : float
        Of base, above 0. A value below the limit of quantification is not a measurement: leave it out.
    analyte : str
        "ketamine" or "norketamine" (total over enantiomers).
    """

    at_h: float
    concentration_ng_per_ml: float
    analyte: str = "ketamine"


@dataclass(frozen=True, eq=False)
class IndividualFit:
    """What measurements say about a person.

    Parameters
    ----------
    serving, person, doses, samples
        What was fitted.
    names : tuple of (model id, parameter)
        What varies, in the order of the etas.
    found : Individual
        The most probable etas and their covariance.
    posterior : Posterior
        Weighted draws; `posterior.effective` is the effective sample size.
    warnings : list of str
    """

    serving: Serving
    person: Person
    doses: tuple[AnyDose, ...]
    samples: tuple[Sample, ...]
    names: tuple[tuple[str, str], ...]
    found: Individual
    posterior: Posterior
    warnings: list[str] = field(default_factory=list)

    def parameters(self) -> dict[str, float]:
        """Most probable values of the parameters that vary, by "model parameter", in L, L/h, 1/h, h or 1."""
        prepared = self.most_probable()
        return {f"{model} {name}": float(prepared.values[model][name][0]) for model, name in self.names}

    def most_probable(self) -> Prepared:
        """The person at the most probable parameters, ready to compute with."""
        return _prepare(self.serving, self.person, self.names, self.found.etas[:, np.newaxis])

    def people(self, people: int = 1000, seed: int = 1) -> Prepared:
        """Equally likely versions of the person, ready to compute with."""
        return _prepare(self.serving, self.person, self.names, self.posterior.resampled(people, seed))

    def predict(
        self,
        doses: Sequence[AnyDose],
        times_h: ArrayLike,
        *,
        analyte: str = "ketamine",
        people: int = 1000,
        seed: int = 1,
    ) -> dict[str, FloatArray]:
        """Curve of this person after any doses of the fitted routes.

        Returns
        -------
        dict of arrays (T,)
            "most_probable", "p5", "p50", "p95", ng/mL; the band is that of the posterior, without residual error.
        """
        times = np.atleast_1d(np.asarray(times_h, dtype=np.float64))
        one, many = self.most_probable(), self.people(people, seed)
        line = concentrations(one.bank.only((analyte,)), inputs_for(one, doses), times)[0, :, 0]
        cloud = concentrations(many.bank.only((analyte,)), inputs_for(many, doses), times)[0]
        low, middle, high = np.percentile(cloud, (5.0, 50.0, 95.0), axis=1)
        return {"most_probable": line, "p5": low, "p50": middle, "p95": high}


def fit_individual(
    samples: Sequence[Sample],
    doses: Sequence[AnyDose] | AnyDose,
    person: Person,
    *,
    site: str,
    molecule: str = "racemic",
    model: str = "reference",
    residual_proportional_sd: float | None = None,
    seed: int = 1,
) -> IndividualFit:
    """Fit a person from measured concentrations (maximum a posteriori, then a sampled posterior).

    Parameters
    ----------
    samples : sequence of Sample
    doses : dose or doses
        What the person was given, with times.
    person : Person
    site : {"venous", "arterial"}
        Where the blood was drawn: the model must have been fitted there.
    molecule, model : str
    residual_proportional_sd : float, optional
        Of measurement and model together, where the model file has none.
    seed : int
        Of the posterior draws.

    Returns
    -------
    IndividualFit

    Raises
    ------
    BadInput
        For impossible samples, samples before the first dose, or a missing residual error.
    Unsupported
        For a model of another sampling site, without known variability, or without the measured analyte.
    """
    listed = list(doses) if isinstance(doses, Sequence) else [doses]
    check_schedule(listed, person.weight_kg)
    if site not in ("venous", "arterial"):
        raise BadInput(f"site is {site!r}", field="site", fix="say 'venous' or 'arterial'")
    serving, _ = serve(molecule, listed, model=model, site=None if model != "reference" else site)
    if site not in serving.site:
        raise Unsupported(f"{site} samples with {serving.id}", f"it was fitted on {serving.site} plasma")
    names = tuple((file.id, name) for file in serving.files for name in varying(file))
    if not names:
        raise Unsupported(f"fitting a person with {serving.id}", "no variability of it is known")
    measured = _measured(samples, serving, min(dose.at_h for dose in listed), residual_proportional_sd)

    def build(etas: FloatArray) -> Drawn:
        prepared = _prepare(serving, person, names, etas)
        return Drawn(prepared.bank, inputs_for(prepared, listed))

    omega = _omega(serving)
    try:
        found = most_probable(build, (), measured, omega)
        posterior = sample_posterior(build, (), measured, omega, found, seed=seed, draws=4000)
    except EngineError as error:
        raise BadInput(f"these samples cannot be fitted: {error}", field="samples") from error
    warnings = check_person(serving, person) + check_doses(serving, listed, person)
    if posterior.effective < 200.0:
        warnings.append(f"the posterior rests on an effective {posterior.effective:.0f} draws: treat its band as rough")
    if len(samples) < 2:
        warnings.append("one sample moves the prediction little: most of it is still the population")
    return IndividualFit(serving, person, tuple(listed), tuple(samples), names, found, posterior, warnings)


def _prepare(serving: Serving, person: Person, names: Sequence[tuple[str, str]], etas: FloatArray) -> Prepared:
    by_model: dict[str, dict[str, FloatArray]] = {}
    for (model, name), values in zip(names, etas, strict=True):
        by_model.setdefault(model, {})[name] = values
    return prepare_with(serving, person, by_model)


def _omega(serving: Serving) -> FloatArray:
    blocks = [covariance(file) for file in serving.files if varying(file)]
    size = sum(block.shape[0] for block in blocks)
    whole = np.zeros((size, size))
    place = 0
    for block in blocks:
        whole[place : place + block.shape[0], place : place + block.shape[0]] = block
        place += block.shape[0]
    return whole


def _measured(
    samples: Sequence[Sample], serving: Serving, first_dose_h: float, residual_sd: float | None
) -> list[Measured]:
    if not samples:
        raise BadInput("there is no sample", field="samples", fix="give at least one measured concentration")
    by_analyte: dict[str, list[Sample]] = {}
    for sample in samples:
        if not (
            np.isfinite(sample.at_h)
            and np.isfinite(sample.concentration_ng_per_ml)
            and sample.concentration_ng_per_ml > 0
        ):
            raise BadInput(
                f"the sample {sample!r} is not a measurement", field="samples", fix="give a time and a value above 0"
            )
        if sample.at_h <= first_dose_h:
            raise BadInput(
                f"a sample at {sample.at_h:g} h lies before the first dose", field="samples", fix="check the times"
            )
        if sample.analyte not in serving.base.analytes:
            raise Unsupported(f"{sample.analyte} with {serving.id}", f"it predicts {', '.join(serving.base.analytes)}")
        by_analyte.setdefault(sample.analyte, []).append(sample)
    return [
        Measured(
            analyte,
            [sample.at_h for sample in group],
            [sample.concentration_ng_per_ml for sample in group],
            _error(serving.base.residuals.get(analyte), analyte, serving.id, residual_sd),
        )
        for analyte, group in by_analyte.items()
    ]


def _error(row: Residual | None, analyte: str, model: str, residual_sd: float | None) -> ResidualError:
    if residual_sd is not None:
        if not 0.0 < residual_sd < 2.0:
            raise BadInput(
                f"residual_proportional_sd is {residual_sd:g}",
                field="residual_proportional_sd",
                fix="give a fraction, e.g. 0.2",
            )
        return ResidualError(proportional=residual_sd)
    if row is None:
        raise BadInput(
            f"the residual error of {model} was not readable",
            field="residual_proportional_sd",
            fix="give it as a fraction, e.g. 0.2",
        )
    if row.lognormal_sd:
        return ResidualError(log=row.lognormal_sd)
    additive = row.additive_nmol_per_ml * MOLAR_MASS_G_PER_MOL[analyte]
    return ResidualError(proportional=row.proportional_sd, additive_ng_per_ml=additive)
