"""A setting is a place for a value and never a value: what a clinic has set stands in its record."""

from collections.abc import Iterator
from datetime import date

from ketachart.knowledge.check.problem import Problem
from ketachart.knowledge.site_settings import site_settings

FILE = "site_settings.toml"


def problems(on: date) -> Iterator[Problem]:
    for setting in site_settings().values():
        if not setting.used_by:
            yield Problem(FILE, setting.id, "nobody uses it", "Name the rule or the part that reads it in used_by")
        if setting.source.authority != "site":
            said = f"a setting is the site's own, not {setting.source.authority}"
            yield Problem(FILE, setting.id, said, "Leave its source out; what others say stands in consider")
        if setting.minimum is not None and setting.maximum is not None and setting.minimum >= setting.maximum:
            yield Problem(FILE, setting.id, "minimum is not under maximum", "Correct the typing bounds")
        if not setting.in_force(on) and setting.superseded_by is None and setting.note is None:
            yield Problem(FILE, setting.id, "expired without a successor or a note", "Name what replaced it")
