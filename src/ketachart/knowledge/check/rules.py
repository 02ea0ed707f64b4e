"""Screening rules: what they look at exists, and each stands once."""

from collections.abc import Iterator
from datetime import date

from ketachart.knowledge import loader
from ketachart.knowledge.check.problem import Problem
from ketachart.knowledge.screening import data_needed
from ketachart.knowledge.site_settings import site_settings


def problems(on: date) -> Iterator[Problem]:
    del on
    known = loader.data_items()
    for rule in loader.screening_rules():
        for name in data_needed(rule.test):
            if name not in known:
                do = "Correct the name, or add the question to data_items.toml"
                yield Problem("screening rule", rule.id, f"looks at {name}, which nobody asks", do)
        for skip in rule.not_relevant_when:
            if skip.fact not in known:
                yield Problem("screening rule", rule.id, f"is left out by {skip.fact}, which nobody asks", "Correct it")
        for setting in (rule.site_setting, getattr(rule.test, "no_older_than_setting", None)):
            if setting is not None and setting not in site_settings():
                do = "Declare it in site_settings.toml"
                yield Problem("screening rule", rule.id, f"waits for {setting}, which is not a setting", do)
