"""Model files: one published model, one TOML file that cites its table row by row.

The loader checks everything it reads. An unknown key, a row without a source, a wrong unit or a parameter that the structure
does not know is an error that names the file and the row and says what to do.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal, cast

from ketachart.pharmacology.errors import BadInput, ModelFileError

Dimension = Literal["volume", "flow", "rate", "time", "fraction"]

UNITS: dict[str, tuple[Dimension, float]] = {
    "L": ("volume", 1.0),
    "L/kg": ("volume", 1.0),
    "L/h": ("flow", 1.0),
    "L/min": ("flow", 60.0),
    "mL/min": ("flow", 0.06),
    "1/h": ("rate", 1.0),
    "1/min": ("rate", 60.0),
    "h": ("time", 1.0),
    "min": ("time", 1.0 / 60.0),
    "fraction": ("fraction", 1.0),
}
"""Unit -> (dimension, factor to L, L/h, 1/h, h or 1)."""

KINDS = ("disposition", "complete", "absorption", "comparator")
MOLECULES = ("racemic", "esketamine", "arketamine")
SITES = ("arterial", "venous", "presumed venous", "not read")
ROUTES = (
    "intravenous",
    "intramuscular",
    "subcutaneous",
    "nasal",
    "sublingual",
    "oral",
    "oral prolonged release",
    "rectal",
)
ANALYTES = ("ketamine", "norketamine", "hydroxynorketamine")
TIERS = ("A", "B", "C", "D")
STATUSES = ("published", "calibrated here", "borrowed", "assumed")
DISTRIBUTIONS = ("lognormal", "logit")


@dataclass(frozen=True)
class Parameter:
    """One row of a model's table.

    Parameters
    ----------
    name : str
    value : float
        Typical value in the base unit of its dimension (L, L/h, 1/h, h or 1) for a person of `reference_weight_kg`.
    dimension : str
    printed_value, unit
        The value as printed, in the unit of the source.
    weight_exponent : float
        The value is multiplied by ``(weight / reference_weight_kg) ** weight_exponent``.
    variance, occasion_variance : float
        Between-person and between-occasion variance of the eta (log scale, or logit scale for `logit`).
    distribution : {"lognormal", "logit"}
    status : str
        "published", "calibrated here", "borrowed" (from a named model) or "assumed".
    source, tier, note : str
    calibrated_on, residual : str
        For "calibrated here": the data, and how far the calibrated model is from them.
    """

    name: str
    value: float
    dimension: Dimension
    printed_value: float
    unit: str
    source: str
    tier: str
    status: str
    weight_exponent: float = 0.0
    reference_weight_kg: float = 70.0
    variance: float = 0.0
    occasion_variance: float = 0.0
    variance_status: str = "published"
    variance_source: str = ""
    distribution: str = "lognormal"
    note: str = ""
    calibrated_on: str = ""
    residual: str = ""


@dataclass(frozen=True)
class Range:
    """A closed range of a covariate."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether the value lies inside."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Residual:
    """Residual error of one analyte: proportional and log-normal SD as fractions, additive SD in ng/mL."""

    proportional_sd: float = 0.0
    lognormal_sd: float = 0.0
    additive_nmol_per_ml: float = 0.0
    source: str = ""


@dataclass(frozen=True, eq=False)
class ModelFile:
    """A model as its file states it. Field names are those of the file; see README.md of this part."""

    id: str
    title: str
    kind: str
    structure: str
    molecule: str
    dose_basis: str
    site: str
    routes: tuple[str, ...]
    analytes: tuple[str, ...]
    citation: str
    tier: str
    read_at: str
    population: str
    subjects: int
    studied_age_years: Range
    studied_weight_kg: Range
    valid_age_years: Range
    valid_weight_kg: Range
    valid_dose_mg: float | None
    valid_dose_mg_per_kg: float | None
    validity_note: str
    parameters: Mapping[str, Parameter]
    covariances: Mapping[tuple[str, str], float] = field(default_factory=dict)
    residuals: Mapping[str, Residual] = field(default_factory=dict)
    doi: tuple[str, ...] = ()
    site_source: str = ""
    also_fitted_on: tuple[str, ...] = ()
    disposition: str = ""
    defects: tuple[str, ...] = ()
    performance: tuple[str, ...] = ()

    def parameter(self, name: str) -> Parameter:
        """The row `name`. Raises BadInput naming the rows there are."""
        try:
            return self.parameters[name]
        except KeyError:
            raise BadInput(f"{self.id} has no parameter {name!r}", fix=f"it has {', '.join(self.parameters)}") from None


class _Table:
    """A TOML table read key by key; what is left at the end is unknown."""

    def __init__(self, file: str, row: str, values: Mapping[str, Any]) -> None:
        self.file = file
        self.row = row
        self._values = dict(values)

    def fail(self, problem: str, fix: str) -> ModelFileError:
        return ModelFileError(self.file, self.row, problem, fix)

    def _take(self, key: str, needed: bool) -> Any:
        if key not in self._values:
            if needed:
                raise self.fail(f"{key!r} is missing", f"add {key} with the value the source states")
            return None
        return self._values.pop(key)

    def text(self, key: str, *, default: str | None = None, among: tuple[str, ...] = ()) -> str:
        value = self._take(key, default is None)
        if value is None:
            return cast(str, default)
        if not isinstance(value, str) or not value.strip():
            raise self.fail(f"{key!r} is {value!r}", "write a text in quotes")
        if among and value not in among:
            raise self.fail(f"{key!r} is {value!r}", f"use one of: {', '.join(among)}")
        return value

    def texts(self, key: str, *, among: tuple[str, ...] = (), needed: bool = False) -> tuple[str, ...]:
        value = self._take(key, needed)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(f"{key!r} is {value!r}", "write a list of texts")
        for item in value:
            if among and item not in among:
                raise self.fail(f"{key!r} names {item!r}", f"use one of: {', '.join(among)}")
        return tuple(value)

    def number(
        self, key: str, *, default: float | None = None, needed: bool = True, at_least: float | None = None
    ) -> float:
        value = self._take(key, needed and default is None)
        if value is None:
            return cast(float, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.fail(f"{key!r} is {value!r}", "write a finite number")
        if at_least is not None and value < at_least:
            raise self.fail(f"{key!r} is {value!r}", f"it must be at least {at_least:g}")
        return float(value)

    def optional_number(self, key: str) -> float | None:
        return self.number(key) if key in self._values else None

    def range(self, key: str) -> Range:
        value = self._take(key, True)
        if not (isinstance(value, list) and len(value) == 2 and all(isinstance(v, int | float) for v in value)):
            raise self.fail(f"{key!r} is {value!r}", "write the lowest and the highest value, e.g. [18.0, 65.0]")
        if not value[0] < value[1]:
            raise self.fail(f"{key!r} is {value!r}", "put the lower value first")
        return Range(float(value[0]), float(value[1]))

    def table(self, key: str, *, needed: bool = True) -> Mapping[str, Any]:
        value = self._take(key, needed)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.fail(f"{key!r} is {value!r}", f"write a table [{key}]")
        return value

    def tables(self, key: str) -> list[Mapping[str, Any]]:
        value = self._take(key, False)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.fail(f"{key!r} is {value!r}", f"write tables [[{key}]]")
        return value

    def finish(self) -> None:
        if self._values:
            key = sorted(self._values)[0]
            raise self.fail(f"unknown key {key!r}", "remove it or correct its spelling")


def _parameter(file: str, name: str, values: Any, expected: Dimension | None) -> Parameter:
    row = f"parameter {name}"
    if not isinstance(values, dict):
        raise ModelFileError(file, row, f"is {values!r}", "write a table with value, unit, source, tier and status")
    table = _Table(file, row, values)
    unit = table.text("unit", among=tuple(UNITS))
    dimension, factor = UNITS[unit]
    if expected is not None and dimension != expected:
        fitting = ", ".join(known for known, (other, _) in UNITS.items() if other == expected)
        raise table.fail(f"unit {unit!r} is a {dimension}", f"the structure needs a {expected}: use {fitting}")
    printed = table.number("value", at_least=0.0)
    status = table.text("status", among=STATUSES)
    cv = table.optional_number("variance_cv")
    variance = table.number("variance", default=0.0, at_least=0.0)
    if cv is not None:
        if variance:
            raise table.fail("both 'variance' and 'variance_cv' are given", "keep the one that the source prints")
        variance = math.log1p(cv**2)
    per_kg = unit == "L/kg"
    parameter = Parameter(
        name=name,
        value=printed * factor,
        dimension=dimension,
        printed_value=printed,
        unit=unit,
        source=table.text("source"),
        tier=table.text("tier", among=TIERS),
        status=status,
        weight_exponent=table.number("weight_exponent", default=1.0 if per_kg else 0.0),
        reference_weight_kg=table.number("reference_weight_kg", default=1.0 if per_kg else 70.0, at_least=1.0),
        variance=variance,
        occasion_variance=table.number("occasion_variance", default=0.0, at_least=0.0),
        variance_status=table.text("variance_status", default="published", among=STATUSES),
        variance_source=table.text("variance_source", default=" ").strip(),
        distribution=table.text("distribution", default="lognormal", among=DISTRIBUTIONS),
        note=table.text("note", default=" ").strip(),
        calibrated_on=table.text("calibrated_on", default=" ").strip(),
        residual=table.text("residual", default=" ").strip(),
    )
    if parameter.status == "calibrated here" and not (parameter.calibrated_on and parameter.residual):
        raise table.fail("it is calibrated here without its data", "add 'calibrated_on' and 'residual'")
    if parameter.variance_status != "published" and not parameter.variance_source:
        raise table.fail("its variance has no source", "add 'variance_source'")
    if parameter.distribution == "logit" and not 0.0 < printed < 1.0:
        raise table.fail(f"value {printed:g} cannot vary on the logit scale", "use a value between 0 and 1")
    table.finish()
    return parameter


def parse(file: str, text: str, dimensions: Mapping[str, Mapping[str, Dimension]] | None = None) -> ModelFile:
    """Read and check the text of a model file.

    Parameters
    ----------
    file : str
        Its name, for messages.
    text : str
        TOML.
    dimensions : mapping, optional
        Structure name -> parameter name -> dimension; default the structures of this part.

    Returns
    -------
    ModelFile

    Raises
    ------
    ModelFileError
        Naming file and row, what is wrong and what to do.
    """
    if dimensions is None:
        from ketachart.pharmacology.structures import PARAMETERS

        dimensions = PARAMETERS
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelFileError(file, "file", f"is not TOML ({error})", "correct the line it names") from None
    table = _Table(file, "file", values)
    structure = table.text("structure", among=tuple(dimensions))
    wanted = dimensions[structure]
    population = _Table(file, "population", table.table("population"))
    validity = _Table(file, "validity", table.table("validity"))
    parameters: dict[str, Parameter] = {}
    for name, row in table.table("parameter").items():
        base = name.rstrip("?")
        if base not in wanted:
            known = ", ".join(sorted(wanted))
            raise ModelFileError(
                file, f"parameter {name}", f"structure {structure!r} has no such parameter", f"it has {known}"
            )
        parameters[name] = _parameter(file, name, row, wanted[base])
    covariances: dict[tuple[str, str], float] = {}
    for number, row in enumerate(table.tables("covariance")):
        entry = _Table(file, f"covariance {number + 1}", row)
        between = entry.texts("between", among=tuple(parameters), needed=True)
        if len(between) != 2:
            raise entry.fail(f"'between' names {len(between)} parameters", "name two")
        entry.text("source")
        value = entry.number("value")
        first, second = between
        limit = parameters[first].variance * parameters[second].variance
        if value**2 > limit:
            raise entry.fail(f"{value:g} is more than the two variances allow", "check the three numbers in the source")
        covariances[first, second] = value
        entry.finish()
    residuals: dict[str, Residual] = {}
    for analyte, row in table.table("residual", needed=False).items():
        entry = _Table(file, f"residual {analyte}", row)
        if analyte not in ANALYTES:
            raise entry.fail(f"unknown analyte {analyte!r}", f"use one of: {', '.join(ANALYTES)}")
        residuals[analyte] = Residual(
            proportional_sd=entry.number("proportional_sd", default=0.0, at_least=0.0),
            lognormal_sd=entry.number("lognormal_sd", default=0.0, at_least=0.0),
            additive_nmol_per_ml=entry.number("additive_nmol_per_ml", default=0.0, at_least=0.0),
            source=entry.text("source"),
        )
        entry.finish()

    def remarks(key: str) -> tuple[str, ...]:
        texts = []
        for number, row in enumerate(table.tables(key)):
            entry = _Table(file, f"{key} {number + 1}", row)
            entry.text("source")
            texts.append(entry.text("text"))
            entry.finish()
        return tuple(texts)

    kind = table.text("kind", among=KINDS)
    model = ModelFile(
        id=table.text("id"),
        title=table.text("title"),
        kind=kind,
        structure=structure,
        molecule=table.text("molecule", among=MOLECULES),
        dose_basis=table.text("dose_basis", among=("base", "hydrochloride")),
        site=table.text("site", among=SITES),
        site_source=table.text("site_source", default=" ").strip(),
        routes=table.texts("routes", among=ROUTES, needed=True),
        analytes=table.texts("analytes", among=ANALYTES, needed=True),
        also_fitted_on=table.texts("also_fitted_on", among=MOLECULES),
        citation=table.text("citation"),
        doi=table.texts("doi"),
        read_at=table.text("read_at"),
        tier=table.text("tier", among=TIERS),
        disposition=table.text("disposition", default=" ").strip(),
        population=population.text("description"),
        subjects=int(population.number("subjects", at_least=0.0)),
        studied_age_years=population.range("age_years"),
        studied_weight_kg=population.range("weight_kg"),
        valid_age_years=validity.range("age_years"),
        valid_weight_kg=validity.range("weight_kg"),
        valid_dose_mg=validity.optional_number("dose_mg"),
        valid_dose_mg_per_kg=validity.optional_number("dose_mg_per_kg"),
        validity_note=validity.text("note", default=" ").strip(),
        parameters=parameters,
        covariances=covariances,
        residuals=residuals,
        defects=remarks("defect"),
        performance=remarks("performance"),
    )
    for part in (population, validity, table):
        part.finish()
    if (kind == "absorption") != bool(model.disposition):
        raise ModelFileError(
            file, "file", f"kind {kind!r} with disposition {model.disposition!r}", "only an absorption names one"
        )
    for name in wanted:
        if name not in parameters and name not in OPTIONAL_PARAMETERS:
            raise ModelFileError(
                file, f"parameter {name}", f"structure {structure!r} needs it", "add the row with its source"
            )
    return model


OPTIONAL_PARAMETERS = frozenset({"V2", "Q2", "V3", "Q3", "VN1", "CLN", "VN2", "QN", "k_drip", "F_oral"})
"""Rows that a structure can do without (fewer compartments, no metabolite)."""


@cache
def catalogue() -> Mapping[str, ModelFile]:
    """All models shipped with the package, by id.

    Raises
    ------
    ModelFileError
        When a file is wrong or two files have the same id.
    """
    found: dict[str, ModelFile] = {}
    folder = resources.files("ketachart.pharmacology") / "models"
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            model = parse(entry.name, entry.read_text(encoding="utf-8"))
            if model.id + ".toml" != entry.name:
                raise ModelFileError(
                    entry.name, "file", f"id {model.id!r} differs from the file name", "make them the same"
                )
            found[model.id] = model
    for model in found.values():
        if model.disposition and model.disposition not in found:
            raise ModelFileError(
                model.id + ".toml", "file", f"no disposition {model.disposition!r}", "name a model that exists"
            )
    return found


def model_file(model_id: str) -> ModelFile:
    """The model of this id. Raises BadInput naming those there are."""
    known = catalogue()
    if model_id not in known:
        raise BadInput(
            f"there is no model {model_id!r}", field="model", fix=f"use 'reference' or one of {', '.join(known)}"
        )
    return known[model_id]
