"""The general route: any linear model, given as a rate matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.engine.errors import EngineError, FloatArray, require_finite
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.engine.propagator import Propagator

GOOD_CONDITION = 1e6  # rounding of about 1e-10
WORST_CONDITION = 1e8  # rounding of about 1e-8
MOST_BETWEEN = 0.01
_GROWTH = 1e-9


def from_rate_matrix(
    matrix_per_h: ArrayLike,
    inputs: Mapping[str, ArrayLike],
    outputs: Mapping[str, ArrayLike],
    *,
    by: Literal["best", "modes", "propagator"] = "best",
) -> ModeBank | Propagator:
    """Bank of a linear model ``d amounts / dt = matrix @ amounts``.

    Parameters
    ----------
    matrix_per_h : array (N, n, n) or (n, n)
        Entry [i, j] is the rate from compartment j into i, 1/h; the diagonal holds minus what leaves.
    inputs : mapping of channel to array (n,) or (N, n)
        How 1 mg given is split over the compartments.
    outputs : mapping of analyte to array (n,) or (N, n)
        Concentration per amount: 1000 / volume in litres for ng/mL per mg, at the compartment that is sampled.
    by : {"best", "modes", "propagator"}
        "best" takes modes unless an eigenvalue of anybody is complex or eigenvectors are nearly parallel: the condition
        of the eigenvectors above 1e8 for anybody (rounding of about 1e-8), or above 1e6 (about 1e-10) for more than one
        person in a hundred - in a random population rates meet now and then. Then the matrix exponential is used for all.

    Returns
    -------
    ModeBank or Propagator
        With the same evaluation interface.

    Raises
    ------
    EngineError
        For wrong shapes, NaN, a model that makes drug from nothing (an eigenvalue above zero), or ``by="modes"`` where
        modes are not accurate.
    """
    matrix = np.asarray(matrix_per_h, dtype=np.float64)
    if matrix.ndim == 2:
        matrix = matrix[np.newaxis]
    if matrix.ndim != 3 or matrix.shape[1] != matrix.shape[2]:
        raise EngineError(f"the rate matrix has shape {matrix.shape}; it must be (N, n, n)")
    require_finite("the rate matrix (1/h)", matrix)
    n = matrix.shape[1]
    columns = {f"input {name!r}": np.asarray(value, dtype=np.float64) for name, value in inputs.items()}
    rows = {f"output {name!r}": np.asarray(value, dtype=np.float64) for name, value in outputs.items()}
    people = max([matrix.shape[0], *(v.shape[0] for v in [*columns.values(), *rows.values()] if v.ndim == 2)])
    for name, value in {**columns, **rows}.items():
        require_finite(name, value)
        if value.shape not in {(n,), (1, n), (people, n)}:
            raise EngineError(f"{name} has shape {value.shape}; it must be ({n},) or ({people}, {n})")
    if matrix.shape[0] not in (1, people):
        raise EngineError(f"the rate matrix is for {matrix.shape[0]} people, its inputs and outputs for {people}")
    given = [np.broadcast_to(value, (people, n)) for value in columns.values()]
    shown = [np.broadcast_to(value, (people, n)) for value in rows.values()]
    if by != "propagator":
        bank = _modes(
            np.broadcast_to(matrix, (people, n, n)), dict(zip(inputs, given, strict=True)), shown, tuple(outputs)
        )
        if bank is not None:
            return bank
        if by == "modes":
            raise EngineError("the eigenvectors of this model are complex or nearly parallel: use by='propagator'")
    return Propagator(
        np.ascontiguousarray(np.broadcast_to(matrix, (people, n, n))),
        np.stack([np.ascontiguousarray(value.T) for value in shown]),
        {channel: np.ascontiguousarray(value.T) for channel, value in zip(inputs, given, strict=True)},
        tuple(outputs),
    )


def _modes(
    matrix: FloatArray, inputs: Mapping[str, FloatArray], outputs: list[FloatArray], analytes: tuple[str, ...]
) -> ModeBank | None:
    """Modes of the matrix, or None where they would not be accurate."""
    values, vectors = np.linalg.eig(matrix)
    largest = np.max(np.abs(values), axis=1, keepdims=True)
    growing = values.real > _GROWTH * largest
    if np.any(growing):
        person = int(np.argwhere(growing)[0][0])
        raise EngineError(
            f"the rate matrix of person {person} makes drug from nothing: an eigenvalue is "
            f"{float(values.real[person].max()):g} 1/h; amounts must not grow by themselves"
        )
    if np.iscomplexobj(values):
        if np.any(np.abs(values.imag) > 0.0):
            return None
        values, vectors = values.real, vectors.real
    try:
        inverse = np.linalg.inv(vectors)
    except np.linalg.LinAlgError:
        return None
    condition = np.linalg.norm(vectors, axis=(1, 2)) * np.linalg.norm(inverse, axis=(1, 2))
    if not np.all(condition < WORST_CONDITION) or np.mean(condition > GOOD_CONDITION) > MOST_BETWEEN:
        return None
    rates = np.where(-values > 1e-12 * largest, -values, 0.0)
    return ModeBank(
        np.ascontiguousarray(rates.T),
        np.stack([np.ascontiguousarray(np.einsum("ni,nik->kn", row, vectors)) for row in outputs]),
        {channel: np.ascontiguousarray(np.einsum("nki,ni->kn", inverse, value)) for channel, value in inputs.items()},
        analytes,
    )
