"""A linear model as a bank of first-order modes.

Every linear compartment model answers a unit amount in channel c with ``h(t) = sum_k output[a, k] * intake[c][k] *
exp(-rates[k] t)``: eigenvectors make each residue a product of "how strongly the channel excites the mode" and "how
strongly the analyte shows it". One state per mode then serves all channels and all analytes, and stepping it is exact.

A bank grows by parts: a disposition (`ketachart.pharmacology.engine.mammillary`), then depots, metabolites and
effect sites, each of which adds its own modes in closed form (transfer functions taken at minus the rate of the mode).

Equal rates make the residues infinite while their sum stays finite. A rate that is added is therefore moved to a
relative distance of at least 1e-7 from every rate already there; and people of whom rates meet are solved by the matrix
exponential as well, and every result takes them from there (`crowd`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.engine.crowd import Crowd, IntArray
from ketachart.pharmacology.engine.errors import EngineError, FloatArray, require_finite
from ketachart.pharmacology.engine.growth import Growth
from ketachart.pharmacology.engine.propagator import Propagator
from ketachart.pharmacology.engine.shapes import Structure, structure_of


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
    tracked : Crowd, optional
        The people who have rates that meet, in a second form.

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
    tracked: Crowd | None = None
    _structure: Structure | None = field(default=None, init=False, repr=False)

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
    def crowd(self) -> Crowd | None:
        """Those whom modes do not carry, because their rates meet."""
        return None if self.tracked is None else self.tracked.solved()

    @property
    def structure(self) -> Structure:
        """For each analyte the modes it shows, each with whether its weight is 1 for everybody."""
        found = self._structure
        if found is None:  # set in one step: banks are shared between threads
            found = structure_of(self.output)
            object.__setattr__(self, "_structure", found)
        return found

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
        crowd = self.crowd
        if crowd is not None:
            total[:, crowd.people] = crowd.exact.auc_per_mg(channel)
        return total

    def select(self, people: slice) -> ModeBank:
        """The same bank for a slice of the people (views, nothing is checked again)."""
        intake = {channel: weights[:, people] for channel, weights in self.intake.items()}
        tracked = self.tracked.select(people) if self.tracked is not None else None
        part = ModeBank._unchecked(
            self.rates_per_h[:, people], self.output[:, :, people], intake, self.analytes, tracked
        )
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
        mixed = self._growth(0).mixed(name, into)
        tracked = self.tracked.with_channel(name, into) if self.tracked is not None else None
        return ModeBank(self.rates_per_h, self.output, {**self.intake, name: mixed}, self.analytes, tracked)

    def scaled(
        self,
        output: ArrayLike = 1.0,
        *,
        intake: Mapping[str, float] | None = None,
        analytes: Sequence[str] | None = None,
    ) -> ModeBank:
        """The same bank in other units.

        Parameters
        ----------
        output : float or array (A,)
            Factor of each analyte.
        intake : mapping of channel to factor, optional
            Factors of what enters by some channels.
        analytes : sequence of str, optional
            New names.
        """
        factor = np.broadcast_to(np.asarray(output, dtype=np.float64), (len(self.analytes),))[:, np.newaxis, np.newaxis]
        entering = intake or {}
        names = self.analytes if analytes is None else tuple(analytes)
        tracked = self.tracked
        if tracked is not None:
            known = tracked.exact
            given = {name: weights * entering.get(name, 1.0) for name, weights in known.intake.items()}
            tracked = replace(tracked, exact=Propagator(known.matrix_per_h, known.output * factor, given, names))
        own = {name: weights * entering.get(name, 1.0) for name, weights in self.intake.items()}
        return ModeBank(self.rates_per_h, self.output * factor, own, names, tracked)

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
        growth = self._growth(1)
        growth.add_depot(name, rate_per_h, into)
        return ModeBank.grown(growth)

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
        growth = self._growth(1, 1)
        growth.add_effect_site(name, of, rate_per_h)
        return ModeBank.grown(growth)

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
        growth = self._growth(rates_per_h.shape[0], 1)
        growth.add_metabolite(name, of, formation_l_per_h, rates_per_h, residues_per_l, channel or name)
        return ModeBank.grown(growth)

    @classmethod
    def grown(cls, growth: Growth) -> ModeBank:
        """The bank that a `Growth` has come to (its parts were checked as they were added)."""
        return cls._unchecked(*growth.arrays())

    def _growth(self, modes: int, analytes: int = 0) -> Growth:
        return Growth.of(
            self.rates_per_h,
            self.output,
            self.intake,
            self.analytes,
            modes=modes,
            more_analytes=analytes,
            crowd=self.tracked,
        )

    @classmethod
    def _unchecked(
        cls,
        rates_per_h: FloatArray,
        output: FloatArray,
        intake: Mapping[str, FloatArray],
        analytes: tuple[str, ...],
        tracked: Crowd | None = None,
    ) -> ModeBank:
        bank = object.__new__(cls)
        for name, value in (
            ("rates_per_h", rates_per_h),
            ("output", output),
            ("intake", intake),
            ("analytes", analytes),
            ("tracked", tracked),
            ("_structure", None),
        ):
            object.__setattr__(bank, name, value)
        return bank

    def only(self, analytes: Sequence[str]) -> ModeBank:
        """The same bank with some analytes, in the given order, and the modes that they show."""
        chosen = [self.analyte_index(analyte) for analyte in analytes]
        modes = sorted({k for a in chosen for k, _ in self.structure[a]})
        intake = {channel: weights[modes] for channel, weights in self.intake.items()}
        tracked = self.tracked.only(analytes) if self.tracked is not None else None
        shown = self.output[np.ix_(chosen, modes)]
        return ModeBank._unchecked(self.rates_per_h[modes], shown, intake, tuple(analytes), tracked)

    def without_crowd(self) -> tuple[ModeBank, IntArray]:
        """The bank of the people whom modes carry, and who they are."""
        crowd = self.crowd
        everybody = np.arange(self.people, dtype=np.int64)
        if crowd is None:
            return self, everybody
        others = np.delete(everybody, crowd.people)
        intake = {channel: weights[:, others] for channel, weights in self.intake.items()}
        part = ModeBank._unchecked(self.rates_per_h[:, others], self.output[:, :, others], intake, self.analytes)
        object.__setattr__(part, "_structure", self.structure)
        return part, others

    def realised(self, people: IntArray) -> Propagator:
        """The models of some people for the matrix exponential."""
        needed = np.ones(people.shape, dtype=np.bool_)
        arrays = self.rates_per_h, self.output, self.intake, self.analytes
        return Crowd.joined_by(self.tracked, people, needed, *arrays).among(people).exact


def ramp_gain(rates_per_h: FloatArray, length_h: float | FloatArray) -> FloatArray:
    """``(1 - exp(-rate x length)) / rate``, and `length` where the rate is 0; h."""
    product = rates_per_h * length_h
    gain: FloatArray = -np.expm1(-product)
    if np.all(rates_per_h > 0.0):
        return np.divide(gain, rates_per_h, out=gain)
    return np.where(rates_per_h > 0.0, gain / np.where(rates_per_h > 0.0, rates_per_h, 1.0), length_h)
