"""A model made ready: which files together serve a question, their bank of modes, and how each dose enters it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import numpy as np

from ketachart.pharmacology.doses import (
    AnyDose,
    Bolus,
    Infusion,
    IntramuscularInjection,
    NasalDevices,
    Oral,
    PumpLog,
    Rectal,
    SubcutaneousInjection,
    Sublingual,
)
from ketachart.pharmacology.engine.crowd import Crowd
from ketachart.pharmacology.engine.errors import FloatArray
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.engine.propagator import Propagator
from ketachart.pharmacology.engine.schedule import Input
from ketachart.pharmacology.errors import BadInput, Unsupported
from ketachart.pharmacology.model_file import ModelFile
from ketachart.pharmacology.person import Person
from ketachart.pharmacology.structures import BUILD, EXTEND
from ketachart.pharmacology.variability import cached_etas, values_of

SIMONS_HOLD_H = 10.0 / 60.0
FIRST_DEVICE_MG = 28.0
"""Perez-Ruixo 2021: FRn holds for the first 28 mg of a session, FRn x 0.62 for what follows."""


@cache
def clearance_ratio_r_over_s() -> float:
    """Clearance of R-ketamine over that of S-ketamine, from data/enantiomers.toml."""
    text = (resources.files("ketachart.pharmacology") / "data" / "enantiomers.toml").read_text(encoding="utf-8")
    return float(tomllib.loads(text)["R_over_S_clearance"]["value"])


@dataclass(frozen=True)
class Serving:
    """A disposition (or a complete model), the absorption files on it, and the molecule asked for.

    Parameters
    ----------
    base : ModelFile
    absorption : tuple of ModelFile
        One per route that the base does not have itself.
    molecule : {"racemic", "esketamine", "arketamine"}
    why : str
        Why the reference set chose it.
    """

    base: ModelFile
    absorption: tuple[ModelFile, ...]
    molecule: str
    why: str = ""

    @property
    def id(self) -> str:
        """Id of the absorption model when there is one, else of the base."""
        return "+".join(model.id for model in self.absorption) or self.base.id

    @property
    def files(self) -> tuple[ModelFile, ...]:
        """All files in use, base first."""
        return (self.base, *self.absorption)

    @property
    def enantiomers_apart(self) -> bool:
        """Whether S and R are computed apart: a racemic dose on a disposition that was fitted on S-ketamine."""
        return self.molecule == "racemic" and self.base.molecule == "esketamine" and self.base.kind == "disposition"

    @property
    def site(self) -> str:
        """Sampling site of the prediction."""
        return self.base.site

    def owner(self, route: str) -> ModelFile:
        """The file that has this route, an absorption file before the base. Raises Unsupported naming the routes there are."""
        for model in (*self.absorption, self.base):
            if route in model.routes:
                return model
        routes = ", ".join(sorted({known for model in self.files for known in model.routes}))
        raise Unsupported(f"the {route} route with {self.id}", f"it has {routes}")


@dataclass(frozen=True)
class Prepared:
    """A serving for one person: bank, and the parameter values by model id."""

    serving: Serving
    bank: ModeBank
    values: Mapping[str, Mapping[str, FloatArray]]


def _one_bank(serving: Serving, values: Mapping[str, Mapping[str, FloatArray]], clearance: float) -> ModeBank:
    own = dict(values[serving.base.id])
    if clearance != 1.0:
        own["CL"] = own["CL"] * clearance
    people = max(value.shape[0] for part in values.values() for value in part.values())
    bank = BUILD[serving.base.structure]({name: np.broadcast_to(value, (people,)) for name, value in own.items()})
    for model in serving.absorption:
        bank = EXTEND[model.structure](bank, values[model.id], model.routes[0])
    return bank


def joined(s_bank: ModeBank, r_bank: ModeBank, *, apart: bool) -> ModeBank:
    """One bank for a racemic dose: half of it in each of two banks, analytes added up.

    Parameters
    ----------
    s_bank, r_bank : ModeBank
        With the same analytes and channels.
    apart : bool
        Whether the enantiomers are kept as analytes of their own too ("S-ketamine", "R-ketamine", ...).
    """
    analytes = list(s_bank.analytes)
    if apart:
        analytes += [f"{letter}-{name}" for letter in ("S", "R") for name in s_bank.analytes]

    def shown(s_output: FloatArray, r_output: FloatArray) -> FloatArray:
        outputs = [np.concatenate([s_output, r_output], axis=1)]
        if apart:
            outputs.append(np.concatenate([s_output, np.zeros_like(r_output)], axis=1))
            outputs.append(np.concatenate([np.zeros_like(s_output), r_output], axis=1))
        return np.concatenate(outputs)

    def halves(s_intake: Mapping[str, FloatArray], r_intake: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        return {name: 0.5 * np.concatenate([s_intake[name], r_intake[name]]) for name in s_intake}

    crowd = None
    crowds = [bank.crowd.people for bank in (s_bank, r_bank) if bank.crowd is not None]
    if crowds:
        people = np.unique(np.concatenate(crowds))
        s_exact, r_exact = s_bank.realised(people), r_bank.realised(people)
        size, other = s_exact.modes, r_exact.modes
        matrix = np.pad(s_exact.matrix_per_h, ((0, 0), (0, other), (0, other)))
        matrix[:, size:, size:] = r_exact.matrix_per_h
        output, intake = shown(s_exact.output, r_exact.output), halves(s_exact.intake, r_exact.intake)
        crowd = Crowd(
            people, Propagator(matrix, output, intake, tuple(analytes)), np.ones(people.shape, dtype=np.bool_)
        )
    return ModeBank(
        np.concatenate([s_bank.rates_per_h, r_bank.rates_per_h]),
        shown(s_bank.output, r_bank.output),
        halves(s_bank.intake, r_bank.intake),
        tuple(analytes),
        crowd,
    )


def prepare_with(
    serving: Serving,
    person: Person,
    etas: Mapping[str, Mapping[str, FloatArray]],
    *,
    apart: bool = False,
    cyp2b6_activity: float = 1.0,
) -> Prepared:
    """Bank and values for given etas (by model id, then parameter; each (N,); empty for the typical person)."""
    people = max((eta.shape[0] for part in etas.values() for eta in part.values()), default=1)
    values: dict[str, Mapping[str, FloatArray]] = {}
    for model in serving.files:
        own = values_of(model, person, etas.get(model.id))
        values[model.id] = {name: np.broadcast_to(value, (people,)) for name, value in own.items()}
    if cyp2b6_activity != 1.0:
        if serving.base.structure != "gut_and_liver":
            raise Unsupported(f"a CYP2B6 activity with {serving.id}", "only ashraf-2018 has the enzyme")
        values[serving.base.id] = {**values[serving.base.id], "cyp2b6_activity": np.full(people, cyp2b6_activity)}
    if serving.enantiomers_apart:
        s_bank = _one_bank(serving, values, 1.0)
        r_bank = _one_bank(serving, values, clearance_ratio_r_over_s())
        return Prepared(serving, joined(s_bank, r_bank, apart=apart), values)
    ratio = clearance_ratio_r_over_s() if serving.molecule == "arketamine" else 1.0
    return Prepared(serving, _one_bank(serving, values, ratio), values)


@lru_cache(maxsize=128)
def prepare_typical(serving: Serving, person: Person, *, apart: bool = False, cyp2b6_activity: float = 1.0) -> Prepared:
    """The typical person with these covariates, remembered."""
    return prepare_with(serving, person, {}, apart=apart, cyp2b6_activity=cyp2b6_activity)


@lru_cache(maxsize=16)
def prepare_people(
    serving: Serving,
    person: Person,
    people: int,
    seed: int,
    *,
    apart: bool = False,
    cyp2b6_activity: float = 1.0,
) -> Prepared:
    """People drawn from the model's own variability, remembered."""
    etas = {model.id: cached_etas(model, people, seed) for model in serving.files}
    return prepare_with(serving, person, etas, apart=apart, cyp2b6_activity=cyp2b6_activity)


def inputs_for(prepared: Prepared, doses: Sequence[AnyDose]) -> list[Input]:
    """The engine's inputs for doses.

    Parameters
    ----------
    prepared : Prepared
    doses : sequence of doses

    Returns
    -------
    list of Input
        Amounts in mg of base.

    Raises
    ------
    Unsupported
        For a route that the model does not have.
    BadInput
        For a compounded nasal spray without its bioavailability.
    """
    found: list[Input] = []
    for dose in doses:
        owner = prepared.serving.owner(dose.model_route)
        found += _inputs(dose, owner, prepared.values[owner.id], absorption=owner in prepared.serving.absorption)
    return found


def _inputs(dose: AnyDose, model: ModelFile, values: Mapping[str, FloatArray], *, absorption: bool) -> list[Input]:
    label = f"{model.routes[0]} " if absorption else ""
    match dose:
        case Bolus():
            return [Input("iv", dose.at_h, dose.base_dose_mg)]
        case Infusion():
            return [Input("iv", dose.at_h, dose.base_dose_mg, dose.duration_h)]
        case PumpLog():
            return [Input("iv", start, amount, duration) for start, duration, amount in dose.steps]
        case IntramuscularInjection() | SubcutaneousInjection() | Rectal():
            return [Input(f"{label}depot", dose.at_h, dose.base_dose_mg)]
        case Oral():
            if model.structure == "gut_and_liver":
                return [Input("gut_oral", dose.at_h, dose.base_dose_mg)]
            if model.structure == "hepatoportal":
                return [Input("gut_oral", dose.at_h, dose.base_dose_mg * values["F_gut"], values["D_oral"])]
            return [Input(f"{label}gut", dose.at_h, dose.base_dose_mg, values["D_oral"])]
        case NasalDevices():
            return _nasal(dose, model, values, label)
        case Sublingual():
            return _sublingual(dose, model, values, label)
    raise BadInput(f"{dose!r} is not a dose", field="doses", fix="use a dose class of ketachart.pharmacology")


def _nasal(dose: NasalDevices, model: ModelFile, values: Mapping[str, FloatArray], label: str) -> list[Input]:
    found: list[Input] = []
    taken_up: FloatArray | float
    if model.structure == "nose":
        if dose.bioavailability is None:
            raise BadInput(
                "a compounded nasal spray has no default bioavailability (published: 11 to 45 %)",
                field="bioavailability",
                fix="give the fraction of the product, from its own data",
            )
        for number in range(dose.devices):
            at_h = dose.at_h + number * dose.every_h
            taken_up = dose.base_dose_mg * dose.bioavailability
            found.append(Input(f"{label}nose", at_h, taken_up))
            found.append(Input(f"{label}gut", at_h, dose.base_dose_mg - taken_up, values["D_swallowed"]))
        return found
    given = 0.0
    for number in range(dose.devices):
        at_h = dose.at_h + number * dose.every_h
        first = min(max(FIRST_DEVICE_MG - given, 0.0), dose.base_dose_mg)
        later = dose.base_dose_mg - first
        taken_up = values["FRn"] * (first + later * values["repeat_FRn"])
        found.append(Input("nose", at_h, taken_up))
        found.append(
            Input("gut_swallowed", at_h, (dose.base_dose_mg - taken_up) * values["F_gut"], values["D_swallowed"])
        )
        given += dose.base_dose_mg
    return found


def _sublingual(dose: Sublingual, model: ModelFile, values: Mapping[str, FloatArray], label: str) -> list[Input]:
    """Uptake from the mouth is even over the hold; what is left is swallowed or spat out at its end."""
    mg = dose.base_dose_mg
    if model.structure == "delay_chains":
        rate = -np.log1p(-np.minimum(values["F_mucosa"], 0.99)) / SIMONS_HOLD_H
        taken_up = -np.expm1(-rate * dose.hold_h)
        stretch = dose.hold_h / SIMONS_HOLD_H
        left = (1.0 - taken_up) / (1.0 - np.minimum(values["F_mucosa"], 0.99))
        found = [Input("mucosa", dose.at_h, mg * taken_up, values["D_mucosa"] * stretch)]
        if dose.swallowed > 0.0:
            swallowed = mg * values["F_swallowed"] * left * dose.swallowed
            found.append(Input("gut_swallowed", dose.at_h, swallowed, values["D_swallowed"]))
        return found
    leaving = values["k_mucosa"] + values["k_drip"]
    left = np.exp(-leaving * dose.hold_h)
    found = [Input(f"{label}mucosa", dose.at_h, mg * values["k_mucosa"] / leaving * (1.0 - left), dose.hold_h)]
    if np.any(values["k_drip"] > 0.0):
        dripped = mg * values["k_drip"] / leaving * (1.0 - left)
        found.append(Input(f"{label}gut", dose.at_h, dripped, dose.hold_h))
    if dose.swallowed > 0.0:
        found.append(Input(f"{label}gut", dose.at_h + dose.hold_h, mg * left * dose.swallowed, values["D_oral"]))
    return found
