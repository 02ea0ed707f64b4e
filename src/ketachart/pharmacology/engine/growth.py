"""How a bank grows: each part adds its own modes in closed form, into arrays that are allocated once.

A new part is driven by what is there already, and its modes are seen where it flows to. Both follow from transfer functions:
``H(-rate)``, the response of the one part taken at minus the rate of the other's mode. Where rates meet these are infinite:
see `crowd`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.engine.crowd import Crowd, separated
from ketachart.pharmacology.engine.errors import EngineError, FloatArray, require_finite
from ketachart.pharmacology.engine.shapes import shaped


class Growth:
    """Arrays of a bank under construction: the first `modes` rows and `analytes` names are filled."""

    def __init__(self, people: int, most_modes: int, most_analytes: int) -> None:
        self.people = people
        self.modes = 0
        self.names: list[str] = []
        self._rates = np.empty((most_modes, people))
        self._output = np.zeros((most_analytes, most_modes, people))
        self._intake: dict[str, FloatArray] = {}
        self._crowd: Crowd | None = None

    @classmethod
    def of(
        cls,
        rates_per_h: FloatArray,
        output: FloatArray,
        intake: Mapping[str, FloatArray],
        analytes: Sequence[str],
        *,
        modes: int,
        more_analytes: int = 0,
        crowd: Crowd | None = None,
    ) -> Growth:
        """A copy of finished arrays with room for more modes and analytes."""
        old, people = rates_per_h.shape
        growth = cls(people, old + modes, len(analytes) + more_analytes)
        growth.modes, growth.names = old, list(analytes)
        growth._rates[:old] = rates_per_h
        growth._output[: len(analytes), :old] = output
        for channel, weights in intake.items():
            growth._intake[channel] = np.zeros((old + modes, people))
            growth._intake[channel][:old] = weights
        growth._crowd = crowd
        return growth

    def arrays(self) -> tuple[FloatArray, FloatArray, dict[str, FloatArray], tuple[str, ...], Crowd | None]:
        """Rates (K, N), output (A, K, N), intake by channel (K, N), analytes, and whose rates meet."""
        count = self.modes
        return (
            self._rates[:count],
            self._output[: len(self.names), :count],
            {channel: weights[:count] for channel, weights in self._intake.items()},
            tuple(self.names),
            self._crowd,
        )

    def mixed(self, name: str, into: Mapping[str, ArrayLike]) -> FloatArray:
        """Intake (K, N) of a channel that splits what it gets. Raises EngineError for unknown or repeated channels."""
        if not into:
            raise EngineError(f"channel {name!r} leads nowhere: name at least one channel it goes into")
        self._refuse_known_channel(name)
        total = np.zeros((self.modes, self.people))
        for channel, fraction in into.items():
            if channel not in self._intake:
                raise EngineError(f"there is no channel {channel!r}; this bank has {sorted(self._intake)}")
            share = shaped(f"fraction of {name!r} into {channel!r}", fraction, self.people, at_least=0.0)
            total += share * self._intake[channel][: self.modes]
        return total

    def add_disposition(self, analyte: str, channel: str, rates_per_h: FloatArray, residues_per_l: FloatArray) -> None:
        """The parent: modes of its own, an analyte that shows them, a channel into its centre."""
        self._refuse_known_channel(channel)
        first, last = self.modes, self.modes + rates_per_h.shape[0]
        self._rates[first:last] = rates_per_h
        self._output[self._new_analyte(analyte), first:last] = 1.0
        self._channel(channel)[first:last] = 1000.0 * residues_per_l
        self.modes = last

    def add_depot(self, name: str, rate_per_h: ArrayLike, into: Mapping[str, ArrayLike]) -> None:
        """A first-order depot: one mode, seen by every analyte that its flow reaches."""
        mixed = self.mixed(name, into)
        count = self.modes
        rates = self._rates[:count]
        given = shaped(f"rate_per_h of depot {name!r}", rate_per_h, self.people, above=0.0)
        rate = self._apart(given, mixed)
        if self._crowd is not None:
            self._crowd = self._crowd.with_depot(name, given, into)
        passed = self._channel(name)
        np.multiply(mixed, rate / (rate - rates), out=passed[:count])
        passed[count] = 1.0
        self._rates[count] = rate
        for analyte in range(len(self.names)):
            np.einsum("kn,kn->n", self._output[analyte, :count], passed[:count], out=self._output[analyte, count])
            np.negative(self._output[analyte, count], out=self._output[analyte, count])
        self._finish(1, f"depot {name!r}")

    def add_effect_site(self, name: str, of: str, rate_per_h: ArrayLike) -> None:
        """An analyte that follows another: one mode, excited by every channel that reaches the other."""
        count, source = self.modes, self._output[self.index(of), : self.modes]
        rates = self._rates[:count]
        given = shaped(f"rate_per_h of effect site {name!r}", rate_per_h, self.people, above=0.0)
        rate = self._apart(given, source)
        if self._crowd is not None:
            self._crowd = self._crowd.with_followers(name, of, given[np.newaxis], given[np.newaxis])
        row = self._output[self._new_analyte(name)]
        np.multiply(source, rate / (rate - rates), out=row[:count])
        row[count] = 1.0
        self._rates[count] = rate
        for weights in self._intake.values():
            weights[count] = -np.einsum("kn,kn->n", row[:count], weights[:count])
        self._finish(1, f"effect site {name!r}")

    def add_metabolite(
        self,
        name: str,
        of: str,
        formation_l_per_h: ArrayLike,
        rates_per_h: FloatArray,
        residues_per_l: FloatArray,
        channel: str,
    ) -> None:
        """A metabolite: modes of its own, excited through what it forms from and through a channel of its own."""
        self._refuse_known_channel(channel)
        count, source = self.modes, self._output[self.index(of), : self.modes]
        rates = self._rates[:count]
        formation = shaped(f"formation_l_per_h of {name!r}", formation_l_per_h, self.people, at_least=0.0)
        # the concentration of what it forms from is in ng/mL = ug/L: formation x concentration is ug/h
        per_ug = formation * residues_per_l
        apart = [self._apart(own, source) for own in rates_per_h]
        if self._crowd is not None:
            into_own = {channel: 1000.0 * residues_per_l}
            self._crowd = self._crowd.with_followers(name, of, rates_per_h, per_ug, into_own)
        row = self._output[self._new_analyte(name)]
        for j, own in enumerate(apart):
            self._rates[count + j] = own
            seen = source / (own - rates)
            row[:count] += seen * per_ug[j]
            row[count + j] = 1.0
            for weights in self._intake.values():
                weights[count + j] = -per_ug[j] * np.einsum("kn,kn->n", seen, weights[:count])
        direct = self._channel(channel)
        direct[count : count + rates_per_h.shape[0]] = 1000.0 * residues_per_l
        self._finish(rates_per_h.shape[0], f"metabolite {name!r}")

    def _apart(self, rate: FloatArray, driven: FloatArray) -> FloatArray:
        """A new rate, moved away from those it equals; whose rates meet joins the crowd.

        `driven` (K, N) is zero where a mode and the new one do not act on each other.
        """
        count = self.modes
        moved, meeting, crowded = separated(rate, self._rates[:count], driven)
        if meeting.size:
            intake = {channel: weights[:count] for channel, weights in self._intake.items()}
            self._crowd = Crowd.joined_by(
                self._crowd,
                meeting,
                crowded,
                self._rates[:count],
                self._output[: len(self.names), :count],
                intake,
                self.names,
            )
        return moved

    def index(self, analyte: str) -> int:
        """Position of an analyte. Raises EngineError naming the analytes there are."""
        if analyte not in self.names:
            raise EngineError(f"there is no analyte {analyte!r}; this bank has {self.names}")
        return self.names.index(analyte)

    def _new_analyte(self, name: str) -> int:
        if name in self.names:
            raise EngineError(f"there is an analyte {name!r} already")
        self.names.append(name)
        return len(self.names) - 1

    def _channel(self, name: str) -> FloatArray:
        weights = np.zeros_like(self._rates)
        self._intake[name] = weights
        return weights

    def _refuse_known_channel(self, name: str) -> None:
        if name in self._intake:
            raise EngineError(f"there is a channel {name!r} already")

    def _finish(self, modes: int, what: str) -> None:
        first, last = self.modes, self.modes + modes
        require_finite(f"a rate of {what}", self._rates[first:last], above=0.0)
        require_finite(f"an output weight of {what}", self._output[: len(self.names), first:last])
        for weights in self._intake.values():
            require_finite(f"an intake weight of {what}", weights[first:last])
        self.modes = last
