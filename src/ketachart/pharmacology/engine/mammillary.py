"""Closed forms: one, two and three compartments around a central one, and the ketamine-shaped model built from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.engine.errors import EngineError, FloatArray
from ketachart.pharmacology.engine.growth import Growth
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.engine.shapes import people_of, shaped

INTRAVENOUS = "iv"


def disposition(
    clearance_l_per_h: ArrayLike,
    volumes_l: Sequence[ArrayLike],
    flows_l_per_h: Sequence[ArrayLike] = (),
    *,
    people: int | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Rates and residues of a mammillary disposition with elimination from its centre.

    Parameters
    ----------
    clearance_l_per_h : float or array (N,)
    volumes_l : sequence of 1 to 3
        Central volume first, then the peripheral ones, L.
    flows_l_per_h : sequence, one shorter
        Inter-compartmental clearances, L/h.
    people : int, optional
        N, when all parameters are single numbers.

    Returns
    -------
    rates_per_h : array (K, N)
    residues_per_l : array (K, N)
        ``C(t) = sum_k residues[k] exp(-rates[k] t)`` per unit amount in the centre, 1/L; they add up to 1/V1.

    Raises
    ------
    EngineError
        For parameters that are not positive, or more than three compartments.

    Notes
    -----
    Three compartments: largest root of the cubic by cosine, the others from the deflated quadratic (smallest through
    the product of roots), one Newton step each; residues by products of differences.
    """
    if not 1 <= len(volumes_l) <= 3 or len(flows_l_per_h) != len(volumes_l) - 1:
        raise EngineError(
            f"{len(volumes_l)} volumes, {len(flows_l_per_h)} flows: give 1 to 3 volumes, and a flow for all but one"
        )
    size = people or people_of(clearance_l_per_h, *volumes_l, *flows_l_per_h)
    clearance = shaped("clearance_l_per_h", clearance_l_per_h, size, above=0.0)
    volumes = [shaped(f"volume {i + 1} (L)", value, size, above=0.0) for i, value in enumerate(volumes_l)]
    flows = [shaped(f"flow {i + 2} (L/h)", value, size, above=0.0) for i, value in enumerate(flows_l_per_h)]
    k10 = clearance / volumes[0]
    if len(volumes) == 1:
        return k10[np.newaxis], (1.0 / volumes[0])[np.newaxis]
    k12, k21 = flows[0] / volumes[0], flows[0] / volumes[1]
    if len(volumes) == 2:
        half = 0.5 * (k10 + k12 + k21)
        # half^2 - k10 k21 written as a sum of squares: no cancellation
        root = np.sqrt(0.25 * (k10 + k12 - k21) ** 2 + k12 * k21)
        fast = half + root
        slow = k10 * k21 / fast
        spread = fast - slow
        inverse = 1.0 / (volumes[0] * spread)
        return np.stack([fast, slow]), np.stack([(fast - k21) * inverse, (k21 - slow) * inverse])
    k13, k31 = flows[1] / volumes[0], flows[1] / volumes[2]
    rates = _cubic_roots(
        k10 + k12 + k13 + k21 + k31, k10 * (k21 + k31) + k21 * (k31 + k13) + k12 * k31, k10 * k21 * k31
    )
    one, two, three = rates
    inverse = 1.0 / volumes[0]
    d12, d13, d23 = one - two, one - three, two - three
    with np.errstate(divide="ignore", invalid="ignore"):
        residues = np.stack(
            [
                (one - k21) * (one - k31) * inverse / (d12 * d13),
                (k21 - two) * (two - k31) * inverse / (d12 * d23),
                (k21 - three) * (k31 - three) * inverse / (d13 * d23),
            ]
        )
    meeting = ~(d23 > 0.0)
    if np.any(meeting):  # two equal peripheral rates: the middle mode is not excited from the centre
        merged = (k21 - three) * inverse / d13
        residues[1] = np.where(meeting, 0.0, residues[1])
        residues[2] = np.where(meeting, merged, residues[2])
    return rates, residues


def _cubic_roots(a2: FloatArray, a1: FloatArray, a0: FloatArray) -> FloatArray:
    """Positive roots of ``x^3 - a2 x^2 + a1 x - a0``, largest first, (3, N). All three must be real."""
    third = a2 / 3.0
    p = np.maximum(third * third - a1 / 3.0, 0.0)
    q = third * (third * third - 0.5 * a1) + 0.5 * a0
    sqrt_p = np.sqrt(p)
    cube = p * sqrt_p
    cosine = np.divide(q, cube, out=np.ones_like(q), where=cube > 0.0)
    angle = np.arccos(np.maximum(np.minimum(cosine, 1.0), -1.0))
    one = third + 2.0 * sqrt_p * np.cos(angle / 3.0)
    product = a0 / one
    sum_of_two = (a1 - product) / one
    two = 0.5 * (sum_of_two + np.sqrt(np.maximum(sum_of_two * sum_of_two - 4.0 * product, 0.0)))
    roots = _newton(np.stack([one, two, product / two]), a2, a1, a0)
    np.minimum(roots[1], roots[0], out=roots[1])
    np.minimum(roots[2], roots[1], out=roots[2])
    return roots


def _newton(x: FloatArray, a2: FloatArray, a1: FloatArray, a0: FloatArray) -> FloatArray:
    """One Newton step, refused where it would move the root by more than rounding can explain."""
    value = ((x - a2) * x + a1) * x - a0
    slope = (3.0 * x - 2.0 * a2) * x + a1
    step = np.divide(value, slope, out=np.zeros_like(x), where=slope != 0.0)
    step[np.abs(step) > 1e-6 * x] = 0.0
    return x - step


@dataclass(frozen=True)
class Metabolite:
    """A metabolite for `mammillary`: one to three compartments of its own.

    `formation_l_per_h` is the clearance of `of` into it (fraction x clearance; times the ratio of molar masses when the
    metabolite's amounts are its own mass). Values are numbers or arrays (N,).
    """

    name: str
    formation_l_per_h: ArrayLike
    clearance_l_per_h: ArrayLike
    volumes_l: Sequence[ArrayLike]
    flows_l_per_h: Sequence[ArrayLike] = ()
    of: str = "ketamine"


@dataclass(frozen=True)
class Depot:
    """A first-order absorption channel; `into` maps channels (``"iv"``, a metabolite's name) to fractions."""

    name: str
    rate_per_h: ArrayLike
    into: Mapping[str, ArrayLike] = field(default_factory=lambda: {INTRAVENOUS: 1.0})


def mammillary(
    *,
    clearance_l_per_h: ArrayLike,
    volumes_l: Sequence[ArrayLike],
    flows_l_per_h: Sequence[ArrayLike] = (),
    analyte: str = "ketamine",
    metabolites: Sequence[Metabolite] = (),
    depots: Sequence[Depot] = (),
    effect_site_rate_per_h: ArrayLike | None = None,
    effect_site: str = "effect site",
) -> ModeBank:
    """Bank of modes of a parent with metabolites, absorption channels and an effect site.

    Parameters
    ----------
    clearance_l_per_h, volumes_l, flows_l_per_h
        The parent, as in `disposition`.
    analyte : str
        The parent's name.
    metabolites : sequence of Metabolite
        Each adds an analyte and a channel of its name (what a first pass forms goes there).
    depots : sequence of Depot
        Each adds a channel.
    effect_site_rate_per_h : float or array (N,), optional
        ke0, 1/h: adds the analyte `effect_site`.

    Returns
    -------
    ModeBank
        With the channel ``"iv"`` and the channels named above; analytes in the order parent, metabolites, effect site.

    Examples
    --------
    >>> bank = mammillary(clearance_l_per_h=80.0, volumes_l=(30.0, 60.0, 140.0), flows_l_per_h=(100.0, 30.0))
    >>> float(bank.auc_per_mg("iv")[0, 0])  # dose / clearance, ng h/mL per mg
    12.5
    """
    sizes = [clearance_l_per_h, *volumes_l, *flows_l_per_h]
    for metabolite in metabolites:
        sizes += [metabolite.formation_l_per_h, metabolite.clearance_l_per_h]
        sizes += [*metabolite.volumes_l, *metabolite.flows_l_per_h]
    for depot in depots:
        sizes += [depot.rate_per_h, *depot.into.values()]
    if effect_site_rate_per_h is not None:
        sizes.append(effect_site_rate_per_h)
    people = people_of(*sizes)
    rates, residues = disposition(clearance_l_per_h, volumes_l, flows_l_per_h, people=people)
    modes = len(volumes_l) + sum(len(each.volumes_l) for each in metabolites) + len(depots)
    follows = effect_site_rate_per_h is not None
    growth = Growth(people, modes + follows, 1 + len(metabolites) + follows)
    growth.add_disposition(analyte, INTRAVENOUS, rates, residues)
    for metabolite in metabolites:
        own_rates, own_residues = disposition(
            metabolite.clearance_l_per_h, metabolite.volumes_l, metabolite.flows_l_per_h, people=people
        )
        growth.add_metabolite(
            metabolite.name, metabolite.of, metabolite.formation_l_per_h, own_rates, own_residues, metabolite.name
        )
    if effect_site_rate_per_h is not None:
        growth.add_effect_site(effect_site, analyte, effect_site_rate_per_h)
    for depot in depots:
        growth.add_depot(depot.name, depot.rate_per_h, depot.into)
    return ModeBank.grown(growth)
