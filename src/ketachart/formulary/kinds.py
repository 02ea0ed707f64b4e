"""Events of the formulary, in the clinic's own stream."""

from datetime import date

from ketachart.record.kinds import Content, kind


@kind("formulary.product_listed")
class ProductListed(Content, frozen=True, kw_only=True):
    product_id: str
    name: str
    molecule: str
    form: str
    salt_or_base: str
    strength_mg_per_ml: float | None = None
    vial_volume_ml: float | None = None
    unit_dose_mg: float | None = None
    routes: tuple[str, ...] = ()
    unusual_strength_confirmed: bool = False


@kind("formulary.product_retired")
class ProductRetired(Content, frozen=True, kw_only=True):
    product_id: str
    reason: str


@kind("formulary.lot_received")
class LotReceived(Content, frozen=True, kw_only=True):
    product_id: str
    lot_number: str
    expires_on: date
