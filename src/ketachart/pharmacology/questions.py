"""Questions about doses: equal exposure between products and routes, a dose for a target, routes side by side.

Concentration is proportional to dose, so each answer is a division, made for the typical person and for every person of the
population: the band says how sure the answer is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from ketachart.pharmacology.doses import AnyDose, check_schedule
from ketachart.pharmacology.engine.dose import (
    DoseBand,
    dose_for_area,
    dose_for_level,
    dose_for_peak,
)
from ketachart.pharmacology.engine.dose import equivalent_dose as engine_equivalent_dose
from ketachart.pharmacology.errors import BadInput, Unsupported
from ketachart.pharmacology.individual import IndividualFit
from ketachart.pharmacology.person import Person
from ketachart.pharmacology.pharmacodynamics import dissociation_rate_per_h, s_ketamine_bank
from ketachart.pharmacology.reference_set import check_doses, check_person, serve
from ketachart.pharmacology.serving import Prepared, Serving, inputs_for, prepare_people, prepare_typical
from ketachart.pharmacology.simulation import described, simulate
from ketachart.pharmacology.variability import varying

Target = Literal["peak", "area", "level", "effect site"]


@dataclass(frozen=True, eq=False)
class DoseAnswer:
    """A dose in mg of base, given in the way of the template.

    Parameters
    ----------
    question : str
    dose_mg : float
        For the typical person.
    p5, p50, p95 : float, optional
        Percentiles over people of the dose that each of them would need; None without known variability.
    models, sites : tuple of str
        What it was computed with (known first, then the template).
    warnings : list of str
    """

    question: str
    dose_mg: float
    p5: float | None
    p50: float | None
    p95: float | None
    models: tuple[str, ...]
    sites: tuple[str, ...]
    people: int
    seed: int
    warnings: list[str]
    _band: DoseBand | None = field(default=None, repr=False)

    def reaching(self, share: float) -> float:
        """Dose with which this share of people reach the target or more, mg of base.

        Raises
        ------
        BadInput
            Without a population, or for a share outside 0 to 1.
        """
        return self._known(share).reaching(share)

    def staying_below(self, share: float) -> float:
        """Dose with which this share of people stay at the target or below, mg of base."""
        return self._known(share).staying_below(share)

    def _known(self, share: float) -> DoseBand:
        if self._band is None:
            raise BadInput("there is no population behind this answer", field="people", fix="ask with people above 0")
        if not 0.0 < share < 1.0:
            raise BadInput(f"the share is {share!r}", field="share", fix="give a number between 0 and 1, e.g. 0.9")
        return self._band

    def to_dict(self) -> dict[str, Any]:
        """JSON-able; a dose that cannot reach the target is null."""

        def plain(value: float | None) -> float | None:
            return None if value is None or not np.isfinite(value) else float(f"{value:.7g}")

        return {
            "question": self.question,
            "dose_mg": plain(self.dose_mg),
            "p5": plain(self.p5),
            "p50": plain(self.p50),
            "p95": plain(self.p95),
            "unit": "mg of base",
            "models": list(self.models),
            "sites": list(self.sites),
            "people": self.people,
            "seed": self.seed,
            "warnings": self.warnings,
        }


def _listed(doses: Sequence[AnyDose] | AnyDose) -> list[AnyDose]:
    return list(doses) if isinstance(doses, Sequence) else [doses]


def _pair(
    known: tuple[Serving, tuple[Serving, ...]], other: tuple[Serving, tuple[Serving, ...]]
) -> tuple[Serving, Serving, list[str]]:
    """Two servings that can be compared: the same disposition, else the same site, else a warning."""
    firsts, seconds = (known[0], *known[1]), (other[0], *other[1])
    tests: tuple[Callable[[Serving, Serving], bool], ...] = (
        lambda a, b: a.base.id == b.base.id,
        lambda a, b: a.site == b.site,
        lambda a, b: a.site.endswith("venous") and b.site.endswith("venous"),
    )
    for alike in tests:
        for second in seconds:
            for first in firsts:
                if alike(first, second):
                    return first, second, []
    words = f"{firsts[0].id} ({firsts[0].site}) is compared with {seconds[0].id} ({seconds[0].site}): different sampling sites"
    return firsts[0], seconds[0], [words]


def equivalent_dose(
    known: Sequence[AnyDose] | AnyDose,
    template: Sequence[AnyDose] | AnyDose,
    person: Person | None = None,
    *,
    molecule: str = "racemic",
    other_molecule: str | None = None,
    by: Literal["area", "peak"] = "area",
    model: str = "reference",
    other_model: str = "reference",
    people: int = 1000,
    seed: int = 1,
) -> DoseAnswer:
    """Dose of one product and route that exposes a person to ketamine like a known dose of another.

    Parameters
    ----------
    known : dose or doses
        What is known (or was tolerated).
    template : dose or doses
        How the other is given; its amount does not matter, its shape does (route, duration, hold, devices).
    person : Person, optional
    molecule, other_molecule : str
        Of the known dose and of the template (default the same). Total ketamine is compared: 1 mg of racemate counts as
        1 mg of esketamine, although their potency differs.
    by : {"area", "peak"}
        Equal area to infinity or equal highest concentration.
    model, other_model : str
    people, seed : int

    Returns
    -------
    DoseAnswer
        Models are chosen so that both sides share a disposition where there is one.

    Raises
    ------
    BadInput, Unsupported
        As `simulate`.
    """
    if by not in ("area", "peak"):
        raise BadInput(f"by is {by!r}", field="by", fix="say 'area' or 'peak'")
    person = person or Person()
    first_doses, second_doses = _listed(known), _listed(template)
    for doses in (first_doses, second_doses):
        check_schedule(doses, person.weight_kg)
    second_molecule = other_molecule or molecule
    first, second, warnings = _pair(
        serve(molecule, first_doses, model=model), serve(second_molecule, second_doses, model=other_model)
    )
    if molecule != second_molecule:
        warnings.append("total ketamine is compared; S- and R-ketamine differ in potency, which this ignores")
    warnings += _warnings(first, first_doses, person) + _warnings(second, second_doses, person)

    def answer(one: Prepared, two: Prepared) -> DoseBand:
        return engine_equivalent_dose(
            one.bank, inputs_for(one, first_doses), two.bank, inputs_for(two, second_doses), by=by
        )

    typical = answer(prepare_typical(first, person), prepare_typical(second, person))
    band: DoseBand | None = None
    if people and (_varies(first) or _varies(second)):
        band = answer(prepare_people(first, person, people, seed), prepare_people(second, person, people, seed))
    question = f"as much {'exposure' if by == 'area' else 'peak'} as {'; '.join(map(described, first_doses))}"
    return _answer(question, typical, band, (first, second), people, seed, warnings)


def dose_for_target(
    template: Sequence[AnyDose] | AnyDose,
    target: Target,
    value: float,
    person: Person | None = None,
    *,
    at_h: float | None = None,
    until_h: float = np.inf,
    given: Sequence[AnyDose] = (),
    analyte: str = "ketamine",
    molecule: str = "racemic",
    model: str = "reference",
    site: str | None = None,
    individual: IndividualFit | None = None,
    people: int = 1000,
    seed: int = 1,
) -> DoseAnswer:
    """Dose that brings a person to a target.

    Parameters
    ----------
    template : dose or doses
        How it is given; the amount does not matter.
    target : {"peak", "area", "level", "effect site"}
        Highest concentration (ng/mL), area (ng h/mL) until `until_h`, concentration at `at_h`, or concentration of
        S-ketamine at the effect site of dissociation at `at_h` (arterial models only).
    value : float
        The target.
    person : Person, optional
    at_h, until_h : float
    given : sequence of doses
        Earlier doses; what is still there counts. Same routes as the template's model has.
    analyte : str
    molecule, model, site : str
    individual : IndividualFit, optional
        Measurements of this person: their posterior replaces the population.
    people, seed : int

    Returns
    -------
    DoseAnswer
        `reaching(0.9)`: the dose with which 90 % of people reach it; `staying_below(0.95)`: at which 95 % stay below.

    Raises
    ------
    BadInput
        For a target that is not positive, or a missing time.
    Unsupported
        For an effect site without an arterial model.
    """
    person = individual.person if individual is not None else person or Person()
    doses, before = _listed(template), list(given)
    check_schedule([*before, *doses], person.weight_kg)
    if not (isinstance(value, int | float) and np.isfinite(value) and value > 0.0):
        raise BadInput(f"the target is {value!r}", field="value", fix="give a number above 0")
    if target in ("level", "effect site") and at_h is None:
        raise BadInput(f"a target {target} needs its time", field="at_h", fix="give at_h in hours")
    if individual is not None:
        serving = individual.serving
        for dose in doses:
            serving.owner(dose.model_route)
    else:
        wanted = "arterial" if target == "effect site" and site is None else site
        serving, _ = serve(molecule, [*before, *doses], model=model, site=wanted)
    warnings = _warnings(serving, doses, person)
    if target == "effect site":
        warnings.append("effect site of dissociation, S-ketamine (Olofsen 2022); the band leaves out the spread of ke0")

    def answer(prepared: Prepared) -> DoseBand:
        shape, earlier = inputs_for(prepared, doses), inputs_for(prepared, before)
        bank, name = prepared.bank, analyte
        match target:
            case "peak":
                return dose_for_peak(bank, shape, name, value, given=earlier)
            case "area":
                return dose_for_area(bank, shape, name, value, until_h=until_h, given=earlier)
            case "level":
                return dose_for_level(bank, shape, name, value, at_h or 0.0, given=earlier)
            case "effect site":
                bank = s_ketamine_bank(prepared).with_effect_site(
                    "effect site", "S-ketamine", dissociation_rate_per_h()
                )
                return dose_for_level(bank, shape, "effect site", value, at_h or 0.0, given=earlier)
        raise BadInput(
            f"target {target!r} is unknown", field="target", fix="say 'peak', 'area', 'level' or 'effect site'"
        )

    band: DoseBand | None = None
    if individual is not None:
        typical = answer(individual.most_probable())
        band = answer(individual.people(people or 1000, seed))
    else:
        if analyte not in serving.base.analytes:
            raise Unsupported(f"{analyte} with {serving.id}", f"it predicts {', '.join(serving.base.analytes)}")
        typical = answer(prepare_typical(serving, person))
        band = answer(prepare_people(serving, person, people, seed)) if people and _varies(serving) else None
    unit = "ng h/mL" if target == "area" else "ng/mL"
    return _answer(f"{target} of {value:g} {unit}", typical, band, (serving,), people, seed, warnings)


def compare_routes(
    options: Mapping[str, Sequence[AnyDose] | AnyDose],
    person: Person | None = None,
    *,
    molecules: Mapping[str, str] | None = None,
    people: int = 1000,
    seed: int = 1,
) -> list[dict[str, Any]]:
    """Ways of giving ketamine side by side.

    Parameters
    ----------
    options : mapping of label to dose or doses
    person : Person, optional
    molecules : mapping of label to molecule, optional
        Default "racemic".
    people, seed : int

    Returns
    -------
    list of dict
        One per option, JSON-able: "label", "model", "site", "bioavailability", and for every analyte "Cmax", "Tmax_h",
        "AUC_ng_h_per_ml" with their 5 to 95 % bands; "warnings". An option that no model serves has "refused" with the reason
        instead. Sites differ between options where models do: compare peaks only within one site.
    """
    if not options:
        raise BadInput("there is nothing to compare", field="options", fix="give at least one option")
    found: list[dict[str, Any]] = []
    for label, doses in options.items():
        molecule = (molecules or {}).get(label, "racemic")
        try:
            prediction = simulate(doses, person, molecule=molecule, people=people, seed=seed, times_h=[0.0], also=True)
        except (BadInput, Unsupported) as error:
            found.append({"label": label, "molecule": molecule, "refused": str(error)})
            continue
        for each in (prediction, *prediction.also):
            analytes = {}
            for name, curve in each.analytes.items():
                whole = curve.to_dict()
                analytes[name] = {
                    key: whole[key]
                    for key in (
                        "Cmax",
                        "Cmax_p5",
                        "Cmax_p95",
                        "Tmax_h",
                        "AUC_ng_h_per_ml",
                        "AUC_p5",
                        "AUC_p95",
                        "half_life_h",
                    )
                }
            found.append(
                {
                    "label": label,
                    "molecule": molecule,
                    "model": each.model,
                    "site": each.site,
                    "doses": each.doses,
                    "bioavailability": each.bioavailability,
                    "analytes": analytes,
                    "warnings": each.warnings,
                }
            )
    return found


def _varies(serving: Serving) -> bool:
    return any(varying(model) for model in serving.files)


def _warnings(serving: Serving, doses: Sequence[AnyDose], person: Person) -> list[str]:
    return check_person(serving, person) + check_doses(serving, doses, person)


def _answer(
    question: str,
    typical: DoseBand,
    band: DoseBand | None,
    servings: Sequence[Serving],
    people: int,
    seed: int,
    warnings: list[str],
) -> DoseAnswer:
    low, middle, high = (None, None, None) if band is None else (float(value) for value in band.band)
    return DoseAnswer(
        question=question,
        dose_mg=float(typical.dose_mg[0]),
        p5=low,
        p50=middle,
        p95=high,
        models=tuple(serving.id for serving in servings),
        sites=tuple(serving.site for serving in servings),
        people=people if band is not None else 0,
        seed=seed,
        warnings=list(dict.fromkeys(warnings)),
        _band=band,
    )
