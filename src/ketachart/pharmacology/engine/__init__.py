"""The engine: banks of first-order modes, schedules, exact evaluation. Numbers in, numbers out; NumPy alone."""

from ketachart.pharmacology.engine.errors import EngineError
from ketachart.pharmacology.engine.evaluate import concentrations
from ketachart.pharmacology.engine.mammillary import Depot, Metabolite, disposition, mammillary
from ketachart.pharmacology.engine.matrix import from_rate_matrix
from ketachart.pharmacology.engine.measures import Peak, area, peak, search_grid, terminal_half_life, time_above
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.engine.propagator import Propagator
from ketachart.pharmacology.engine.schedule import Input, SteadySeries, pump_log, repeat

__all__ = [
    "Depot",
    "EngineError",
    "Input",
    "Metabolite",
    "ModeBank",
    "Peak",
    "Propagator",
    "SteadySeries",
    "area",
    "concentrations",
    "disposition",
    "from_rate_matrix",
    "mammillary",
    "peak",
    "pump_log",
    "repeat",
    "search_grid",
    "terminal_half_life",
    "time_above",
]
