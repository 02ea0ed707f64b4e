"""People whose rates meet: what their modes cannot carry is solved by the matrix exponential.

The residues of modes go as one over the distances of their rates, and rounding grows with them. Where two rates are closer than
a millionth, or three or more meet, such a person's model is kept in a second form, a `Propagator`, in which every new part is a
row of couplings and nothing is divided by a distance. In a random population a few people in a hundred thousand are like that;
a model in which everybody has equal rates is right too, and slower.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ketachart.pharmacology.engine.errors import FloatArray
from ketachart.pharmacology.engine.propagator import Propagator

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

NEAR = 0.02  # relative distance of rates that is looked at
PAIR = 1e-6  # relative distance of two rates below which modes are not used: rounding of 1e-10
TRACKED = 1e-5  # relative distance of two rates from which a second form is kept, in case a third meets them
LEAST_PRODUCT = 1e-7  # of the distances of one rate to those it acts on, where two or more are near: rounding of 1e-9
GAPS = np.array([0.0, 1e-7, 5e-5, 6e-4, 3e-3])
"""How far a rate is moved from those it equals, by their number; modes then only guide the search for peaks."""


def separated(rate: FloatArray, existing: FloatArray, driven: FloatArray) -> tuple[FloatArray, IntArray, BoolArray]:
    """Move a rate away from those it (nearly) equals.

    Parameters
    ----------
    rate : array (N,)
    existing : array (K, N)
    driven : array (K, N)
        Zero where the existing mode and the new one do not act on each other.

    Returns
    -------
    rate : array (N,)
    meeting : integer array (S,)
        The people with rates that act on each other and meet.
    crowded : bool array (S,)
        Whether their modes are not accurate.
    """
    near = np.abs(existing - rate) < NEAR * rate
    if not near.any():
        return rate, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_)
    who = np.flatnonzero(near.any(axis=0))
    own, others, close = rate[who], existing[:, who], near[:, who]
    close &= driven[:, who] != 0.0
    distance = np.where(close, np.abs(others - own) / own, 1.0)
    crowded = _crowded(own, others, close) | np.any(distance < PAIR, axis=0)
    meeting = crowded | np.any(distance < TRACKED, axis=0)
    gap = np.where(crowded, GAPS[np.minimum(np.sum(near[:, who], axis=0), 4)], GAPS[1])
    for _ in range(existing.shape[0] + 1):
        touching = np.abs(others - own) < 0.999 * gap * own
        meets = touching.any(axis=0)
        if not meets.any():
            break
        above = np.max(np.where(touching, others, 0.0), axis=0)
        own = np.where(meets, above * (1.0 + gap), own)
    moved = np.array(rate)
    moved[who] = own
    return moved, who[meeting], crowded[meeting]


def _crowded(rate: FloatArray, existing: FloatArray, close: BoolArray) -> BoolArray:
    """Whether the rate meets two or more at once so closely that residues lose eight digits, (S,)."""
    several: BoolArray = np.asarray(np.sum(close, axis=0) > 1)
    if not several.any():
        return several
    rates = np.concatenate([existing, rate[np.newaxis]])
    member = np.concatenate([close, np.ones((1, rate.shape[0]), dtype=bool)])
    between = member[:, np.newaxis] & member & ~np.eye(rates.shape[0], dtype=bool)[:, :, np.newaxis]
    apart = np.where(between, np.abs(rates[:, np.newaxis] - rates) / rate, 1.0)
    least = np.min(np.prod(apart, axis=1), axis=0)
    crowded: BoolArray = np.logical_and(several, least < LEAST_PRODUCT)
    return crowded


@dataclass(frozen=True, eq=False)
class Crowd:
    """The people of a bank who have rates that meet.

    Parameters
    ----------
    people : integer array (M,)
        Who they are, in ascending order.
    exact : Propagator
        Their models, with the channels and analytes of the bank.
    needed : bool array (M,)
        Who is solved by it. The others may need it when more is added.
    """

    people: IntArray
    exact: Propagator
    needed: BoolArray

    @classmethod
    def joined_by(
        cls,
        crowd: Crowd | None,
        people: IntArray,
        needed: BoolArray,
        rates_per_h: FloatArray,
        output: FloatArray,
        intake: Mapping[str, FloatArray],
        analytes: Sequence[str],
    ) -> Crowd:
        """The crowd with more people, whose modes so far are accurate, or with people who now need it."""
        if crowd is None:
            return cls(people, diagonal(rates_per_h, output, intake, analytes, people), needed)
        required = crowd.needed | np.isin(crowd.people, people[needed])
        new = ~np.isin(people, crowd.people)
        if not new.any():
            return replace(crowd, needed=required)
        more = diagonal(rates_per_h, output, intake, analytes, people[new])
        everybody = np.concatenate([crowd.people, people[new]])
        order = np.argsort(everybody, kind="stable")
        old = crowd.exact
        return cls(
            everybody[order],
            Propagator(
                np.concatenate([old.matrix_per_h, more.matrix_per_h])[order],
                np.concatenate([old.output, more.output], axis=2)[:, :, order],
                {name: np.concatenate([old.intake[name], more.intake[name]], axis=1)[:, order] for name in old.intake},
                old.analytes,
            ),
            np.concatenate([required, needed[new]])[order],
        )

    def solved(self) -> Crowd | None:
        """Those who are solved by the matrix exponential."""
        if self.needed.all():
            return self
        return self._part(np.flatnonzero(self.needed)) if self.needed.any() else None

    def among(self, people: IntArray) -> Crowd:
        """Some of the people, who must all be in it."""
        return self._part(np.searchsorted(self.people, people))

    def _part(self, places: IntArray) -> Crowd:
        return Crowd(self.people[places], picked(self.exact, places), self.needed[places])

    def with_depot(self, name: str, rate_per_h: FloatArray, into: Mapping[str, ArrayLike]) -> Crowd:
        """A depot that empties into channels: a new compartment, as `Growth.add_depot`."""
        mixed = np.zeros_like(next(iter(self.exact.intake.values())))
        for channel, fraction in into.items():
            mixed += _of(fraction, self.people) * self.exact.intake[channel]
        rate = rate_per_h[self.people]
        size = self.exact.modes
        matrix = self._wider(1)
        matrix[:, size, size] = -rate
        unit = _unit_of(mixed)
        matrix[:, :size, size] = (mixed * rate / unit).T
        output = np.pad(self.exact.output, ((0, 0), (0, 1), (0, 0)))
        intake = {channel: np.pad(weights, ((0, 1), (0, 0))) for channel, weights in self.exact.intake.items()}
        intake[name] = np.zeros((size + 1, self.people.shape[0]))
        intake[name][size] = unit
        return replace(self, exact=Propagator(matrix, output, intake, self.exact.analytes))

    def with_followers(
        self,
        name: str,
        of: str,
        rates_per_h: FloatArray,
        driven_by: FloatArray,
        channels: Mapping[str, FloatArray] | None = None,
    ) -> Crowd:
        """An analyte that shows new states (J, N), each driven by `driven_by` x the analyte `of` (metabolite, effect site)."""
        count, size = rates_per_h.shape[0], self.exact.modes
        source = self.exact.output[self.exact.analytes.index(of)]
        unit = _unit_of(source * np.max(driven_by[:, self.people] / rates_per_h[:, self.people], axis=0))
        matrix = self._wider(count)
        for j in range(count):
            matrix[:, size + j, :size] = (driven_by[j, self.people] * source / unit).T
            matrix[:, size + j, size + j] = -rates_per_h[j, self.people]
        output = np.pad(self.exact.output, ((0, 1), (0, count), (0, 0)))
        output[-1, size:] = unit
        intake = {channel: np.pad(weights, ((0, count), (0, 0))) for channel, weights in self.exact.intake.items()}
        for channel, weights in (channels or {}).items():
            intake[channel] = np.zeros((size + count, self.people.shape[0]))
            intake[channel][size:] = weights[:, self.people] / unit
        return replace(self, exact=Propagator(matrix, output, intake, (*self.exact.analytes, name)))

    def with_channel(self, name: str, into: Mapping[str, ArrayLike]) -> Crowd:
        """A channel that splits what it gets over existing ones."""
        own = {channel: _of(fraction, self.people) for channel, fraction in into.items()}
        return replace(self, exact=self.exact.with_channel(name, own))

    def only(self, analytes: Sequence[str]) -> Crowd:
        """The same with some analytes."""
        return replace(self, exact=self.exact.only(analytes))

    def select(self, people: slice) -> Crowd | None:
        """Those who are in a slice of the bank's people."""
        first = people.start or 0
        inside = (self.people >= first) & (self.people < (np.inf if people.stop is None else people.stop))
        if not inside.any():
            return None
        part = self._part(np.flatnonzero(inside))
        return replace(part, people=part.people - first)

    def _wider(self, by: int) -> FloatArray:
        return np.pad(self.exact.matrix_per_h, ((0, 0), (0, by), (0, by)))


def _unit_of(couplings: FloatArray) -> FloatArray:
    """A unit (M,) for a new state in which its couplings (K, M) are not large: exponentials of such matrices are accurate."""
    largest = np.max(np.abs(couplings), axis=0)
    unit: FloatArray = np.exp2(np.ceil(np.log2(np.where(largest > 0.0, largest, 1.0))))
    return unit


def diagonal(
    rates_per_h: FloatArray,
    output: FloatArray,
    intake: Mapping[str, FloatArray],
    analytes: Sequence[str],
    people: IntArray,
) -> Propagator:
    """Modes of some people as a propagator."""
    rates = rates_per_h[:, people]
    return Propagator(
        -np.eye(rates.shape[0]) * rates.T[:, np.newaxis, :],
        output[:, :, people],
        {channel: weights[:, people] for channel, weights in intake.items()},
        tuple(analytes),
    )


def picked(exact: Propagator, people: IntArray) -> Propagator:
    """A propagator for some of its people, in any order and number."""
    intake = {channel: weights[:, people] for channel, weights in exact.intake.items()}
    return Propagator(exact.matrix_per_h[people], exact.output[:, :, people], intake, exact.analytes)


def _of(value: ArrayLike, people: IntArray) -> FloatArray:
    array = np.asarray(value, dtype=np.float64)
    return array[people] if array.ndim == 1 and array.shape[0] > 1 else np.broadcast_to(array, people.shape)
