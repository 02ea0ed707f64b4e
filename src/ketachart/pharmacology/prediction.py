"""What a prediction says: curves with their band, and always the model, population, sampling site and limits behind them."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.engine.errors import FloatArray
from ketachart.pharmacology.engine.evaluate import concentrations
from ketachart.pharmacology.engine.measures import area, search_grid, time_above
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.engine.schedule import Input
from ketachart.pharmacology.errors import BadInput


@dataclass(frozen=True, eq=False)
class Curve:
    """One analyte over time, ng/mL.

    Parameters
    ----------
    concentration_ng_per_ml : array (T,)
        The typical person.
    p5, p50, p95 : arrays (T,), optional
        Percentiles of the population at each time; None when the model's variability is not known.
    Cmax, Tmax_h : float
        Peak of the typical person and when it is reached (on a fine grid, not only at `times_h`).
    AUC_ng_h_per_ml : float
        Area from the first dose to infinity, typical person.
    half_life_h : float
        Of the slowest mode that this analyte shows (the terminal half-life, however little it carries).
    Cmax_p5, Cmax_p50, Cmax_p95, AUC_p5, AUC_p50, AUC_p95 : float, optional
        Percentiles of each person's own peak and area.
    """

    analyte: str
    times_h: FloatArray
    concentration_ng_per_ml: FloatArray
    Cmax: float
    Tmax_h: float
    AUC_ng_h_per_ml: float
    half_life_h: float
    p5: FloatArray | None = None
    p50: FloatArray | None = None
    p95: FloatArray | None = None
    Cmax_p5: float | None = None
    Cmax_p50: float | None = None
    Cmax_p95: float | None = None
    AUC_p5: float | None = None
    AUC_p50: float | None = None
    AUC_p95: float | None = None
    _bank: ModeBank | None = field(default=None, repr=False)
    _inputs: tuple[Input, ...] = field(default=(), repr=False)

    @property
    def typical(self) -> FloatArray:
        """The typical person's curve, (T,), ng/mL."""
        return self.concentration_ng_per_ml

    def _source(self) -> tuple[ModeBank, int]:
        if self._bank is None:
            raise BadInput("this curve was read from a file and cannot be computed again", fix="simulate it")
        return self._bank, self._bank.analyte_index(self.analyte)

    def at(self, times_h: ArrayLike) -> FloatArray:
        """Typical concentration at any times, (T,), ng/mL."""
        bank, index = self._source()
        return concentrations(bank, self._inputs, times_h)[index, :, 0]

    def auc(self, start_h: float = 0.0, end_h: float = math.inf) -> float:
        """Exact area of the typical curve between two times, ng h/mL."""
        if not end_h > start_h >= 0.0:
            raise BadInput(
                f"the window {start_h:g} to {end_h:g} h is empty", field="end_h", fix="let it end after it starts"
            )
        bank, index = self._source()
        return float(area(bank, self._inputs, start_h, end_h)[index, 0])

    def hours_above(self, level_ng_per_ml: float, start_h: float = 0.0, end_h: float = 48.0) -> float:
        """Hours that the typical curve spends above a level between two times."""
        if not end_h > start_h >= 0.0:
            raise BadInput(
                f"the window {start_h:g} to {end_h:g} h is empty", field="end_h", fix="let it end after it starts"
            )
        bank, _ = self._source()
        grid = search_grid(self._inputs, start_h, end_h)
        return float(time_above(bank, self._inputs, self.analyte, level_ng_per_ml, grid)[0])

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        found: dict[str, Any] = {
            "concentration_ng_per_ml": _plain(self.concentration_ng_per_ml),
            "p5": _plain(self.p5),
            "p50": _plain(self.p50),
            "p95": _plain(self.p95),
            "Cmax": _plain(self.Cmax),
            "Tmax_h": _plain(self.Tmax_h),
            "AUC_ng_h_per_ml": _plain(self.AUC_ng_h_per_ml),
            "half_life_h": _plain(self.half_life_h),
        }
        for name in ("Cmax_p5", "Cmax_p50", "Cmax_p95", "AUC_p5", "AUC_p50", "AUC_p95"):
            found[name] = _plain(getattr(self, name))
        return found


@dataclass(frozen=True, eq=False)
class Prediction:
    """A prediction and what it stands on.

    Parameters
    ----------
    model, title, citation, tier, site, population : str
        Id of the model (and of its disposition, when absorption was added), what it is and where it was sampled.
    molecule : str
    doses : list of str
        In words, mg of base.
    dose_starts_h : list of float
    times_h : array (T,)
    analytes : dict of Curve
    bioavailability : float
        Share of the given base that reaches plasma as ketamine: exposure per mg over that of the same model's infusion.
    warnings, defects : lists of str
        What limits this prediction; what is known to be wrong with the model.
    also : list of Prediction
        Other models of the same line, each with its own site; never averaged into one.
    """

    model: str
    disposition: str
    title: str
    citation: str
    tier: str
    site: str
    population: str
    molecule: str
    why: str
    doses: list[str]
    dose_starts_h: list[float]
    times_h: FloatArray
    analytes: dict[str, Curve]
    bioavailability: float | None
    warnings: list[str]
    defects: list[str]
    validity: dict[str, Any]
    people: int
    seed: int
    also: list[Prediction] = field(default_factory=list)

    def __getitem__(self, analyte: str) -> Curve:
        try:
            return self.analytes[analyte]
        except KeyError:
            known = ", ".join(self.analytes)
            raise BadInput(
                f"{self.model} does not predict {analyte!r}", field="analyte", fix=f"it predicts {known}"
            ) from None

    def between_models(self) -> dict[str, dict[str, list[float]]]:
        """Lowest and highest "Cmax" and "AUC_ng_h_per_ml" over the models shown, by analyte: how far models disagree."""
        found: dict[str, dict[str, list[float]]] = {}
        for name in self.analytes:
            curves = [each.analytes[name] for each in (self, *self.also) if name in each.analytes]
            found[name] = {
                "Cmax": [min(curve.Cmax for curve in curves), max(curve.Cmax for curve in curves)],
                "AUC_ng_h_per_ml": [
                    min(curve.AUC_ng_h_per_ml for curve in curves),
                    max(curve.AUC_ng_h_per_ml for curve in curves),
                ],
            }
        return found

    def to_dict(self) -> dict[str, Any]:
        """JSON-able; NaN and infinity become null."""
        return {
            "model": self.model,
            "disposition": self.disposition,
            "title": self.title,
            "citation": self.citation,
            "tier": self.tier,
            "site": self.site,
            "population": self.population,
            "molecule": self.molecule,
            "why": self.why,
            "doses": self.doses,
            "dose_starts_h": self.dose_starts_h,
            "unit": "ng/mL of base",
            "times_h": _plain(self.times_h),
            "analytes": {name: curve.to_dict() for name, curve in self.analytes.items()},
            "bioavailability": _plain(self.bioavailability),
            "warnings": self.warnings,
            "known_defects": self.defects,
            "validity": self.validity,
            "people": self.people,
            "seed": self.seed,
            "between_models": self.between_models(),
            "also": [other.to_dict() for other in self.also],
        }

    def rows(self) -> list[dict[str, Any]]:
        """One row per model, analyte and time, for CSV and Parquet."""
        found = []
        for prediction in (self, *self.also):
            for name, curve in prediction.analytes.items():
                for index, time in enumerate(prediction.times_h):
                    found.append(
                        {
                            "model": prediction.model,
                            "site": prediction.site,
                            "analyte": name,
                            "time_h": float(time),
                            "typical_ng_per_ml": float(curve.concentration_ng_per_ml[index]),
                            "p5_ng_per_ml": None if curve.p5 is None else float(curve.p5[index]),
                            "p50_ng_per_ml": None if curve.p50 is None else float(curve.p50[index]),
                            "p95_ng_per_ml": None if curve.p95 is None else float(curve.p95[index]),
                        }
                    )
        return found

    def to_csv(self) -> str:
        """The rows as CSV text."""
        rows = self.rows()
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return buffer.getvalue()


def _plain(value: object) -> Any:
    """Arrays to lists, numbers rounded to seven digits, what is not finite to None."""
    if value is None:
        return None
    if isinstance(value, np.ndarray):
        return [_plain(float(item)) for item in value]
    number = float(value)  # type: ignore[arg-type]
    return float(f"{number:.7g}") if math.isfinite(number) else None
