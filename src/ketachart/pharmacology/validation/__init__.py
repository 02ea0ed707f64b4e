"""Predictions against published study arms: which rows are scored, with what, and what is left out and why."""

from ketachart.pharmacology.validation.observed import Observed, observed_rows
from ketachart.pharmacology.validation.score import Result, Summary, score_all, summarise

__all__ = ["Observed", "Result", "Summary", "observed_rows", "score_all", "summarise"]
