"""No name points nowhere: sources, data items, classes, products, routes, indications, scales, settings, rules."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from ketachart.knowledge import loader
from ketachart.knowledge.check.problem import Problem

RULE_ID = re.compile(r"^(?:[a-z_]+/)?[A-Z]{2,4}\d{1,3}[A-Z]?$")
SETTING_ID = re.compile(r"^[a-z_]+\.[a-z_0-9]+\.[a-z_0-9]+$")
SCALE_ID = re.compile(r"^[a-z]+(?:-[a-z0-9]+)+$")


def problems(on: date) -> Iterator[Problem]:
    del on
    for file, content in loader.raw_files():
        if file != "sources.toml":
            yield from in_table(file, "", content)


def in_table(file: str, entry: str, table: dict[str, Any]) -> Iterator[Problem]:
    """Every name in a table and in the tables inside it."""
    here = f"{entry} {table['id']}".strip() if isinstance(table.get("id"), str) and entry != table["id"] else entry
    for name, value in table.items():
        if name == "source" or name.endswith("_source"):
            yield from _source(file, here, value)
        elif name == "sources":
            yield from _sources(file, here, value)
        elif name in NAMED:
            what, known, looks_like = NAMED[name]
            for one in _strings(value):
                if (looks_like is None or looks_like.match(one)) and one not in known():
                    yield Problem(file, here, f"{name} names {what} {one}, which does not exist", FIX[what])
                elif what == "rule" and one in ambiguous_rules():
                    yield Problem(file, here, f"{name} names rule {one}, which two files have", FIX[what])
        elif name not in ("id", "url"):
            for one in _strings(value):
                if SETTING_ID.match(one) and one.split(".")[0] in parts_with_settings() and one not in known_settings():
                    yield Problem(file, here, f"{name} names setting {one}, which does not exist", FIX["setting"])
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and name != "source":
                yield from in_table(file, here if "id" in one else f"{here} {name}".strip(), one)


def _source(file: str, entry: str, value: Any) -> Iterator[Problem]:
    if isinstance(value, dict) and "id" in value and value["id"] not in loader.sources():
        yield Problem(file, entry, f"source {value['id']} is not in sources.toml", FIX["source"])


def _sources(file: str, entry: str, value: Any) -> Iterator[Problem]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and one not in loader.sources():
            yield Problem(file, entry, f"source {one} is not in sources.toml", FIX["source"])


def _strings(value: Any) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def _ids(*kinds: str) -> frozenset[str]:
    return frozenset(
        str(one["id"])
        for _, content in loader.raw_files()
        for kind in kinds
        for one in (content.get(kind) if isinstance(content.get(kind), list) else ())  # type: ignore[union-attr]
        if isinstance(one, dict) and "id" in one
    )


@cache
def known_products() -> frozenset[str]:
    return _ids("product")


@cache
def known_routes() -> frozenset[str]:
    return _ids("route")


@cache
def known_indications() -> frozenset[str]:
    return _ids("indication")


@cache
def known_classes() -> frozenset[str]:
    return _ids("class")


@cache
def known_elements() -> frozenset[str]:
    return _ids("element")


@cache
def known_settings() -> frozenset[str]:
    return _ids("setting")


@cache
def parts_with_settings() -> frozenset[str]:
    return frozenset(one.split(".")[0] for one in known_settings())


@cache
def known_data() -> frozenset[str]:
    return frozenset(loader.data_items())


@cache
def known_scales() -> frozenset[str]:
    folder = files("ketachart.instruments") / "data"
    return frozenset(str(content["id"]) for _, content in loader.files_in(folder) if "id" in content)


@cache
def known_rules() -> frozenset[str]:
    """By their id alone, and by file and id: session/DI02 is not eligibility/DI02."""
    found = set()
    for file, content in loader.raw_files():
        for value in content.values():
            for one in value if isinstance(value, list) else ():
                if isinstance(one, dict) and RULE_ID.match(str(one.get("id", ""))):
                    found |= {str(one["id"]), f"{file.removesuffix('.toml')}/{one['id']}"}
    return frozenset(found)


@cache
def ambiguous_rules() -> frozenset[str]:
    """Ids that stand in more than one file."""
    places = Counter(name.rpartition("/")[2] for name in known_rules() if "/" in name)
    return frozenset(id for id, times in places.items() if times > 1)


Known = Callable[[], frozenset[str]]
NAMED: dict[str, tuple[str, Known, re.Pattern[str] | None]] = {
    "product": ("product", known_products, re.compile(r"^[a-z][a-z0-9-]+$")),
    "products": ("product", known_products, None),
    "route": ("route", known_routes, None),
    "routes": ("route", known_routes, None),
    "indication": ("indication", known_indications, None),
    "indications": ("indication", known_indications, None),
    "approved_for": ("indication", known_indications, None),
    "classes": ("class", known_classes, None),
    "elements": ("element", known_elements, None),
    "fact": ("datum", known_data, None),
    "facts": ("datum", known_data, None),
    "scale": ("scale", known_scales, SCALE_ID),
    "scales": ("scale", known_scales, SCALE_ID),
    "instrument": ("scale", known_scales, SCALE_ID),
    "instruments": ("scale", known_scales, SCALE_ID),
    "setting": ("setting", known_settings, SETTING_ID),
    "not_above": ("setting", known_settings, None),
    "settings": ("setting", known_settings, SETTING_ID),
    "site_setting": ("setting", known_settings, SETTING_ID),
    "site_settings": ("setting", known_settings, SETTING_ID),
    "used_by": ("rule", known_rules, RULE_ID),
    "covered_by": ("rule", known_rules, RULE_ID),
    "rule": ("rule", known_rules, RULE_ID),
    "rules": ("rule", known_rules, RULE_ID),
    "rule_id": ("rule", known_rules, RULE_ID),
    "rule_ids": ("rule", known_rules, RULE_ID),
}
"""Field, what it names, where those are defined, and what such a name looks like (None: every value is one)."""

FIX = {
    "source": "Add the document to sources.toml, or correct the id",
    "product": "Correct it, or add the product to products.toml",
    "route": "Correct it, or add the route to products.toml",
    "indication": "Correct it, or add the indication to indications.toml",
    "class": "Correct it, or add the class with its ingredients",
    "element": "Correct it, or add the element to consent_elements.toml",
    "datum": "Correct it, or add the question to data_items.toml",
    "scale": "Correct it, or add the scale to instruments/data",
    "setting": "Declare it in site_settings.toml, or correct the id",
    "rule": "Correct the id of the rule; with the file where two have the same, as in session/DI02",
}
