"""Product, route, molecule and indication: four things. What each is, where it may be given, what is known of it."""

from datetime import date
from typing import Literal

import msgspec

from ketachart.knowledge.findings import Source

Place = Literal["clinic", "home"]
Standing = Literal["routine", "research only"]


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sourced sentence."""

    text: str
    source: Source


class Alert(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    on: date
    title: str
    text: str
    source: Source


class Strength(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one mL or one unit holds, in mg of what `Product.doses_stated_as` names."""

    text: str
    source: Source
    mg_per_ml: float | None = None
    container_ml: float | None = None
    unit_mg: float | None = None


class Product(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    title: str
    molecule: str
    routes: tuple[str, ...]
    approved_for: tuple[str, ...]
    status: str
    source: Source
    forms: tuple[str, ...] = ()
    salt: str | None = None
    doses_stated_as: str | None = None
    compounded: bool = False
    rems: bool = False
    strength: tuple[Strength, ...] = ()
    strengths_note: str | None = None
    alert: tuple[Alert, ...] = ()


class Route(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    title: str
    adjustable: bool


class Administration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One product by one route: a column of the route advice, a kind of plan."""

    product: str
    route: str
    title: str
    given_at: tuple[Place, ...]
    home: Said
    needle: bool
    adjustable: Said
    onset: Said
    duration: Said
    bioavailability: Said
    evidence_grade: Literal["label", "trials", "few trials", "cohorts", "weak"]
    evidence: Said
    source: Source
    pharmacology_molecule: str | None = None
    pharmacology_route: str | None = None


class IndicationEvidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was read about one product by one route for this indication."""

    product: str
    route: str
    text: str
    source: Source


class Indication(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    title: str
    scale: str | None = None
    standing: Standing = "routine"
    reason: str = ""
    source: Source | None = None
    evidence: tuple[IndicationEvidence, ...] = ()


class Catalogue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    product: tuple[Product, ...]
    route: tuple[Route, ...]
    administration: tuple[Administration, ...]
    indication: tuple[Indication, ...]
    effective_from: date
    source: Source

    def title_of(self, id: str) -> str:
        titles = {one.id: one.title for one in self.product}
        titles |= {one.id: one.title for one in self.route}
        titles |= {one.id: one.title for one in self.indication}
        return titles.get(id, id)

    def product_by_id(self, id: str) -> Product | None:
        return next((one for one in self.product if one.id == id), None)

    def indication_by_id(self, id: str) -> Indication | None:
        return next((one for one in self.indication if one.id == id), None)

    def administration_of(self, product: str, route: str) -> Administration | None:
        return next((one for one in self.administration if (one.product, one.route) == (product, route)), None)
