"""Compartments that exchange by flows: a block whose modes are always real.

With amounts scaled by the square root of the volume the rate matrix of such a block is symmetric, so `eigh` gives its modes
to machine precision, equal rates or not.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.engine.errors import FloatArray


def exchange_modes(
    volumes_l: FloatArray, flows_l_per_h: Mapping[tuple[int, int], ArrayLike], losses_l_per_h: Mapping[int, ArrayLike]
) -> tuple[FloatArray, FloatArray]:
    """Modes of a block of exchanging compartments.

    Parameters
    ----------
    volumes_l : array (S, N)
    flows_l_per_h : mapping of (i, j) to flow between the two, (N,), L/h
    losses_l_per_h : mapping of i to clearance out of it, (N,), L/h

    Returns
    -------
    rates_per_h : array (S, N)
    shares : array (S, S, N)
        ``shares[i, k]``: how strongly compartment i takes part in mode k. A dose of 1 mg in i is seen as the concentration
        ``sum_k shares[j, k] * shares[i, k] * exp(-rate_k t)`` mg/L in j.
    """
    size, people = volumes_l.shape
    matrix = np.zeros((people, size, size))
    for (i, j), flow in flows_l_per_h.items():
        between = np.broadcast_to(np.asarray(flow, dtype=np.float64), (people,))
        matrix[:, i, i] += between / volumes_l[i]
        matrix[:, j, j] += between / volumes_l[j]
        coupling = between / np.sqrt(volumes_l[i] * volumes_l[j])
        matrix[:, i, j] -= coupling
        matrix[:, j, i] -= coupling
    for i, clearance in losses_l_per_h.items():
        matrix[:, i, i] += np.broadcast_to(np.asarray(clearance, dtype=np.float64), (people,)) / volumes_l[i]
    rates, vectors = np.linalg.eigh(matrix)
    shares = np.transpose(vectors, (1, 2, 0)) / np.sqrt(volumes_l)[:, np.newaxis, :]
    return np.ascontiguousarray(np.maximum(rates.T, 0.0)), np.ascontiguousarray(shares)
