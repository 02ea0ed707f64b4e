"""The engine: banks of first-order modes, schedules, exact evaluation. Numbers in, numbers out; NumPy alone."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# these two have the names of their files: imported later, the file would hide the function
from ketachart.pharmacology.engine.mammillary import Depot, Metabolite, disposition, mammillary
from ketachart.pharmacology.engine.percentiles import percentiles

if TYPE_CHECKING:
    from ketachart.pharmacology.engine.dose import (
        DoseBand,
        dose_for_area,
        dose_for_level,
        dose_for_peak,
        equivalent_dose,
    )
    from ketachart.pharmacology.engine.errors import EngineError
    from ketachart.pharmacology.engine.evaluate import concentrations
    from ketachart.pharmacology.engine.individual import (
        Individual,
        Measured,
        Posterior,
        ResidualError,
        most_probable,
        sample_posterior,
        weighted_percentiles,
    )
    from ketachart.pharmacology.engine.matrix import from_rate_matrix
    from ketachart.pharmacology.engine.measures import Peak, area, peak, search_grid, terminal_half_life, time_above
    from ketachart.pharmacology.engine.modes import ModeBank
    from ketachart.pharmacology.engine.population import Bands, Drawn, bands
    from ketachart.pharmacology.engine.propagator import Propagator
    from ketachart.pharmacology.engine.schedule import Input, SteadySeries, pump_log, repeat

_LAZY = {
    "DoseBand": "dose",
    "dose_for_area": "dose",
    "dose_for_level": "dose",
    "dose_for_peak": "dose",
    "equivalent_dose": "dose",
    "EngineError": "errors",
    "concentrations": "evaluate",
    "Individual": "individual",
    "Measured": "individual",
    "Posterior": "individual",
    "ResidualError": "individual",
    "most_probable": "individual",
    "sample_posterior": "individual",
    "weighted_percentiles": "individual",
    "from_rate_matrix": "matrix",
    "Peak": "measures",
    "area": "measures",
    "peak": "measures",
    "search_grid": "measures",
    "terminal_half_life": "measures",
    "time_above": "measures",
    "ModeBank": "modes",
    "Bands": "population",
    "Drawn": "population",
    "bands": "population",
    "Propagator": "propagator",
    "Input": "schedule",
    "SteadySeries": "schedule",
    "pump_log": "schedule",
    "repeat": "schedule",
}
"""What is imported when it is first asked for: a forecast needs half of it."""


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Bands",
    "Depot",
    "DoseBand",
    "Drawn",
    "EngineError",
    "Individual",
    "Input",
    "Measured",
    "Metabolite",
    "ModeBank",
    "Peak",
    "Posterior",
    "Propagator",
    "ResidualError",
    "SteadySeries",
    "area",
    "bands",
    "concentrations",
    "disposition",
    "dose_for_area",
    "dose_for_level",
    "dose_for_peak",
    "equivalent_dose",
    "from_rate_matrix",
    "mammillary",
    "most_probable",
    "peak",
    "percentiles",
    "pump_log",
    "repeat",
    "sample_posterior",
    "search_grid",
    "terminal_half_life",
    "time_above",
    "weighted_percentiles",
]
