"""A linear model as a bank of first-order modes.

Every linear compartment model answers a unit amount in channel c with ``h(t) = sum_k output[a, k] * intake[c][k] *
exp(-rates[k] t)``: eigenvectors make each residue a product of "how strongly the channel excites the mode" and "how
strongly the analyte shows it". One state per mode then serves all channels and all analytes, and stepping it is exact.

A bank grows by parts: a disposition (`ketachart.pharmacology.engine.mammillary`), then depots, metabolites and
effect sites, each of which adds its own modes in closed form (transfer functions taken at minus the rate of the mode).

Equal rates make the residues infinite while their sum stays finite. A rate that is added is therefore moved to a
relative distance of at least 1e-7 from every rate already there; the curves change by at most about 1e-7 times (rate x
time), and rounding adds about 2e-9. A rate that meets two others at once is moved by 5e-5 (the curve is then right to
about 3e-4); one that meets three is refused: a rate matrix (`from_rate_matrix`) solves such a chain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.engine.errors import EngineError, FloatArray, require_finite

LEAST_GAP = 1e-7
LEAST_GAP_OF_THREE = 5e-5


def shaped(
    name: str, value: ArrayLike, people: int, *, at_least: float | None = None, above: float | None = None
) -> FloatArray:
    """Check one parameter and give it shape (N,). Raises EngineError naming the parameter."""
    require_finite(name, value, at_least=at_least, above=above)
    array = np.asarray(value, dtype=np.float64)
    if array.ndim > 1 or (array.ndim == 1 and array.shape[0] not in (1, people)):
        raise EngineError(f"{name} has shape {array.shape}; it must be one number or have shape ({people},)")
    return array if array.shape == (people,) else np.broadcast_to(array, (people,))


def people_of(*values: ArrayLike) -> int:
    """The number of people a set of parameters is for: the longest of them."""
    return max((int(np.size(value)) for value in values), default=1)


def separated(rate: FloatArray, existing: FloatArray) -> FloatArray:
    """Move a rate away from those it (nearly) equals. Shapes (N,) and (K, N), 1/h."""
    close = np.abs(existing - rate) < LEAST_GAP_OF_THREE * rate
    if not close.any():
        return rate
    crowd = np.sum(close, axis=0)
    if np.any(crowd > 2):
        raise EngineError(
            f"the rate {rate[np.argmax(crowd)]:g} 1/h of person {int(np.argmax(crowd))} equals three others of its model; "
            "build this model with from_rate_matrix"
        )
    gap = np.where(crowd > 1, LEAST_GAP_OF_THREE, LEAST_GAP)
    moved = np.array(rate)
    for _ in range(existing.shape[0] + 1):
        near = np.abs(existing - moved) < 0.999 * gap * moved
        if not np.any(near):
            break
        above = np.max(np.where(near, existing, 0.0), axis=0)
        moved = np.where(np.any(near, axis=0), above * (1.0 + gap), moved)
    return moved


@dataclass(frozen=True, eq=False)
class ModeBank:
    """The modes of N people.

    Parameters
    ----------
    rates_per_h : array (K, N)
        Rate of each mode, 1/h, not negative.
    output : array (A, K, N)
        How strongly each analyte shows each mode.
    intake : mapping of channel name to array (K, N)
        How strongly 1 mg in the channel excites each mode. ``output * intake`` has the unit (ng/mL) per mg.
    analytes : tuple of str
        Names along the first axis of `output`.

    Raises
    ------
    EngineError
        For wrong shapes, negative rates, NaN or infinity anywhere; the message names the array and the person.

    Notes
    -----
    Method and measurements: "Computing pharmacokinetics fast", section 3 (sum of exponentials, one filter per mode).
    """

    rates_per_h: FloatArray
    output: FloatArray
    intake: Mapping[str, FloatArray]
    analytes: tuple[str, ...]
    _structure: list[list[tuple[int, bool]]] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        modes, people = self.rates_per_h.shape
        if self.output.shape != (len(self.analytes), modes, people):
            raise EngineError(
                f"output has shape {self.output.shape}; {len(self.analytes)} analytes, {modes} modes and "
                f"{people} people need {(len(self.analytes), modes, people)}"
            )
        require_finite("a rate (1/h)", self.rates_per_h, at_least=0.0)
        require_finite("an output weight", self.output)
        for channel, weights in self.intake.items():
            if weights.shape != (modes, people):
                raise EngineError(f"intake of {channel!r} has shape {weights.shape}; it must be {(modes, people)}")
            require_finite(f"an intake weight of {channel!r}", weights)

    @classmethod
    def from_response(
        cls, rates_per_h: FloatArray, response: Mapping[str, FloatArray], analytes: Sequence[str]
    ) -> ModeBank:
        """Build a bank from impulse responses that need not share eigenvectors.

        Parameters
        ----------
        rates_per_h : array (K, N)
        response : mapping of channel to array (A, K, N)
            Coefficients of ``h(t) = sum_k C exp(-rate t)``, (ng/mL) per mg.
        analytes : sequence of str

        Returns
        -------
        ModeBank
            With K modes per channel: each channel keeps its own states.
        """
        channels = list(response)
        modes, people = rates_per_h.shape
        intake: dict[str, FloatArray] = {}
        for number, channel in enumerate(channels):
            weights = np.zeros((modes * len(channels), people))
            weights[number * modes : (number + 1) * modes] = 1.0
            intake[channel] = weights
        return cls(
            np.tile(rates_per_h, (len(channels), 1)),
            np.concatenate([response[channel] for channel in channels], axis=1),
            intake,
            tuple(analytes),
        )

    # --- what it is ------------------------------------------------------------------------------------------------

    @property
    def people(self) -> int:
        """Number of people, N."""
        return int(self.rates_per_h.shape[1])

    @property
    def modes(self) -> int:
        """Number of modes, K: the length of the state."""
        return int(self.rates_per_h.shape[0])

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels."""
        return tuple(self.intake)

    @property
    def response(self) -> dict[str, FloatArray]:
        """Impulse response coefficients by channel, each (A, K, N), (ng/mL) per mg."""
        return {channel: self.output * weights for channel, weights in self.intake.items()}

    @property
    def structure(self) -> list[list[tuple[int, bool]]]:
        """For each analyte the modes it shows, each with whether its weight is 1 for everybody."""
        if not self._structure:
            shows = np.any(self.output != 0.0, axis=2)
            ones = np.all(self.output == 1.0, axis=2)
            self._structure.extend(
                [(int(k), bool(ones[a, k])) for k in np.flatnonzero(shows[a])] for a in range(len(self.analytes))
            )
        return self._structure

    def intake_of(self, channel: str) -> FloatArray:
        """Intake weights of a channel, (K, N). Raises EngineError naming the channels there are."""
        try:
            return self.intake[channel]
        except KeyError:
            raise EngineError(f"there is no channel {channel!r}; this bank has {sorted(self.intake)}") from None

    def analyte_index(self, analyte: str) -> int:
        """Position of an analyte. Raises EngineError naming the analytes there are."""
        try:
            return self.analytes.index(analyte)
        except ValueError:
            raise EngineError(f"there is no analyte {analyte!r}; this bank has {list(self.analytes)}") from None

    def auc_per_mg(self, channel: str) -> FloatArray:
        """Area under the curve to infinity per mg given, (A, N), (ng h/mL) per mg; infinite if a mode never decays."""
        with np.errstate(divide="ignore", invalid="ignore"):
            shown = self.output * self.intake_of(channel)
            areas = np.where(shown == 0.0, 0.0, shown / self.rates_per_h)
        total: FloatArray = areas.sum(axis=1)
        return total

    def select(self, people: slice) -> ModeBank:
        """The same bank for a slice of the people (views, nothing is checked again)."""
        part = object.__new__(ModeBank)
        object.__setattr__(part, "rates_per_h", self.rates_per_h[:, people])
        object.__setattr__(part, "output", self.output[:, :, people])
        object.__setattr__(part, "intake", {channel: weights[:, people] for channel, weights in self.intake.items()})
        object.__setattr__(part, "analytes", self.analytes)
        object.__setattr__(part, "_structure", self.structure)
        return part

    # --- how its state moves (the interface that evaluate needs; the propagator has the same) ------------------------

    def decay(self, step_h: float | FloatArray) -> FloatArray:
        """What remains of each mode after a step, (K, N)."""
        return np.exp(-self.rates_per_h * step_h)

    def advance(self, state: FloatArray, decay: FloatArray) -> None:
        """Move the state (K, N) over one step, in place."""
        np.multiply(state, decay, out=state)

    def bolus(self, channel: str, age_h: float | FloatArray) -> FloatArray:
        """State left by 1 mg given `age_h` ago, (K, N)."""
        return self.intake_of(channel) * self.decay(age_h)

    def ramp(self, channel: str, length_h: float | FloatArray) -> FloatArray:
        """State left by 1 mg/h that has run for `length_h` until now, (K, N)."""
        return self.intake_of(channel) * ramp_gain(self.rates_per_h, length_h)

    def settled(self, state: FloatArray, every_h: float, times: int | None) -> FloatArray:
        """Sum of `state` repeated every `every_h` hours, `times` times or for ever (geometric series), (K, N)."""
        if np.any(self.rates_per_h == 0.0) and times is None:
            raise EngineError("this model has a mode that never decays: a steady series has no steady state")
        lost = -np.expm1(-self.rates_per_h * every_h)
        if times is None:
            return state / lost
        kept = -np.expm1(-self.rates_per_h * every_h * times)
        return state * np.divide(kept, lost, out=np.full_like(kept, float(times)), where=lost > 0.0)

    # --- growing -----------------------------------------------------------------------------------------------------

    def with_channel(self, name: str, into: Mapping[str, ArrayLike]) -> ModeBank:
        """Add a channel that splits what it gets over existing ones.

        Parameters
        ----------
        name : str
        into : mapping of channel to fraction, each one number or (N,)
            Fractions need not add up to 1 (the rest is lost).
        """
        return ModeBank(self.rates_per_h, self.output, {**self.intake, name: self._mixed(name, into)}, self.analytes)

    def with_depot(self, name: str, rate_per_h: ArrayLike, into: Mapping[str, ArrayLike]) -> ModeBank:
        """Add a first-order depot as a new channel `name`.

        Parameters
        ----------
        name : str
            The new channel.
        rate_per_h : float or array (N,)
            First-order rate at which it empties (all paths together), 1/h.
        into : mapping of channel to fraction
            Where what leaves it goes, e.g. ``{"iv": 0.2, "norketamine": 0.8}`` for a first pass.
        """
        mixed = self._mixed(name, into)
        rate = separated(shaped(f"rate_per_h of depot {name!r}", rate_per_h, self.people, above=0.0), self.rates_per_h)
        passed = mixed * (rate / (rate - self.rates_per_h))
        shown = -np.einsum("akn,kn->an", self.output, passed)
        return self._grown(
            rate[np.newaxis],
            shown[:, np.newaxis, :],
            {name: np.concatenate([passed, np.ones((1, self.people))])},
        )

    def with_effect_site(self, name: str, of: str, rate_per_h: ArrayLike) -> ModeBank:
        """Add an analyte that follows another with a first-order delay (effect site, or one transit step of a delay).

        Parameters
        ----------
        name : str
            The new analyte, in the unit of `of`.
        of : str
            The analyte it follows.
        rate_per_h : float or array (N,)
            ke0, 1/h.
        """
        source = self.output[self.analyte_index(of)]
        rate = separated(
            shaped(f"rate_per_h of effect site {name!r}", rate_per_h, self.people, above=0.0), self.rates_per_h
        )
        factor = rate / (rate - self.rates_per_h)
        followed = source * factor
        old = {
            channel: -np.einsum("kn,kn->n", followed, weights)[np.newaxis] for channel, weights in self.intake.items()
        }
        return self._grown(rate[np.newaxis], None, {}, analyte=name, shows=followed, excited=old)

    def with_metabolite(
        self,
        name: str,
        of: str,
        *,
        formation_l_per_h: ArrayLike,
        rates_per_h: FloatArray,
        residues_per_l: FloatArray,
        channel: str | None = None,
    ) -> ModeBank:
        """Add a metabolite that forms from another analyte and has its own disposition.

        Parameters
        ----------
        name : str
            The new analyte.
        of : str
            The analyte it forms from.
        formation_l_per_h : float or array (N,)
            Clearance into the metabolite (fraction x clearance, times the ratio of molar masses when the metabolite's
            amounts are its own mass), L/h.
        rates_per_h, residues_per_l : arrays (J, N)
            The metabolite's own disposition, from `mammillary.disposition`.
        channel : str, optional
            Name of the channel through which the metabolite can be given directly (what a first pass forms); default
            `name`.
        """
        formation = shaped(f"formation_l_per_h of {name!r}", formation_l_per_h, self.people, at_least=0.0)
        own = np.array(rates_per_h)
        for j in range(own.shape[0]):
            own[j] = separated(own[j], self.rates_per_h)
        # concentration of the parent is in ng/mL = ug/L: formation x concentration is ug/h
        gain = formation * np.sum(residues_per_l[:, np.newaxis] / (own[:, np.newaxis] - self.rates_per_h), axis=0)
        source = self.output[self.analyte_index(of)]
        shows = source * gain
        excited: dict[str, FloatArray] = {}
        for known, weights in self.intake.items():
            product = source * weights
            at_own_rate = np.stack([np.sum(product / (self.rates_per_h - own[j]), axis=0) for j in range(own.shape[0])])
            excited[known] = residues_per_l * formation * at_own_rate
        direct = np.concatenate([np.zeros_like(self.rates_per_h), 1000.0 * residues_per_l])
        return self._grown(own, None, {channel or name: direct}, analyte=name, shows=shows, excited=excited)

    def only(self, analytes: Sequence[str]) -> ModeBank:
        """The same bank with some analytes, in the given order, and the modes that they show."""
        chosen = [self.analyte_index(analyte) for analyte in analytes]
        modes = sorted({k for a in chosen for k, _ in self.structure[a]})
        part = object.__new__(ModeBank)
        object.__setattr__(part, "rates_per_h", self.rates_per_h[modes])
        object.__setattr__(part, "output", self.output[np.ix_(chosen, modes)])
        object.__setattr__(part, "intake", {channel: weights[modes] for channel, weights in self.intake.items()})
        object.__setattr__(part, "analytes", tuple(analytes))
        object.__setattr__(part, "_structure", [])
        return part

    def _mixed(self, name: str, into: Mapping[str, ArrayLike]) -> FloatArray:
        if not into:
            raise EngineError(f"channel {name!r} leads nowhere: name at least one channel it goes into")
        if name in self.intake:
            raise EngineError(f"there is a channel {name!r} already")
        mixed = np.zeros_like(self.rates_per_h)
        for channel, fraction in into.items():
            share = shaped(f"fraction of {name!r} into {channel!r}", fraction, self.people, at_least=0.0)
            mixed += share * self.intake_of(channel)
        return mixed

    def _grown(
        self,
        rates: FloatArray,
        shown: FloatArray | None,
        channels: Mapping[str, FloatArray],
        *,
        analyte: str | None = None,
        shows: FloatArray | None = None,
        excited: Mapping[str, FloatArray] | None = None,
    ) -> ModeBank:
        """Append modes: `shown` by the old analytes, or by a new analyte that also `shows` the old modes."""
        new = rates.shape[0]
        old_analytes = len(self.analytes)
        output = np.zeros((old_analytes + (analyte is not None), self.modes + new, self.people))
        output[:old_analytes, : self.modes] = self.output
        if shown is not None:
            output[:old_analytes, self.modes :] = shown
        analytes = self.analytes
        if analyte is not None and shows is not None:
            if analyte in analytes:
                raise EngineError(f"there is an analyte {analyte!r} already")
            output[old_analytes, : self.modes] = shows
            output[old_analytes, self.modes :] = 1.0
            analytes = (*analytes, analyte)
        nothing = np.zeros((new, self.people))
        intake = {
            channel: np.concatenate([weights, (excited or {}).get(channel, nothing)])
            for channel, weights in self.intake.items()
        }
        for channel, weights in channels.items():
            if channel in intake:
                raise EngineError(f"there is a channel {channel!r} already")
            intake[channel] = weights
        return ModeBank(np.concatenate([self.rates_per_h, rates]), output, intake, analytes)


def ramp_gain(rates_per_h: FloatArray, length_h: float | FloatArray) -> FloatArray:
    """``(1 - exp(-rate x length)) / rate``, and `length` where the rate is 0; h."""
    product = rates_per_h * length_h
    gain: FloatArray = -np.expm1(-product)
    if np.all(rates_per_h > 0.0):
        return np.divide(gain, rates_per_h, out=gain)
    return np.where(rates_per_h > 0.0, gain / np.where(rates_per_h > 0.0, rates_per_h, 1.0), length_h)
