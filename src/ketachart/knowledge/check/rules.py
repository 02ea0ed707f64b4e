"""Screening rules: what they look at exists, and each stands once."""

from collections.abc import Iterator
from datetime import date

from ketachart.knowledge import loader
from ketachart.knowledge.check.problem import Problem
from ketachart.knowledge.screening import data_needed


def problems(on: date) -> Iterator[Problem]:
    del on
    known = loader.data_items()
    for rule in loader.screening_rules():
        for name in data_needed(rule.test):
            if name not in known:
                do = "Correct the name, or add the question to data_items.toml"
                yield Problem("eligibility.toml", rule.id, f"looks at {name}, which nobody asks", do)
