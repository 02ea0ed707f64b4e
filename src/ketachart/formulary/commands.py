"""Every write of the formulary."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ketachart.formulary.kinds import LotReceived, ProductListed, ProductRetired
from ketachart.formulary.models import Lot, Product
from ketachart.formulary.rules import problem_with_product
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, clinic_stream
from ketachart.record.errors import Refused
from ketachart.record.unit_of_work import unit_of_work

LABELLED_STRENGTHS_MG_PER_ML = (Decimal(10), Decimal(50), Decimal(100))
"""Vials in the Ketalar prescribing information; any other strength asks for confirmation."""


def list_product(
    actor: Actor,
    *,
    name: str,
    molecule: str,
    form: str,
    salt_or_base: str,
    routes: Sequence[str],
    strength_mg_per_ml: Decimal | None = None,
    vial_volume_ml: Decimal | None = None,
    unit_dose_mg: Decimal | None = None,
    unusual_strength_confirmed: bool = False,
    at: datetime,
) -> Product:
    actor.require("formulary.write")
    problem = problem_with_product(
        molecule=molecule,
        form=form,
        salt_or_base=salt_or_base,
        strength_mg_per_ml=strength_mg_per_ml,
        unit_dose_mg=unit_dose_mg,
        routes=routes,
        labelled_strengths_mg_per_ml=LABELLED_STRENGTHS_MG_PER_ML,
        unusual_strength_confirmed=unusual_strength_confirmed,
    )
    if problem is not None:
        raise Refused(problem.problem, field=problem.field, fix=problem.fix)
    if not name.strip():
        raise Refused("The product has no name.", field="name", fix="Write the name on the label.")
    with unit_of_work():
        if Product.objects.visible_to(actor).filter(name=name.strip()).exists():
            raise Refused(
                f"“{name.strip()}” is in the formulary already.",
                field="name",
                fix="Another strength needs another name.",
            )
        product = Product.objects.create(
            clinic_id=actor.clinic_id,
            name=name.strip(),
            molecule=molecule,
            form=form,
            salt_or_base=salt_or_base,
            strength_mg_per_ml=strength_mg_per_ml if form == "vial" else None,
            vial_volume_ml=vial_volume_ml if form == "vial" else None,
            unit_dose_mg=unit_dose_mg if form != "vial" else None,
            routes=list(routes),
        )
        append_event(
            actor=actor,
            stream=clinic_stream(actor),
            effective_at=at,
            content=ProductListed(
                product_id=str(product.id),
                name=product.name,
                molecule=molecule,
                form=form,
                salt_or_base=salt_or_base,
                strength_mg_per_ml=_float(product.strength_mg_per_ml),
                vial_volume_ml=_float(product.vial_volume_ml),
                unit_dose_mg=_float(product.unit_dose_mg),
                routes=tuple(routes),
                unusual_strength_confirmed=unusual_strength_confirmed,
            ),
        )
    return product


def retire_product(actor: Actor, *, product_id: UUID, reason: str, at: datetime) -> Product:
    actor.require("formulary.write")
    if not reason.strip():
        raise Refused("A reason is missing.", field="reason", fix="Say why the product is no longer stocked.")
    with unit_of_work():
        product = _product(actor, product_id)
        if product.retired_at is not None:
            raise Refused("The product is retired already.")
        product.retired_at = at
        product.save(update_fields=["retired_at"])
        append_event(
            actor=actor,
            stream=clinic_stream(actor),
            effective_at=at,
            content=ProductRetired(product_id=str(product.id), reason=reason.strip()),
        )
    return product


def receive_lot(actor: Actor, *, product_id: UUID, lot_number: str, expires_on: date, on: date, at: datetime) -> Lot:
    actor.require("formulary.write")
    if not lot_number.strip():
        raise Refused("The lot number is missing.", field="lot_number", fix="Copy it from the label.")
    if expires_on < on:
        raise Refused("This lot has expired.", field="expires_on", fix="Do not stock it; check the date on the label.")
    with unit_of_work():
        product = _product(actor, product_id)
        if product.lots.filter(lot_number=lot_number.strip()).exists():
            raise Refused("This lot is listed already.", field="lot_number", fix="Check the number on the label.")
        lot = Lot.objects.create(
            clinic_id=actor.clinic_id,
            product=product,
            lot_number=lot_number.strip(),
            expires_on=expires_on,
            received_at=at,
        )
        append_event(
            actor=actor,
            stream=clinic_stream(actor),
            effective_at=at,
            content=LotReceived(product_id=str(product.id), lot_number=lot.lot_number, expires_on=expires_on),
        )
    return lot


def _product(actor: Actor, product_id: UUID) -> Product:
    product: Product | None = Product.objects.visible_to(actor).filter(id=product_id).first()
    if product is None:
        raise Refused("There is no such product in this clinic.", field="product", status=404)
    return product


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
