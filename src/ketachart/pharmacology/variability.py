"""From a model file and a person to the parameter values of one typical or of many people."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from ketachart.pharmacology.engine.errors import FloatArray
from ketachart.pharmacology.errors import BadInput
from ketachart.pharmacology.model_file import ModelFile
from ketachart.pharmacology.person import Person


def varying(model: ModelFile) -> tuple[str, ...]:
    """Names of the parameters that vary between people or occasions."""
    return tuple(name for name, row in model.parameters.items() if row.variance > 0.0 or row.occasion_variance > 0.0)


def covariance(model: ModelFile, *, occasions: bool = True) -> FloatArray:
    """Covariance matrix (E, E) of the etas, in the order of `varying`.

    Parameters
    ----------
    model : ModelFile
    occasions : bool
        Whether the variance between occasions is added (one future session of a person drawn at random).
    """
    names = varying(model)
    matrix = np.zeros((len(names), len(names)))
    for i, name in enumerate(names):
        row = model.parameters[name]
        matrix[i, i] = row.variance + (row.occasion_variance if occasions else 0.0)
    for (first, second), value in model.covariances.items():
        i, j = names.index(first), names.index(second)
        matrix[i, j] = matrix[j, i] = value
    return matrix


def draw(model: ModelFile, people: int, seed: int) -> dict[str, FloatArray]:
    """Etas of `people` people, each (N,), from a counter-based generator keyed by `seed` and the model's id.

    The same person of a disposition is drawn whatever absorption stands in front of it, so products can be compared.
    """
    key = int.from_bytes(model.id.encode()[:8].ljust(8, b"\0"), "little")
    return draw_from(model, people, np.random.Generator(np.random.Philox(key=[seed & (2**64 - 1), key])))


def draw_from(model: ModelFile, people: int, generator: np.random.Generator) -> dict[str, FloatArray]:
    """Etas of `people` people, each (N,), from a generator."""
    names = varying(model)
    if not names:
        return {}
    factor = np.linalg.cholesky(covariance(model) + 1e-15 * np.eye(len(names)))
    etas = factor @ generator.standard_normal((len(names), people))
    return dict(zip(names, etas, strict=True))


def values_of(model: ModelFile, person: Person, etas: Mapping[str, FloatArray] | None = None) -> dict[str, FloatArray]:
    """Parameter values of N people who share a person's covariates.

    Parameters
    ----------
    model : ModelFile
    person : Person
    etas : mapping of parameter name to array (N,), optional
        Without it, the typical person (N = 1).

    Returns
    -------
    dict of arrays (N,)
        In L, L/h, 1/h, h or 1.

    Raises
    ------
    BadInput
        When the model needs the weight and it is not known.
    """
    etas = etas or {}
    people = max((eta.shape[0] for eta in etas.values()), default=1)
    found: dict[str, FloatArray] = {}
    for name, row in model.parameters.items():
        typical = row.value
        if row.weight_exponent:
            if person.weight_kg is None:
                raise BadInput(f"{model.id} needs the body weight", field="weight_kg", fix="give weight_kg")
            typical *= (person.weight_kg / row.reference_weight_kg) ** row.weight_exponent
        if name not in etas:
            found[name] = np.full(people, typical)
        elif row.distribution == "logit":
            found[name] = 1.0 / (1.0 + (1.0 - typical) / typical * np.exp(-etas[name]))
        else:
            found[name] = typical * np.exp(etas[name])
    if model.structure == "hepatoportal":
        _perez_ruixo_covariates(model, person, found)
    return found


def _perez_ruixo_covariates(model: ModelFile, person: Person, values: dict[str, FloatArray]) -> None:
    """Age, Asian and Japanese ancestry as Perez-Ruixo 2021, Table 3, has them."""
    if person.age_years is not None and person.age_years > 60.0:
        typical = model.parameters["Qh"].value
        values["Qh"] = values["Qh"] * (1.0 - model.parameters["age_Qh"].value * (person.age_years - 60.0) / typical)
    if person.is_asian:
        values["kel"] = values["kel"] * values["asian_kel"]
        values["CLN"] = values["CLN"] * values["asian_CLN"]
    if person.ancestry == "japanese":
        values["FRn"] = np.minimum(values["FRn"] * values["japanese_FRn"], 1.0)


@lru_cache(maxsize=64)
def cached_etas(model: ModelFile, people: int, seed: int) -> Mapping[str, FloatArray]:
    """`draw`, remembered."""
    return draw(model, people, seed)
