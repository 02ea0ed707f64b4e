"""Pictures of predictions (optional extra `ketachart[plots]`): band, doses, model, site and population in every one."""

from __future__ import annotations

import textwrap
from pathlib import Path

from ketachart.pharmacology.prediction import Prediction

_COLOURS = ("#1b5e8c", "#b3541e", "#4a7a3a", "#7a4a8c")
_LINES = ("-", "--", ":", "-.")


def plot_prediction(prediction: Prediction, path: str | Path) -> None:
    """Draw the curves with their 5 to 95 % bands; one panel per analyte, each model its own line style and label.

    Parameters
    ----------
    prediction : Prediction
    path : str or Path
        Ending in .png, .svg or .pdf.

    Raises
    ------
    ModuleNotFoundError
        Without matplotlib.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = [prediction, *prediction.also]
    names = list(dict.fromkeys(name for found in shown for name in found.analytes))
    figure = Figure(figsize=(8.0, 2.6 * len(names) + 1.6), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
    for name, panel in zip(names, panels, strict=True):
        for number, found in enumerate(shown):
            curve = found.analytes.get(name)
            if curve is None:
                continue
            colour, line = _COLOURS[number % len(_COLOURS)], _LINES[number % len(_LINES)]
            label = f"{found.model}, {found.site}"
            panel.plot(curve.times_h, curve.concentration_ng_per_ml, line, color=colour, label=label)
            if curve.p5 is not None and curve.p95 is not None:
                panel.fill_between(curve.times_h, curve.p5, curve.p95, color=colour, alpha=0.15, linewidth=0)
        for start in prediction.dose_starts_h:
            panel.plot([start], [0], marker="^", color="black", markersize=6, clip_on=False, zorder=5)
        panel.set_ylabel(f"{name}, ng/mL")
        panel.set_ylim(bottom=0)
        panel.set_xlim(left=0, right=float(prediction.times_h[-1]) or None)
        panel.grid(alpha=0.3)
        panel.legend(loc="upper right", fontsize=8, frameon=False)
    panels[-1].set_xlabel("hours")
    title = f"{prediction.molecule} ketamine: {'; '.join(prediction.doses[:3])}" + (
        " ..." if len(prediction.doses) > 3 else ""
    )
    figure.suptitle(textwrap.fill(title, 90), fontsize=10)
    drawn = f"Line: typical person. Triangles: doses. Band: 5 to 95 % of {prediction.people} simulated people."
    sources = [f"{found.model}: {found.citation}" for found in shown]
    lines = [line for text in (drawn, *sources) for line in textwrap.wrap(text, 150, subsequent_indent="    ")]
    figure.supxlabel("\n".join(lines), fontsize=7, x=0.01, ha="left")
    figure.savefig(str(path), dpi=140)
