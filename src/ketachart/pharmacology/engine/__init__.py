"""The engine: banks of first-order modes, schedules, exact evaluation. Numbers in, numbers out; NumPy alone."""

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
from ketachart.pharmacology.engine.mammillary import Depot, Metabolite, disposition, mammillary
from ketachart.pharmacology.engine.matrix import from_rate_matrix
from ketachart.pharmacology.engine.measures import Peak, area, peak, search_grid, terminal_half_life, time_above
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.engine.percentiles import percentiles
from ketachart.pharmacology.engine.population import Bands, Drawn, bands
from ketachart.pharmacology.engine.propagator import Propagator
from ketachart.pharmacology.engine.schedule import Input, SteadySeries, pump_log, repeat

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
