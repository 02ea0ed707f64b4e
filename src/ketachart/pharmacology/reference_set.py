"""Which model serves which product, route, molecule and question, and why; and what no model supports.

Nothing here extrapolates: children, pregnancy, obesity above the data and severe hepatic impairment are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ketachart.pharmacology.doses import AnyDose, Bolus, Infusion, NasalDevices, PumpLog, Sublingual
from ketachart.pharmacology.errors import BadInput, Unsupported
from ketachart.pharmacology.model_file import MOLECULES, ModelFile, catalogue, model_file
from ketachart.pharmacology.person import Person
from ketachart.pharmacology.serving import Serving

HEAVY_KG = 80.0
"""From this weight on a missing height is pointed out: 35 kg/m2 is reached at 151 cm."""

PUSH_H = 5.0 / 60.0
"""Up to this duration an intravenous dose counts as a push."""


@dataclass(frozen=True)
class Choice:
    """One line of the reference set: `model` serves `molecule` by `route`; `why`; `also` are shown beside it."""

    molecule: str
    route: str
    products: str
    model: str
    why: str
    also: tuple[str, ...] = ()


CHOICES: tuple[Choice, ...] = (
    Choice(
        "racemic",
        "intravenous",
        "vial, infusion",
        "otto-2021",
        "venous, allometric, ketamine and norketamine; reproduces the racemic infusion of Hasan 2021 although fitted on S",
        ("kamp-2020",),
    ),
    Choice(
        "racemic",
        "intravenous push",
        "vial, push of up to 5 minutes",
        "kamp-2020",
        "pooled arterial raw data; a venous model has no early peak",
        ("otto-2021",),
    ),
    Choice(
        "racemic",
        "intramuscular",
        "vial",
        "racemic-intramuscular",
        "first-order absorption calibrated on two medians, arterial disposition",
        ("racemic-intramuscular-venous",),
    ),
    Choice(
        "racemic",
        "subcutaneous",
        "vial",
        "racemic-subcutaneous",
        "nothing readable: borrowed from the intramuscular route, wide band",
        ("racemic-subcutaneous-venous",),
    ),
    Choice(
        "racemic",
        "nasal",
        "compounded spray",
        "racemic-nasal",
        "absorption rate of Perez-Ruixo, bioavailability of the product itself",
        ("racemic-nasal-arterial",),
    ),
    Choice(
        "racemic",
        "sublingual",
        "troche, lozenge, wafer",
        "racemic-sublingual",
        "mouth, swallowed rest and first pass, calibrated on three studies",
    ),
    Choice(
        "racemic",
        "oral",
        "solution, capsule, immediate-release tablet",
        "racemic-oral",
        "mean bioavailability of racemic studies, on the disposition that was fitted on most oral profiles",
        ("racemic-oral-venous",),
    ),
    Choice(
        "racemic",
        "oral prolonged release",
        "prolonged-release tablet",
        "racemic-prolonged-release",
        "Hasan 2021 tablet",
    ),
    Choice("racemic", "rectal", "suppository", "racemic-rectal", "the one adult study (n 3), rate from children"),
    Choice(
        "esketamine",
        "intravenous",
        "infusion",
        "otto-2021",
        "venous; predicted best of five published models in 48 new subjects",
        ("simons-2022", "kamp-2020", "perez-ruixo-2021"),
    ),
    Choice(
        "esketamine",
        "intravenous push",
        "push of up to 5 minutes",
        "kamp-2020",
        "pooled arterial raw data; a venous model has no early peak",
        ("otto-2021", "simons-2022"),
    ),
    Choice(
        "esketamine",
        "nasal",
        "Spravato 28 mg device",
        "perez-ruixo-2021",
        "820 subjects, most with treatment-resistant depression",
    ),
    Choice(
        "esketamine",
        "oral",
        "solution",
        "ashraf-2018",
        "67 oral profiles of 41 people; its 13 % lies between the other two published bioavailabilities (8 and 18 %)",
        ("perez-ruixo-2021",),
    ),
    Choice(
        "esketamine",
        "sublingual",
        "oral thin film",
        "simons-2022",
        "the only film model with metabolites; arterial",
    ),
    Choice(
        "arketamine",
        "intravenous",
        "infusion",
        "otto-2021",
        "S-ketamine disposition with the R clearance; no model was fitted on R alone",
    ),
)

SYNONYMS = {
    "racemic ketamine": "racemic",
    "racemate": "racemic",
    "s-ketamine": "esketamine",
    "(s)-ketamine": "esketamine",
    "r-ketamine": "arketamine",
    "(r)-ketamine": "arketamine",
}
"""Other names of the molecules. Plain "ketamine" is not among them: it says nothing of the enantiomers."""

_REFUSED_ROUTES = {
    ("esketamine", "intramuscular"): "no intramuscular data of S-ketamine were found",
    ("esketamine", "subcutaneous"): "no subcutaneous data of S-ketamine were found",
    ("esketamine", "rectal"): "no rectal data of S-ketamine in adults were found",
    ("esketamine", "oral prolonged release"): "no prolonged-release product of S-ketamine was studied",
}


def reference_set() -> tuple[Choice, ...]:
    """The whole reference set, for documents and for `ketachart models`."""
    return CHOICES


def _serving(model: ModelFile, molecule: str, why: str) -> Serving:
    if model.kind == "absorption":
        return Serving(model_file(model.disposition), (model,), molecule, why)
    return Serving(model, (), molecule, why)


def _route_key(doses: Sequence[AnyDose]) -> str:
    routes = {dose.model_route for dose in doses}
    if len(routes) > 1:
        return "several"
    route = routes.pop()
    if route != "intravenous":
        return route
    for dose in doses:
        if isinstance(dose, PumpLog) or (isinstance(dose, Infusion) and dose.duration_h > PUSH_H):
            return "intravenous"
    return "intravenous push"


def serve(
    molecule: str, doses: Sequence[AnyDose], *, model: str = "reference", site: str | None = None
) -> tuple[Serving, tuple[Serving, ...]]:
    """Choose the model for a molecule and doses.

    Parameters
    ----------
    molecule : {"racemic", "esketamine", "arketamine"}
    doses : sequence of doses
    model : str
        "reference", or the id of a model.
    site : {"arterial", "venous"}, optional
        Prefer the model of the reference line that was sampled there.

    Returns
    -------
    chosen : Serving
    also : tuple of Serving
        Other models of the same line, to be shown beside it as labelled curves.

    Raises
    ------
    Unsupported
        When no model serves the question; the reason is in the message.
    BadInput
        For an unknown molecule or model.
    """
    molecule = SYNONYMS.get(molecule.strip().lower(), molecule)
    if molecule not in MOLECULES:
        raise BadInput(f"molecule {molecule!r} is unknown", field="molecule", fix=f"use one of {', '.join(MOLECULES)}")
    if model != "reference":
        return _named(model, molecule, doses), ()
    key = _route_key(doses)
    if key == "several":
        chosen = _several(molecule, doses)
        return chosen, ()
    for choice in CHOICES:
        if (choice.molecule, choice.route) == (molecule, key):
            servings = [_serving(model_file(name), molecule, choice.why) for name in (choice.model, *choice.also)]
            if site is not None:
                fitting = [serving for serving in servings if site in serving.site]
                if not fitting:
                    raise Unsupported(
                        f"{site} plasma after {molecule} ketamine by the {key} route", "no model was fitted there"
                    )
                servings = fitting + [serving for serving in servings if serving not in fitting]
            return servings[0], tuple(servings[1:])
    reason = _REFUSED_ROUTES.get((molecule, key), "no model of the reference set has this route for this molecule")
    raise Unsupported(f"{molecule} ketamine by the {key} route", reason)


def _named(model_id: str, molecule: str, doses: Sequence[AnyDose]) -> Serving:
    chosen = model_file(model_id)
    serving = _serving(chosen, molecule, "asked for by name")
    if molecule == "arketamine" and serving.base.id != "otto-2021":
        raise Unsupported(
            f"arketamine with {model_id}", "only otto-2021 has a clearance of R-ketamine beside S-ketamine"
        )
    if (
        molecule == "esketamine"
        and serving.base.molecule == "racemic"
        and "esketamine" not in serving.base.also_fitted_on
    ):
        raise Unsupported(f"esketamine with {model_id}", "it was fitted on the racemate")
    if molecule == "esketamine" and chosen.kind == "absorption":
        raise Unsupported(f"esketamine with {model_id}", "its absorption was calibrated on racemic products")
    needed = {dose.model_route for dose in doses} - {route for file in serving.files for route in file.routes}
    extra = []
    for route in sorted(needed):
        extra.append(_absorption_on(serving.base, route, molecule))
    return Serving(serving.base, (*serving.absorption, *extra), molecule, serving.why)


def _absorption_on(base: ModelFile, route: str, molecule: str) -> ModelFile:
    if molecule == "racemic":
        for candidate in catalogue().values():
            if candidate.disposition == base.id and route in candidate.routes:
                return candidate
    raise Unsupported(f"the {route} route of {molecule} ketamine with {base.id}", f"it has {', '.join(base.routes)}")


def _several(molecule: str, doses: Sequence[AnyDose]) -> Serving:
    routes = sorted({dose.model_route for dose in doses})
    why = f"several routes ({', '.join(routes)}) need one disposition"
    if molecule == "racemic":
        base = model_file("otto-2021")
        extra = tuple(_absorption_on(base, route, molecule) for route in routes if route not in base.routes)
        return Serving(base, extra, molecule, why)
    if molecule == "esketamine" and set(routes) <= set(model_file("perez-ruixo-2021").routes):
        return Serving(model_file("perez-ruixo-2021"), (), molecule, why)
    if molecule == "esketamine" and set(routes) <= set(model_file("simons-2022").routes):
        return Serving(model_file("simons-2022"), (), molecule, why)
    raise Unsupported(f"{molecule} ketamine by {' and '.join(routes)} together", "no one model has all these routes")


def check_person(serving: Serving, person: Person) -> list[str]:
    """Refuse people whom no data cover; say what is outside or unknown for the others.

    Returns
    -------
    list of str
        Warnings.

    Raises
    ------
    Unsupported
        For children (except a model of children asked for by name), pregnancy, BMI above 35, weight above 170 kg, age
        above 86, severe hepatic impairment.
    """
    warnings: list[str] = []
    base = serving.base
    for_children = base.valid_age_years.high < 18.0
    age, weight, index = person.age_years, person.weight_kg, person.body_mass_index
    if age is not None and age < 18.0 and not for_children:
        raise Unsupported(
            f"a person of {age:g} years", "the models were fitted on adults; children clear and absorb differently"
        )
    if for_children and age is None:
        raise Unsupported(f"{base.id} without an age", "it was fitted on children")
    if for_children and age is not None and not base.valid_age_years.holds(age):
        raise Unsupported(f"{base.id} for an adult", "it was fitted on children and is kept for comparison")
    if age is not None and age > 86.0:
        raise Unsupported(f"a person of {age:g} years", "the oldest person in any model was 86")
    if person.pregnant:
        raise Unsupported("pregnancy", "no pharmacokinetic data in pregnancy were found")
    if index is not None and index > 35.0:
        raise Unsupported(f"a body mass index of {index:.1f}", "no data above 35 kg/m2 were found")
    if weight is not None and weight > 170.0:
        raise Unsupported(f"a weight of {weight:g} kg", "the heaviest person in any model weighed 170 kg")
    if person.hepatic_impairment == "severe":
        raise Unsupported("severe hepatic impairment", "not studied; the esketamine label does not recommend treatment")
    if person.hepatic_impairment in ("mild", "moderate"):
        warnings.append(
            f"{person.hepatic_impairment} hepatic impairment: esketamine exposure was higher and its half-life longer in moderate "
            "impairment (label; size not readable); this prediction does not account for it"
        )
    if person.renal_impairment not in (None, "none"):
        warnings.append(
            "renal impairment (mild to severe): nasal esketamine AUC was 1.13 to 1.36 times, Cmax 1.20 to 1.26 times that of "
            "healthy controls (8 per group); this prediction does not account for it"
        )
    if age is None:
        warnings.append("age not given: its validity and effect were not checked")
    if weight is not None and weight >= HEAVY_KG and index is None:
        warnings.append("height not given: the body mass index (data end at 35) was not checked")
    for model in serving.files:
        if age is not None and not model.valid_age_years.holds(age):
            warnings.append(f"age {age:g} is outside the range of {model.id} ({_range(model.valid_age_years)} years)")
        if weight is not None and not model.valid_weight_kg.holds(weight):
            warnings.append(
                f"weight {weight:g} kg is outside the range of {model.id} ({_range(model.valid_weight_kg)} kg)"
            )
    return list(dict.fromkeys(warnings))


def check_doses(serving: Serving, doses: Sequence[AnyDose], person: Person) -> list[str]:
    """Warnings about doses outside what the models saw, and about what the models cannot know."""
    warnings: list[str] = []
    for dose in doses:
        owner = serving.owner(dose.model_route)
        total = dose.total_base_mg
        if owner.valid_dose_mg is not None and total > owner.valid_dose_mg:
            warnings.append(f"{total:g} mg is above the {owner.valid_dose_mg:g} mg studied by {owner.id}")
        per_kg = owner.valid_dose_mg_per_kg
        if per_kg is not None and person.weight_kg is not None and total > per_kg * person.weight_kg:
            warnings.append(f"{total:g} mg is above the {per_kg:g} mg/kg studied by {owner.id}")
        if isinstance(dose, Bolus) and serving.site.endswith("venous"):
            warnings.append(f"{serving.id} is venous: the first minutes after a push are under-predicted")
        if isinstance(dose, Sublingual) and owner.id == "simons-2022":
            if abs(dose.hold_h - 10.0 / 60.0) > 1e-9 or dose.swallowed != 1.0:
                warnings.append(
                    "simons-2022 studied a 10-minute hold followed by swallowing; other handling is an assumption"
                )
        elif isinstance(dose, Sublingual):
            warnings.append(
                "no study varied hold time or compared spitting with swallowing: the difference is a structure, not data"
            )
        if (
            isinstance(dose, NasalDevices)
            and owner.structure == "hepatoportal"
            and dose.base_dose_mg not in (14.0, 28.0)
        ):
            warnings.append(
                f"the studied nasal device holds 28 mg; {dose.base_dose_mg:g} mg per device is an interpolation"
            )
    for model in serving.files:
        for row in model.parameters.values():
            if row.status == "calibrated here":
                warnings.append(f"{row.name} of {model.id} is calibrated here, not published")
            elif row.status == "borrowed":
                warnings.append(f"{row.name} of {model.id} is borrowed: {row.source}")
            if row.variance_status in ("borrowed", "assumed"):
                warnings.append(
                    f"the variability of {row.name} of {model.id} is {row.variance_status}: {row.variance_source}"
                )
    if serving.molecule == "racemic" and serving.base.molecule == "esketamine" and not serving.enantiomers_apart:
        warnings.append(f"{serving.base.id} was fitted on S-ketamine; the racemate is computed as if all of it were S")
    if serving.enantiomers_apart:
        warnings.append(
            "S and R are computed apart; R has 0.86 times the clearance of S (Wang 2019) and else its parameters"
        )
    if serving.molecule == "arketamine":
        warnings.append("R-ketamine: the parameters of S with 0.86 times its clearance (Wang 2019)")
    if serving.base.structure == "hepatoportal" and person.ancestry is None:
        warnings.append(
            "ancestry not given: computed as neither Asian nor Japanese (Japanese exposure was 31 % higher)"
        )
    if serving.base.id == "perez-ruixo-2021":
        warnings.append("norketamine of perez-ruixo-2021: use Cmax only, its AUC is over-predicted 1.4 to 1.6 times")
    if serving.base.id == "simons-2022":
        warnings.append(
            "hydroxynorketamine of simons-2022 is of low confidence: over-predicted about two-fold after infusions"
        )
    return list(dict.fromkeys(warnings))


def _range(limits: object) -> str:
    low, high = getattr(limits, "low", 0.0), getattr(limits, "high", 0.0)
    return f"{low:g} to {high:g}"
