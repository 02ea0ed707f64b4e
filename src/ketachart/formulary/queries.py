"""Every read of the formulary."""

from ketachart.formulary.models import Lot, Product
from ketachart.record.actor import Actor


def products(actor: Actor) -> list[Product]:
    """Everything ever listed, with its lots; what is stocked first."""
    rows = Product.objects.visible_to(actor).prefetch_related("lots")
    return sorted(rows, key=lambda product: (product.retired_at is not None, product.name))


def stocked_for(actor: Actor, route: str) -> list[Product]:
    """Products in stock that may be given by this route."""
    rows = Product.objects.visible_to(actor).filter(retired_at__isnull=True).order_by("name")
    return [product for product in rows if route in product.routes]


def lots_for(actor: Actor, *, route: str, molecule: str) -> list[Lot]:
    """Lots of what is in stock of this molecule for this route, the one that expires first at the top."""
    rows = Lot.objects.visible_to(actor).filter(product__retired_at__isnull=True, product__molecule=molecule)
    return [lot for lot in rows.select_related("product").order_by("expires_on") if route in lot.product.routes]
