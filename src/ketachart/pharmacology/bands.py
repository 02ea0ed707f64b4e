"""The band around a prediction: percentiles over people drawn from the model's own variability.

Up to `KEPT_PEOPLE` everybody's curve is kept and percentiles are exact. Above it nobody's curve is kept: people come in chunks
of a fixed size with random numbers of their own, and the engine's histograms give percentiles to a fraction of a bin (0.8 %),
the same for any number of workers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ketachart.pharmacology.doses import AnyDose
from ketachart.pharmacology.engine.errors import FloatArray
from ketachart.pharmacology.engine.evaluate import concentrations
from ketachart.pharmacology.engine.measures import peak, search_grid
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.engine.schedule import Input
from ketachart.pharmacology.engine.stepping import Bank
from ketachart.pharmacology.other_medicines import with_interactions
from ketachart.pharmacology.person import Person
from ketachart.pharmacology.serving import Prepared, Serving, inputs_for, prepare_people, prepare_typical, prepare_with
from ketachart.pharmacology.variability import draw_from, varying

PERCENTILES = (5.0, 50.0, 95.0)
KEPT_PEOPLE = 10_000
PEAK_WITHIN_H = 24.0
"""Peaks are looked for until this long after the last dose."""

Progress = Callable[[int, int, str], None]
"""Called with (done, of, what)."""


@dataclass(frozen=True)
class Question:
    """What is predicted: a serving, doses, a person, and what changes them.

    Parameters
    ----------
    serving : Serving
    doses : sequence of doses
    person : Person
    apart : bool
        Whether S and R are analytes of their own.
    interactions : sequence of str
    cyp2b6_activity : float
    """

    serving: Serving
    doses: Sequence[AnyDose]
    person: Person = field(default_factory=Person)
    apart: bool = False
    interactions: Sequence[str] = ()
    cyp2b6_activity: float = 1.0

    def typical(self) -> tuple[Prepared, list[str]]:
        """The typical person, and warnings of the interactions."""
        prepared = prepare_typical(self.serving, self.person, apart=self.apart, cyp2b6_activity=self.cyp2b6_activity)
        return with_interactions(prepared, self.doses, self.interactions)

    def drawn(self, people: int, seed: int) -> Prepared:
        """People drawn from the model's variability, remembered."""
        prepared = prepare_people(
            self.serving, self.person, people, seed, apart=self.apart, cyp2b6_activity=self.cyp2b6_activity
        )
        return with_interactions(prepared, self.doses, self.interactions)[0]

    def drawn_from(self, generator: np.random.Generator, people: int) -> Prepared:
        """People drawn from a generator, not remembered."""
        etas = {model.id: draw_from(model, people, generator) for model in self.serving.files}
        prepared = prepare_with(self.serving, self.person, etas, apart=self.apart, cyp2b6_activity=self.cyp2b6_activity)
        return with_interactions(prepared, self.doses, self.interactions)[0]

    @property
    def varies(self) -> bool:
        """Whether any variability is known."""
        return any(varying(model) for model in self.serving.files)

    def grid(self, inputs: Sequence[Input]) -> FloatArray:
        """Times on which peaks are looked for."""
        return search_grid(inputs, 0.0, max(dose.end_h for dose in self.doses) + PEAK_WITHIN_H)


def whole_areas(bank: ModeBank, inputs: Sequence[Input]) -> FloatArray:
    """Area from 0 to infinity of every analyte and person, (A, N), ng h/mL."""
    total = np.zeros((len(bank.analytes), bank.people))
    for given in inputs:
        total += bank.auc_per_mg(given.channel) * np.asarray(given.amount_mg)
    return total


def band(
    question: Question, times_h: FloatArray, people: int, seed: int, progress: Progress | None = None
) -> dict[str, dict[str, Any]]:
    """Percentiles by analyte: curves "p5", "p50", "p95" (T,), and those of each person's peak and area.

    Parameters
    ----------
    question : Question
    times_h : array (T,)
    people : int
        0 for none.
    seed : int
    progress : callable, optional
        For populations above `KEPT_PEOPLE`.

    Returns
    -------
    dict
        Empty without people or without known variability.
    """
    if people == 0 or not question.varies:
        return {}
    if people > KEPT_PEOPLE:
        return _in_chunks(question, times_h, people, seed, progress)
    prepared = question.drawn(people, seed)
    inputs = inputs_for(prepared, question.doses)
    curves = np.percentile(concentrations(prepared.bank, inputs, times_h), PERCENTILES, axis=2)
    peaks = peak(prepared.bank, inputs, question.grid(inputs)).concentration
    return _by_analyte(prepared.bank.analytes, curves, peaks, whole_areas(prepared.bank, inputs))


def _in_chunks(
    question: Question, times_h: FloatArray, people: int, seed: int, progress: Progress | None
) -> dict[str, dict[str, Any]]:
    from ketachart.pharmacology.engine.population import Drawn, bands

    def sampler(generator: np.random.Generator, size: int) -> Drawn:
        prepared = question.drawn_from(generator, size)
        return Drawn(prepared.bank, inputs_for(prepared, question.doses))

    def summary(bank: Bank, inputs: Sequence[Input]) -> FloatArray:
        if not isinstance(bank, ModeBank):
            raise TypeError("a bank of modes is expected")
        return np.concatenate([peak(bank, inputs, question.grid(inputs)).concentration, whole_areas(bank, inputs)])

    def report(done: int, of: int) -> None:
        if progress is not None:
            progress(done, of, question.serving.id)

    found = bands(
        sampler,
        (),
        times_h,
        people,
        seed=seed,
        levels=PERCENTILES,
        workers=os.cpu_count() or 1,
        summary=summary,
        progress=report,
    )
    kept = found.summaries
    if kept is None:
        raise RuntimeError("the population lost its summaries")
    half = len(found.analytes)
    return _by_analyte(found.analytes, found.values, kept[:half], kept[half:])


def _by_analyte(
    analytes: Sequence[str], curves: FloatArray, peaks: FloatArray, areas: FloatArray
) -> dict[str, dict[str, Any]]:
    """`curves` is (3, A, T); `peaks` and `areas` are (A, N)."""
    of_peaks = np.percentile(peaks, PERCENTILES, axis=1)
    of_areas = np.percentile(areas, PERCENTILES, axis=1)
    found: dict[str, dict[str, Any]] = {}
    for index, name in enumerate(analytes):
        found[name] = {}
        for row, level in enumerate(("p5", "p50", "p95")):
            found[name][level] = curves[row, index]
            found[name][f"Cmax_{level}"] = float(of_peaks[row, index])
            found[name][f"AUC_{level}"] = float(of_areas[row, index])
    return found
