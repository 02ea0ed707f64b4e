"""The words for what stands in the data files: names of fields, units, and values that are names themselves."""

from datetime import date
from functools import cache
from typing import Any

from ketachart.knowledge import loader

LABELS = {
    "meaning": "What it means",
    "action": "What to do",
    "question": "Question",
    "who": "Who can answer",
    "section": "Written in",
    "atc": "ATC group",
    "ingredients": "Ingredients",
    "molecules": "Molecule",
    "molecule": "Molecule",
    "salt_or_base": "Stated as",
    "doses_stated_as": "Doses are stated as",
    "approved_for": "Approved for",
    "status": "Status",
    "rule_class": "How hard it stands",
    "class": "How hard it stands",
    "reassuring": "The reassuring answer",
    "not_asked_when_sex_is": "Not asked when sex is",
    "used_by": "Used by",
    "explanation": "Why it is empty",
    "spo2_percent": "SpO₂",
    "loinc": "LOINC code",
    "rxcui": "RxNorm code",
    "rxnorm": "RxNorm code",
    "rems": "REMS",
    "url": "Address",
    "site": "The clinic's own value",
    "switch": "In use only where the clinic has set",
    "consecutive": "Readings in a row",
    "grace": "Waits for the clinic's own value",
    "covered_by": "Not told while this one stands",
    "tell": "Who is told",
    "phases": "Phase of the session",
    "mode": "Filled in by",
    "verdict": "How much of it is shipped",
    "construct": "What it is about",
    "elements": "Covers",
    "hashes": "Fingerprints of released texts",
    "kind": "Kind",
    "facts": "Looks at",
    "must_be": "Must be",
    "at_least": "At least",
    "at_most": "At most",
    "no_older_than_days": "No older than",
    "teach_back": "Questions to check that it was understood",
    "right": "Right answer",
    "absolute": "Refused outside",
    "recommended": "Confirmed outside",
}
UNITS = {
    "_mg_per_kg_per_h": "mg/kg/h",
    "_mg_per_kg": "mg/kg",
    "_mg_per_ml": "mg/mL",
    "_mg_per_min": "mg/min",
    "_mg_per_h": "mg/h",
    "_ml_per_h": "mL/h",
    "_l_per_min": "L/min",
    "_ng_per_ml": "ng/mL",
    "_mmhg": "mmHg",
    "_per_min": "per min",
    "_percent": "%",
    "_seconds": "s",
    "_minutes": "min",
    "_hours": "h",
    "_days": "days",
    "_weeks": "weeks",
    "_months": "months",
    "_years": "years",
    "_kg": "kg",
    "_mg": "mg",
    "_ml": "mL",
    "_c": "°C",
}
ALONE = {"days": "days", "minutes": "min", "hours": "h", "weeks": "weeks", "percent": "%"}
_BARE = {"mg_per_ml": "Concentration", "mg_per_kg": "Dose", "mg": "Dose", "mg_per_h": "Rate", "ml_per_h": "Rate"}
AUTHORITY_WORDS = {
    "label": "label of the medicine",
    "regulation": "law or regulator",
    "guideline": "guideline",
    "trial": "trial",
    "practice": "practice of others",
    "site": "this clinic decides",
    "design": "inference of the makers of this product",
}
GRADE_WORDS = {
    "read": "read in the source itself",
    "read in secondary source": "read in a text about the source",
    "practice example": "one example of practice, not a standard",
    "derived": "worked out from sourced facts",
    "unverified": "not verified; never used as a value",
}
CLASS_WORDS = {
    "absolute": "Absolute: it blocks",
    "relative": "Relative: it blocks until somebody named has weighed it",
    "review": "Review: a clinician has to look",
    "result needed": "A result is needed first",
    "information": "Information only",
}


def label_of(name: str) -> tuple[str, str]:
    """`maximum_mg_per_kg` is "Maximum" in "mg/kg"."""
    if name in LABELS:
        return LABELS[name], UNITS["_percent"] if name.endswith("_percent") else ALONE.get(name.rsplit("_", 1)[-1], "")
    if name in ALONE:
        return "Time" if name != "percent" else "Share", ALONE[name]
    if f"_{name}" in UNITS:
        return _BARE.get(name, "Amount"), UNITS[f"_{name}"]
    for ending, unit in UNITS.items():
        if name.endswith(ending):
            return _sentence(name.removesuffix(ending)), unit
    return _sentence(name), ""


def value_text(value: Any, unit: str = "") -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return f"{value:%-d %B %Y}"
    if isinstance(value, list):
        return ", ".join(value_text(one) for one in value) + (f" {unit}" if unit else "")
    if isinstance(value, float):
        value = f"{value:g}"
    text = name_of(value) if isinstance(value, str) else str(value)
    return f"{text} {unit}" if unit else text


def name_of(word: str) -> str:
    """The title of a route, product, indication, datum or class; the word itself when it is none of them."""
    return _names().get(word, word)


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for _, content in loader.every_file():
        for kind in ("product", "route", "indication", "class", "element", "setting"):
            for one in content.get(kind, ()) if isinstance(content.get(kind), list) else ():
                title = one.get("title", one.get("text")) if isinstance(one, dict) else None
                if isinstance(title, str):
                    names[str(one.get("id"))] = title
    names |= {one.id: one.label for one in loader.data_items().values()}
    return names


def _sentence(name: str) -> str:
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]
