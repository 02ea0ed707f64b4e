"""`ketachart simulate`: concentrations after any doses, from the command line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from ketachart.pharmacology.doses import (
    AnyDose,
    Bolus,
    Infusion,
    IntramuscularInjection,
    NasalDevices,
    Oral,
    PumpLog,
    RateChange,
    Rectal,
    SubcutaneousInjection,
    Sublingual,
)
from ketachart.pharmacology.engine.errors import EngineError
from ketachart.pharmacology.errors import BadInput, PharmacologyError
from ketachart.pharmacology.notation import read_dose, read_duration, read_pump, read_times
from ketachart.pharmacology.person import Person
from ketachart.pharmacology.prediction import Prediction
from ketachart.pharmacology.salts import DoseBasis
from ketachart.pharmacology.simulation import simulate

_EPILOG = """doses: amount with unit, then what the route needs; @ is the start.
  --infusion 10mg/30min   --infusion 0.5mg/kg/40min@1h   --bolus 10mg   --pump 0min:52mg/h,15min:0mg/h,20min:52mg/h,45min:end
  --nasal 28mg*3/5min (three devices, five minutes apart)   --sublingual 25mg --hold-min 10 --swallow
options for doses may be repeated. mg are of base unless --salt is given."""

PICTURES = (".png", ".svg", ".pdf")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `ketachart simulate`."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--model", default="reference", help="'reference' (default) or an id from `ketachart models`")
    parser.add_argument(
        "--molecule", choices=("racemic", "esketamine", "arketamine"), help="default: the model's own, else racemic"
    )
    parser.add_argument("--site", choices=("arterial", "venous"), help="prefer a model that was sampled there")
    person = parser.add_argument_group("person")
    person.add_argument("--weight-kg", type=float)
    person.add_argument("--age-years", type=float)
    person.add_argument("--height-cm", type=float)
    person.add_argument("--sex", choices=("female", "male"))
    person.add_argument("--ancestry", choices=("asian", "japanese", "other"))
    person.add_argument("--pregnant", action="store_true")
    person.add_argument("--hepatic-impairment", choices=("none", "mild", "moderate", "severe"))
    person.add_argument("--renal-impairment", choices=("none", "mild", "moderate", "severe"))
    person.add_argument("--interaction", action="append", default=[], metavar="MEDICINE", help="e.g. clarithromycin")
    person.add_argument("--cyp2b6-activity", type=float, default=1.0, help="share left, 0 to 1 (ashraf-2018 only)")
    doses = parser.add_argument_group("doses")
    for option, text in (
        ("--bolus", "intravenous push"),
        ("--infusion", "intravenous infusion: amount/duration"),
        ("--pump", "infusion with rate changes"),
        ("--im", "intramuscular injection"),
        ("--sc", "subcutaneous injection"),
        ("--nasal", "nasal devices: amount*devices/time between"),
        ("--sublingual", "troche, lozenge, wafer or film: needs --hold-min and --swallow or --spit"),
        ("--oral", "swallowed, immediate release"),
        ("--oral-prolonged", "prolonged-release tablet"),
        ("--rectal", "suppository"),
    ):
        doses.add_argument(option, action="append", default=[], metavar="DOSE", help=text)
    doses.add_argument("--hold-min", type=float, help="minutes that a sublingual dose is held")
    after = doses.add_mutually_exclusive_group()
    after.add_argument("--spit", action="store_true", help="what is left in the mouth is spat out")
    after.add_argument("--swallow", action="store_true", help="what is left in the mouth is swallowed")
    doses.add_argument("--bioavailability", type=float, help="of a compounded nasal spray, a fraction (no default)")
    doses.add_argument("--salt", action="store_true", help="amounts are of the hydrochloride, not of base")
    doses.add_argument("--every", metavar="TIME", help="repeat all doses, e.g. --every 72h --times 6")
    doses.add_argument("--times", type=int, default=1)
    run_group = parser.add_argument_group("what is computed")
    run_group.add_argument("--at", metavar="TIMES", help="report at, e.g. 0.5,1,2,5h")
    run_group.add_argument("--auc", metavar="WINDOW", help="area in a window too, e.g. 0-24h")
    run_group.add_argument("--people", type=int, default=1000, help="behind the band; 0 for no band")
    run_group.add_argument("--seed", type=int, default=1)
    run_group.add_argument("--only", action="store_true", help="the chosen model alone, without the others of its line")
    run_group.add_argument("--enantiomers", action="store_true", help="S and R apart, where they are computed apart")
    out = parser.add_argument_group("output")
    out.add_argument("--json", action="store_true")
    out.add_argument("--csv", metavar="FILE")
    out.add_argument("--parquet", metavar="FILE")
    out.add_argument("--plot", metavar="FILE")


def doses_of(arguments: argparse.Namespace) -> list[AnyDose]:
    """Doses from the options. Raises BadInput naming the option."""
    basis: DoseBasis = "hydrochloride" if arguments.salt else "base"
    weight: float | None = arguments.weight_kg
    found: list[AnyDose] = []
    for text in arguments.infusion:
        dose = read_dose("--infusion", text, weight, needs_duration=True)
        found.append(Infusion(dose_mg=dose.dose_mg, duration_h=dose.over_h or 0.0, at_h=dose.at_h, basis=basis))
    for text in arguments.pump:
        changes, end_h = read_pump("--pump", text)
        found.append(PumpLog(tuple(RateChange(at_h, rate) for at_h, rate in changes), end_h, basis))
    for text in arguments.nasal:
        dose = read_dose("--nasal", text, weight)
        found.append(
            NasalDevices(
                dose_mg=dose.dose_mg,
                devices=dose.times,
                every_h=dose.over_h or 0.0,
                at_h=dose.at_h,
                basis=basis,
                bioavailability=arguments.bioavailability,
            )
        )
    for text in arguments.sublingual:
        dose_mg, at_h = _single("--sublingual", text, weight)
        if arguments.hold_min is None:
            raise BadInput("--sublingual needs the hold time", field="--hold-min", fix="add e.g. --hold-min 10")
        if not (arguments.spit or arguments.swallow):
            raise BadInput(
                "--sublingual needs to know what happens to the rest", field="--spit", fix="add --spit or --swallow"
            )
        found.append(
            Sublingual(
                dose_mg=dose_mg,
                at_h=at_h,
                hold_h=arguments.hold_min / 60.0,
                swallowed=0.0 if arguments.spit else 1.0,
                basis=basis,
            )
        )
    for option, kind in (
        ("--bolus", Bolus),
        ("--im", IntramuscularInjection),
        ("--sc", SubcutaneousInjection),
        ("--rectal", Rectal),
        ("--oral", Oral),
    ):
        for text in getattr(arguments, option[2:]):
            dose_mg, at_h = _single(option, text, weight)
            found.append(kind(dose_mg=dose_mg, at_h=at_h, basis=basis))
    for text in arguments.oral_prolonged:
        dose_mg, at_h = _single("--oral-prolonged", text, weight)
        found.append(Oral(dose_mg=dose_mg, at_h=at_h, basis=basis, release="prolonged"))
    if arguments.times != 1 or arguments.every:
        found = _series(found, arguments.every, arguments.times)
    return found


def _single(option: str, text: str, weight: float | None) -> tuple[float, float]:
    dose = read_dose(option, text, weight)
    if dose.over_h is not None or dose.times != 1:
        raise BadInput(f"{option} {text!r} has a duration or a count", field=option, fix=f"write e.g. {option} 25mg@0h")
    return dose.dose_mg, dose.at_h


def _series(doses: Sequence[AnyDose], every: str | None, times: int) -> list[AnyDose]:
    from dataclasses import replace

    if every is None:
        raise BadInput("--times needs --every", field="--every", fix="add e.g. --every 72h")
    if not 1 <= times <= 1000:
        raise BadInput(f"--times is {times}", field="--times", fix="give a whole number from 1 to 1000")
    step = read_duration("--every", every)
    if step <= 0.0:
        raise BadInput(f"--every is {every}", field="--every", fix="give a time above 0, e.g. --every 72h")
    found: list[AnyDose] = []
    for number in range(times):
        for dose in doses:
            if isinstance(dose, PumpLog):
                shifted = tuple(
                    RateChange(change.at_h + number * step, change.rate_mg_per_h) for change in dose.changes
                )
                found.append(PumpLog(shifted, dose.end_h + number * step, dose.basis))
            else:
                found.append(replace(dose, at_h=dose.at_h + number * step))
    return found


def run(arguments: argparse.Namespace) -> int:
    """Simulate and write. Returns the exit code: 0, or 2 with one line about what is wrong."""
    try:
        return _run(arguments)
    except (PharmacologyError, EngineError) as error:
        sys.stderr.write(f"ketachart simulate: {error}\n")
        return 2
    except ModuleNotFoundError as error:
        extra = {"matplotlib": "plots", "pyarrow": "tables"}.get(error.name or "")
        if extra is None:
            raise
        sys.stderr.write(f"ketachart simulate: {error.name} is not installed; pip install 'ketachart[{extra}]'\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"ketachart simulate: {error.filename} cannot be written: {error.strerror}\n")
        return 2


def _check_picture(name: str) -> None:
    if Path(name).suffix.lower() not in PICTURES:
        raise BadInput(f"--plot {name!r} is no picture", field="--plot", fix=f"let it end in {', '.join(PICTURES)}")


def _run(arguments: argparse.Namespace) -> int:
    from ketachart.pharmacology.model_file import model_file

    if arguments.plot:
        _check_picture(arguments.plot)
    window = _window(arguments.auc) if arguments.auc else None
    molecule = arguments.molecule
    if molecule is None:
        molecule = "racemic"
        if arguments.model != "reference":
            molecule = model_file(arguments.model).molecule
    person = Person(
        weight_kg=arguments.weight_kg,
        age_years=arguments.age_years,
        height_cm=arguments.height_cm,
        sex=arguments.sex,
        ancestry=arguments.ancestry,
        pregnant=arguments.pregnant or None,
        hepatic_impairment=arguments.hepatic_impairment,
        renal_impairment=arguments.renal_impairment,
    )
    prediction = simulate(
        doses_of(arguments),
        person,
        model=arguments.model,
        molecule=molecule,
        times_h=read_times("--at", arguments.at) if arguments.at else None,
        people=arguments.people,
        seed=arguments.seed,
        site=arguments.site,
        also=not arguments.only,
        enantiomers=arguments.enantiomers,
        interactions=arguments.interaction,
        cyp2b6_activity=arguments.cyp2b6_activity,
        progress=_bar if arguments.people >= 20_000 and sys.stderr.isatty() else None,
    )
    if arguments.csv:
        Path(arguments.csv).write_text(prediction.to_csv(), encoding="utf-8")
    if arguments.parquet:
        from ketachart.pharmacology.files import write_parquet

        write_parquet(prediction, arguments.parquet)
    if arguments.plot:
        from ketachart.pharmacology.plots import plot_prediction

        plot_prediction(prediction, arguments.plot)
    if arguments.json:
        found = prediction.to_dict()
        if window is not None:
            for name, curve in prediction.analytes.items():
                found["analytes"][name]["AUC_window_h"] = list(window)
                found["analytes"][name]["AUC_in_window_ng_h_per_ml"] = curve.auc(*window)
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(as_text(prediction, window))
    return 0


def _window(text: str) -> tuple[float, float]:
    try:
        times = read_times("--auc", text.replace("-", ","))
    except BadInput:
        times = []
    if len(times) != 2 or not times[0] < times[1]:
        raise BadInput(f"--auc {text!r} is not a window", field="--auc", fix="write e.g. --auc 0-24h")
    return times[0], times[1]


def _bar(done: int, of: int, what: str) -> None:
    filled = round(30 * done / max(of, 1))
    sys.stderr.write(f"\r[{'#' * filled}{'.' * (30 - filled)}] {done}/{of} {what:30}" + ("\n" if done == of else ""))
    sys.stderr.flush()


def as_text(prediction: Prediction, window: tuple[float, float] | None = None) -> str:
    """The prediction for a terminal: what it is, peaks and areas, the curve, and its limits."""
    lines: list[str] = []
    for found in (prediction, *prediction.also):
        lines.append(f"{found.model}: {found.title}")
        lines.append(f"  {found.site} plasma; {found.molecule}; {'; '.join(found.doses)}")
        lines.append(f"  {found.citation}")
        lines.append(f"  fitted on: {found.population}")
        if found.bioavailability is not None:
            lines.append(f"  bioavailability {found.bioavailability:.0%} of the base given")
        for name, curve in found.analytes.items():
            band = f" ({curve.Cmax_p5:.1f} to {curve.Cmax_p95:.1f})" if curve.Cmax_p5 is not None else ""
            lines.append(
                f"  {name}: Cmax {curve.Cmax:.1f}{band} ng/mL at {curve.Tmax_h:.2f} h, AUC {curve.AUC_ng_h_per_ml:.1f} ng h/mL,"
                f" terminal half-life {curve.half_life_h:.1f} h"
            )
            if window is not None:
                lines.append(f"    AUC {window[0]:g} to {window[1]:g} h: {curve.auc(*window):.1f} ng h/mL")
    chosen = max(1, len(prediction.times_h) // 25)
    lines += ["", f"{prediction.model}, ng/mL of base (typical, 5 to 95 % of people)"]
    names = list(prediction.analytes)
    lines.append("      h  " + "  ".join(f"{name:>28}" for name in names))
    for index in range(0, len(prediction.times_h), chosen):
        cells = []
        for name in names:
            curve = prediction.analytes[name]
            text = f"{curve.concentration_ng_per_ml[index]:.1f}"
            if curve.p5 is not None and curve.p95 is not None:
                text += f" ({curve.p5[index]:.1f} to {curve.p95[index]:.1f})"
            cells.append(f"{text:>28}")
        lines.append(f"{prediction.times_h[index]:7.3g}  " + "  ".join(cells))
    lines += ["", *(f"! {warning}" for warning in prediction.warnings)]
    return "\n".join(lines) + "\n"
