"""The checker of the data: every entry is sourced, dated and graded, points somewhere, and nothing unverified decides."""

from ketachart.knowledge.check.all import checked, problems
from ketachart.knowledge.check.entries import entry_problems
from ketachart.knowledge.check.problem import Problem

__all__ = ["Problem", "checked", "entry_problems", "problems"]
