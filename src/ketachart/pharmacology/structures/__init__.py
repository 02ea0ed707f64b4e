"""Structures: how the rows of a model file become a bank of modes, and how doses become inputs.

A structure knows the names and dimensions of its parameters. Everything here is linear; the one non-linear question
(inactivation of CYP2B6) is answered by a stated remaining activity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ketachart.pharmacology.engine.errors import FloatArray
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.model_file import Dimension
from ketachart.pharmacology.structures import absorption, delay_chains, gut_and_liver, hepatoportal, mammillary

Values = Mapping[str, FloatArray]
"""Parameter name -> values of N people, shape (N,), in L, L/h, 1/h, h or 1."""

PARAMETERS: dict[str, Mapping[str, Dimension]] = {
    "mammillary": mammillary.PARAMETERS,
    "micro_constants": mammillary.MICRO_PARAMETERS,
    "hepatoportal": hepatoportal.PARAMETERS,
    "gut_and_liver": gut_and_liver.PARAMETERS,
    "delay_chains": delay_chains.PARAMETERS,
    **absorption.PARAMETERS,
}

BUILD: dict[str, Callable[[Values], ModeBank]] = {
    "mammillary": mammillary.build,
    "micro_constants": mammillary.build_micro,
    "hepatoportal": hepatoportal.build,
    "gut_and_liver": gut_and_liver.build,
    "delay_chains": delay_chains.build,
}

EXTEND: dict[str, Callable[[ModeBank, Values, str], ModeBank]] = absorption.EXTEND
