"""What may stand in the formulary. Product, route and molecule are three things; base and salt are always said."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

MOLECULES: dict[str, str] = {"racemic ketamine": "Racemic ketamine", "esketamine": "Esketamine"}
FORMS: dict[str, str] = {
    "vial": "Vial for injection",
    "device": "Nasal device (Spravato)",
    "spray": "Compounded nasal spray",
    "troche": "Troche, lozenge or wafer",
    "oral": "Capsule, tablet or measured oral liquid",
    "suppository": "Suppository",
}
STATED_AS: dict[str, str] = {"base": "Base", "hydrochloride": "Hydrochloride (salt)"}
ROUTES: dict[str, str] = {
    "IV": "Intravenous",
    "IM": "Intramuscular",
    "SC": "Subcutaneous",
    "nasal": "Nasal",
    "sublingual": "Sublingual",
    "oral": "Oral",
    "rectal": "Rectal",
}
ROUTES_OF_FORM: dict[str, frozenset[str]] = {
    "vial": frozenset({"IV", "IM", "SC"}),
    "device": frozenset({"nasal"}),
    "spray": frozenset({"nasal"}),
    "troche": frozenset({"sublingual", "oral"}),
    "oral": frozenset({"oral"}),
    "suppository": frozenset({"rectal"}),
}
MOLECULES_OF_FORM: dict[str, frozenset[str]] = {
    "device": frozenset({"esketamine"}),
    "spray": frozenset({"racemic ketamine"}),
    "troche": frozenset({"racemic ketamine"}),
    "oral": frozenset({"racemic ketamine"}),
    "suppository": frozenset({"racemic ketamine"}),
}
"""The nasal device holds esketamine, a compounded spray racemic ketamine: both are nasal, neither stands for the other."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    field: str
    problem: str
    fix: str


def problem_with_product(
    *,
    molecule: str,
    form: str,
    salt_or_base: str,
    strength_mg_per_ml: Decimal | None,
    unit_dose_mg: Decimal | None,
    routes: Sequence[str],
    labelled_strengths_mg_per_ml: Sequence[Decimal],
    unusual_strength_confirmed: bool,
) -> Problem | None:
    """The first thing that is wrong with a product, or None."""
    for field, value, known in (
        ("molecule", molecule, MOLECULES),
        ("form", form, FORMS),
        ("salt_or_base", salt_or_base, STATED_AS),
    ):
        if value not in known:
            return Problem(field=field, problem=f"“{value}” is not known.", fix=f"One of: {', '.join(known)}.")
    if molecule not in MOLECULES_OF_FORM.get(form, MOLECULES):
        return Problem(
            field="molecule",
            problem=f"{FORMS[form]}: not {molecule}.",
            fix=f"{', '.join(sorted(MOLECULES_OF_FORM[form]))}, or another form.",
        )
    if not routes:
        return Problem(field="routes", problem="No route is chosen.", fix="Choose at least one route.")
    wrong = [route for route in routes if route not in ROUTES_OF_FORM[form]]
    if wrong:
        return Problem(
            field="routes",
            problem=f"A {FORMS[form].lower()} is not given by this route: {', '.join(wrong)}.",
            fix=f"Choose among {', '.join(sorted(ROUTES_OF_FORM[form]))}.",
        )
    if form == "vial":
        return _problem_with_strength(strength_mg_per_ml, labelled_strengths_mg_per_ml, unusual_strength_confirmed)
    if unit_dose_mg is None or unit_dose_mg <= 0:
        return Problem(field="unit_dose_mg", problem="The dose of one unit is missing.", fix="Enter mg in one unit.")
    return None


def _problem_with_strength(strength: Decimal | None, labelled: Sequence[Decimal], confirmed: bool) -> Problem | None:
    if strength is None or strength <= 0:
        return Problem(field="strength_mg_per_ml", problem="The strength is missing.", fix="Enter mg in one mL.")
    if strength not in labelled and not confirmed:
        known = ", ".join(f"{value:f}" for value in labelled)
        return Problem(
            field="strength_mg_per_ml",
            problem=f"{strength:f} mg/mL is not a labelled strength of ketamine ({known} mg/mL).",
            fix="Correct it, or confirm that the vial says so.",
        )
    return None
