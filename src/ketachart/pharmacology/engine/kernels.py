# mypy: disable-error-code="untyped-decorator"
"""The numba kernels. Importing this module imports numba; `fast` does so at the first large work.

People are taken in blocks that stay in the first cache; within a block the loops over people are innermost and contiguous, so
that they become vector instructions. No operation is reordered or fused: the kernels give the same bits as their NumPy twins.
One kernel per function at module level (a factory would confuse numba's cache).
"""

from __future__ import annotations

import numba
import numpy as np

from ketachart.pharmacology.engine.errors import FloatArray

_BLOCK = 2048


@numba.njit(nogil=True, cache=True, error_model="numpy", boundscheck=False)
def step_and_store(
    state: FloatArray,
    decays: FloatArray,
    step_of: FloatArray,
    given: FloatArray,
    given_of: FloatArray,
    begin: FloatArray,
    mode: FloatArray,
    weight: FloatArray,
    plain: FloatArray,
    skipped: int,
    out: FloatArray,
    column: int,
) -> None:
    """Step every person through the plan and store concentrations in ``out[:, :, column:column + N]``."""
    modes, people = state.shape
    analytes = begin.shape[0] - 1
    times = step_of.shape[0] + 1
    total = np.empty(_BLOCK)
    for low in range(0, people, _BLOCK):
        size = min(_BLOCK, people - low)
        for t in range(times):
            if t > 0:
                decay = decays[step_of[t - 1]]
                which = given_of[t - 1]
                for k in range(modes):
                    z = state[k, low : low + size]
                    d = decay[k, low : low + size]
                    if which >= 0:
                        g = given[which, k, low : low + size]
                        for i in range(size):
                            z[i] = z[i] * d[i] + g[i]
                    else:
                        for i in range(size):
                            z[i] = z[i] * d[i]
            if t < skipped:
                continue
            for a in range(analytes):
                for j in range(begin[a], begin[a + 1]):
                    z = state[mode[j], low : low + size]
                    w = weight[j, low : low + size]
                    if j == begin[a]:
                        if plain[j]:
                            for i in range(size):
                                total[i] = z[i]
                        else:
                            for i in range(size):
                                total[i] = w[i] * z[i]
                    elif plain[j]:
                        for i in range(size):
                            total[i] += z[i]
                    else:
                        for i in range(size):
                            total[i] += w[i] * z[i]
                if begin[a] == begin[a + 1]:
                    for i in range(size):
                        total[i] = 0.0
                row = out[a, t - skipped, column + low : column + low + size]
                for i in range(size):
                    row[i] = total[i]


@numba.njit(nogil=True, cache=True, error_model="numpy", boundscheck=False)
def step_and_count(
    state: FloatArray,
    decays: FloatArray,
    step_of: FloatArray,
    given: FloatArray,
    given_of: FloatArray,
    begin: FloatArray,
    mode: FloatArray,
    weight: FloatArray,
    plain: FloatArray,
    skipped: int,
    counts: FloatArray,
    first_bin: int,
    shift: int,
) -> None:
    """Step every person through the plan and add them to the histogram of their concentration, row by row."""
    modes, people = state.shape
    analytes = begin.shape[0] - 1
    times = step_of.shape[0] + 1
    last = counts.shape[2] - 1
    total = np.empty(_BLOCK)
    bits = total.view(np.int64)
    for low in range(0, people, _BLOCK):
        size = min(_BLOCK, people - low)
        for t in range(times):
            if t > 0:
                decay = decays[step_of[t - 1]]
                which = given_of[t - 1]
                for k in range(modes):
                    z = state[k, low : low + size]
                    d = decay[k, low : low + size]
                    if which >= 0:
                        g = given[which, k, low : low + size]
                        for i in range(size):
                            z[i] = z[i] * d[i] + g[i]
                    else:
                        for i in range(size):
                            z[i] = z[i] * d[i]
            if t < skipped:
                continue
            for a in range(analytes):
                for j in range(begin[a], begin[a + 1]):
                    z = state[mode[j], low : low + size]
                    w = weight[j, low : low + size]
                    if j == begin[a]:
                        if plain[j]:
                            for i in range(size):
                                total[i] = z[i]
                        else:
                            for i in range(size):
                                total[i] = w[i] * z[i]
                    elif plain[j]:
                        for i in range(size):
                            total[i] += z[i]
                    else:
                        for i in range(size):
                            total[i] += w[i] * z[i]
                if begin[a] == begin[a + 1]:
                    for i in range(size):
                        total[i] = 0.0
                row = counts[a, t - skipped]
                for i in range(size):
                    place = (bits[i] >> shift) - first_bin
                    row[np.uint64(min(max(place, 0), last))] += np.uint32(1)
