"""No plan without screening: the eligibility gate of intake, asked for the product and route of a plan."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from ketachart.formulary.models import Product
from ketachart.intake import queries as intake
from ketachart.intake.rules import ELIGIBILITY_RULE
from ketachart.knowledge.findings import Finding, finding_from
from ketachart.record.actor import Actor


def eligibility_for_plan(
    actor: Actor, *, patient_id: UUID, product: Product, route: str, indication: str, first_version: bool, at: datetime
) -> Finding:
    """Holds the first plan of a course. A later version shows it and is not held by it: lowering a dose must not wait
    for papers, and every session is re-screened before it starts."""
    known_as = intake.catalogue_product(actor, str(product.id), route)
    if known_as is None:
        finding = finding_from(ELIGIBILITY_RULE, "missing", missing=("product",))
    else:
        finding = intake.eligibility(
            actor, patient_id=patient_id, product=known_as, route=route, indication=indication, at=at
        )
    return finding if first_version else replace(finding, blocks=False)
