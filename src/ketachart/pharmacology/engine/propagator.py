"""Models that modes do not carry: moved by their matrix exponential instead.

A rate matrix with complex or (nearly) parallel eigenvectors - delay chains of equal rates, circular flows - has no well
conditioned modes. Its exponential is always well defined. A `Propagator` answers the same questions as a `ModeBank`; it costs
an n x n product per person and step instead of n products.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ketachart.pharmacology.engine.errors import EngineError, FloatArray, require_finite
from ketachart.pharmacology.engine.shapes import Structure, shaped, structure_of

_PADE = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0, 10559470521600.0,
    670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0, 1.0,
)  # fmt: skip
_LARGEST_NORM = 5.371920351148152


def expm(matrices: FloatArray) -> FloatArray:
    """Matrix exponentials of a stack (..., n, n), by scaling and squaring with the Pade approximant of order 13.

    Notes
    -----
    Higham NJ, SIAM J Matrix Anal Appl 2005;26:1179-1193, algorithm 2.3 (order 13 for every norm, one scaling per matrix).
    """
    a: FloatArray = np.array(matrices, dtype=np.float64)
    norm = np.max(np.sum(np.abs(a), axis=-2), axis=-1)
    with np.errstate(divide="ignore"):
        needed = np.ceil(np.log2(norm / _LARGEST_NORM))
    squarings: NDArray[np.int64] = np.maximum(needed, 0.0).astype(np.int64)
    a *= np.exp2(-squarings.astype(np.float64))[..., np.newaxis, np.newaxis]
    eye = np.eye(a.shape[-1])
    b = _PADE
    a2 = a @ a
    a4 = a2 @ a2
    a6 = a4 @ a2
    odd = a @ (a6 @ (b[13] * a6 + b[11] * a4 + b[9] * a2) + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * eye)
    even = a6 @ (b[12] * a6 + b[10] * a4 + b[8] * a2) + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * eye
    result: FloatArray = np.asarray(np.linalg.solve(even - odd, even + odd), dtype=np.float64)
    for done in range(int(np.max(squarings, initial=0))):
        again = (squarings > done)[..., np.newaxis, np.newaxis]
        result = np.asarray(np.where(again, result @ result, result), dtype=np.float64)
    return result


@dataclass(frozen=True, eq=False)
class Propagator:
    """A linear model of N people as rate matrices, evaluated by matrix exponentials.

    Parameters
    ----------
    matrix_per_h : array (N, n, n)
        ``d amounts / dt = matrix @ amounts + input``, 1/h.
    output : array (A, n, N)
        Concentrations shown by the amounts, (ng/mL) per mg.
    intake : mapping of channel to array (n, N)
        Where 1 mg in the channel goes.
    analytes : tuple of str

    Raises
    ------
    EngineError
        For wrong shapes, NaN or infinity; the message names the array.
    """

    matrix_per_h: FloatArray
    output: FloatArray
    intake: Mapping[str, FloatArray]
    analytes: tuple[str, ...]
    _structure: Structure | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        people, n, m = self.matrix_per_h.shape
        if n != m:
            raise EngineError(f"the rate matrix has shape {self.matrix_per_h.shape}; it must be (N, n, n)")
        require_finite("the rate matrix (1/h)", self.matrix_per_h)
        require_finite("an output weight", self.output)
        if self.output.shape != (len(self.analytes), n, people):
            raise EngineError(f"output has shape {self.output.shape}; it must be {(len(self.analytes), n, people)}")
        for channel, weights in self.intake.items():
            require_finite(f"intake of {channel!r}", weights)
            if weights.shape != (n, people):
                raise EngineError(f"intake of {channel!r} has shape {weights.shape}; it must be {(n, people)}")

    @property
    def people(self) -> int:
        """Number of people, N."""
        return int(self.matrix_per_h.shape[0])

    @property
    def modes(self) -> int:
        """Length of the state, n."""
        return int(self.matrix_per_h.shape[1])

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels."""
        return tuple(self.intake)

    @property
    def structure(self) -> Structure:
        """For each analyte the compartments it shows, each with whether its weight is 1 for everybody."""
        found = self._structure
        if found is None:
            found = structure_of(self.output)
            object.__setattr__(self, "_structure", found)
        return found

    def intake_of(self, channel: str) -> FloatArray:
        """Intake weights of a channel, (n, N). Raises EngineError naming the channels there are."""
        if channel not in self.intake:
            raise EngineError(f"there is no channel {channel!r}; this bank has {sorted(self.intake)}")
        return self.intake[channel]

    def analyte_index(self, analyte: str) -> int:
        """Position of an analyte. Raises EngineError naming the analytes there are."""
        if analyte not in self.analytes:
            raise EngineError(f"there is no analyte {analyte!r}; this bank has {list(self.analytes)}")
        return self.analytes.index(analyte)

    def auc_per_mg(self, channel: str) -> FloatArray:
        """Area under the curve to infinity per mg given, (A, N), (ng h/mL) per mg."""
        return self.show(self.integral_of(self.intake_of(channel)))

    def with_channel(self, name: str, into: Mapping[str, ArrayLike]) -> Propagator:
        """Add a channel that splits what it gets over existing ones (as `ModeBank.with_channel`)."""
        if name in self.intake:
            raise EngineError(f"there is a channel {name!r} already")
        mixed = np.zeros((self.modes, self.people))
        for channel, fraction in into.items():
            share = shaped(f"fraction of {name!r} into {channel!r}", fraction, self.people, at_least=0.0)
            mixed += share * self.intake_of(channel)
        return Propagator(self.matrix_per_h, self.output, {**self.intake, name: mixed}, self.analytes)

    def only(self, analytes: Sequence[str]) -> Propagator:
        """The same model with some analytes, in the given order."""
        chosen = [self.analyte_index(analyte) for analyte in analytes]
        return Propagator(self.matrix_per_h, self.output[chosen], self.intake, tuple(analytes))

    def select(self, people: slice) -> Propagator:
        """The same model for a slice of the people."""
        part = object.__new__(Propagator)
        object.__setattr__(part, "matrix_per_h", self.matrix_per_h[people])
        object.__setattr__(part, "output", self.output[:, :, people])
        object.__setattr__(part, "intake", {channel: weights[:, people] for channel, weights in self.intake.items()})
        object.__setattr__(part, "analytes", self.analytes)
        object.__setattr__(part, "_structure", self.structure)
        return part

    # --- how its state moves -----------------------------------------------------------------------------------------

    def _scaled(self, length_h: float | FloatArray) -> FloatArray:
        lengths = np.broadcast_to(np.asarray(length_h, dtype=np.float64), (self.people,))
        return self.matrix_per_h * lengths[:, np.newaxis, np.newaxis]

    def decay(self, step_h: float | FloatArray) -> FloatArray:
        """Propagator of a step, (N, n, n)."""
        return expm(self._scaled(step_h))

    def advance(self, state: FloatArray, decay: FloatArray) -> None:
        """Move the state (n, N) over one step, in place."""
        state[...] = np.matmul(decay, state.T[:, :, np.newaxis])[:, :, 0].T

    def bolus(self, channel: str, age_h: float | FloatArray) -> FloatArray:
        """State left by 1 mg given `age_h` ago, (n, N)."""
        state = np.array(self.intake_of(channel), order="C")
        if np.any(np.asarray(age_h) != 0.0):
            self.advance(state, self.decay(age_h))
        return state

    def ramp(self, channel: str, length_h: float | FloatArray) -> FloatArray:
        """State left by 1 mg/h that has run for `length_h` until now, (n, N)."""
        n = self.modes
        lengths = np.broadcast_to(np.asarray(length_h, dtype=np.float64), (self.people,))
        augmented = np.zeros((self.people, n + 1, n + 1))
        augmented[:, :n, :n] = self._scaled(length_h)
        augmented[:, :n, n] = (self.intake_of(channel) * lengths).T
        return np.ascontiguousarray(expm(augmented)[:, :n, n].T)

    def settled(self, state: FloatArray, every_h: float, times: int | None) -> FloatArray:
        """Sum of `state` repeated every `every_h` hours, `times` times or for ever, (n, N)."""
        period = self.decay(every_h)
        left = np.eye(self.modes) - period
        column = state.T[:, :, np.newaxis]
        if times is not None:
            column = column - np.linalg.matrix_power(period, times) @ column
        try:
            summed = np.linalg.solve(left, column)
        except np.linalg.LinAlgError:
            raise EngineError(
                "a compartment of this model never empties: a steady series has no steady state"
            ) from None
        return np.ascontiguousarray(summed[:, :, 0].T)

    def slope(self, state: FloatArray, inflow: FloatArray) -> FloatArray:
        """``d state / dt`` (n, N) with `inflow` (n, N) in mg/h running."""
        moved: FloatArray = np.matmul(self.matrix_per_h, state.T[:, :, np.newaxis])[:, :, 0].T + inflow
        return moved

    def integral_of(self, gone: FloatArray) -> FloatArray:
        """Time integral of the state over which the amounts `gone` (n, N) left the model, mg h."""
        try:
            solved = np.linalg.solve(self.matrix_per_h, -gone.T[:, :, np.newaxis])
        except np.linalg.LinAlgError:
            raise EngineError("a compartment of this model never empties: its area has no end") from None
        return np.ascontiguousarray(solved[:, :, 0].T)

    def show(self, state: FloatArray) -> FloatArray:
        """Analytes (A, N) shown by a state (n, N)."""
        shown: FloatArray = np.einsum("akn,kn->an", self.output, state)
        return shown
