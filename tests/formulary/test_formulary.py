"""Products never change, strengths are said, another clinic sees nothing."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from ketachart.formulary import commands, queries
from ketachart.formulary.models import Product
from ketachart.record.actor import Actor
from ketachart.record.errors import NotAllowed, Refused
from ketachart.record.models import Event

AT = datetime(2026, 11, 22, 17, tzinfo=UTC)
VIAL = {
    "name": "Ketamine 50 mg/mL, 10 mL",
    "molecule": "racemic ketamine",
    "form": "vial",
    "salt_or_base": "base",
    "routes": ["IV", "IM"],
    "strength_mg_per_ml": Decimal(50),
    "vial_volume_ml": Decimal(10),
}


def listed(actor, **changes) -> Product:
    return commands.list_product(actor("pharmacist"), **{**VIAL, **changes}, at=AT)


def test_a_listed_vial_says_strength_and_base(actor):
    assert listed(actor).content_text == "50 mg/mL base, 10 mL"
    assert Event.objects.get(kind="formulary.product_listed").content.salt_or_base == "base"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"molecule": "ketoprofen"}, "molecule"),
        ({"form": "barrel"}, "form"),
        ({"salt_or_base": ""}, "salt_or_base"),
        ({"routes": []}, "routes"),
        ({"routes": ["nasal"]}, "routes"),
        ({"strength_mg_per_ml": None}, "strength_mg_per_ml"),
        ({"strength_mg_per_ml": Decimal(500)}, "strength_mg_per_ml"),
        ({"strength_mg_per_ml": Decimal(-50)}, "strength_mg_per_ml"),
        ({"form": "device", "molecule": "esketamine", "routes": ["nasal"], "unit_dose_mg": None}, "unit_dose_mg"),
        ({"form": "device", "routes": ["nasal"], "unit_dose_mg": Decimal(28)}, "molecule"),
        ({"form": "spray", "molecule": "esketamine", "routes": ["nasal"], "unit_dose_mg": Decimal(10)}, "molecule"),
        ({"form": "suppository", "routes": ["oral"], "unit_dose_mg": Decimal(50)}, "routes"),
        ({"name": " "}, "name"),
    ],
)
def test_what_a_label_cannot_say_is_refused_and_nothing_is_listed(actor, changes, field):
    with pytest.raises(Refused) as refused:
        listed(actor, **changes)
    assert refused.value.field == field
    assert not Product.objects.exists()
    assert not Event.objects.filter(kind="formulary.product_listed").exists()


def test_an_unusual_strength_is_listed_once_somebody_has_confirmed_it(actor):
    product = listed(actor, strength_mg_per_ml=Decimal(25), unusual_strength_confirmed=True)
    assert product.strength_mg_per_ml == 25
    assert Event.objects.get(kind="formulary.product_listed").content.unusual_strength_confirmed is True


def test_two_products_do_not_share_a_name(actor):
    listed(actor)
    with pytest.raises(Refused):
        listed(actor, strength_mg_per_ml=Decimal(10))
    assert Product.objects.count() == 1


def test_only_what_is_stocked_for_the_route_is_offered(actor):
    vial = listed(actor)
    listed(
        actor, name="Esketamine 28 mg", molecule="esketamine", form="device", routes=["nasal"], unit_dose_mg=Decimal(28)
    )
    assert queries.stocked_for(actor("prescriber"), "IV") == [vial]
    commands.retire_product(actor("pharmacist"), product_id=vial.id, reason="recalled", at=AT)
    assert queries.stocked_for(actor("prescriber"), "IV") == []


def test_an_expired_lot_is_not_received(actor):
    vial = listed(actor)
    with pytest.raises(Refused):
        commands.receive_lot(
            actor("pharmacist"), product_id=vial.id, lot_number="A1", expires_on=date(2026, 11, 21), on=AT.date(), at=AT
        )
    commands.receive_lot(
        actor("pharmacist"), product_id=vial.id, lot_number="A1", expires_on=date(2026, 11, 22), on=AT.date(), at=AT
    )
    with pytest.raises(Refused):
        commands.receive_lot(
            actor("pharmacist"), product_id=vial.id, lot_number="A1", expires_on=date(2027, 1, 1), on=AT.date(), at=AT
        )
    assert vial.lots.count() == 1


def test_a_nurse_lists_nothing_and_another_clinic_sees_nothing(actor, user_of, other_clinic):
    with pytest.raises(NotAllowed):
        commands.list_product(actor("nurse"), **VIAL, at=AT)
    listed(actor)
    assert queries.products(Actor.of(user_of("pharmacist", at=other_clinic))) == []


def test_the_page_keeps_what_was_typed_when_it_is_refused(sign_in):
    response = sign_in("pharmacist").post(
        reverse("formulary:new_product"),
        {
            "name": "Odd vial",
            "molecule": "racemic ketamine",
            "form": "vial",
            "salt_or_base": "base",
            "strength_mg_per_ml": "500",
            "routes": ["IV"],
        },
    )
    text = response.content.decode()
    assert response.status_code == 422
    assert "is not a labelled strength" in text
    assert "Odd vial" in text


def test_pages_open_for_those_who_may(sign_in, actor):
    product = listed(actor)
    client = sign_in("pharmacist")
    assert "50 mg/mL base" in client.get(reverse("formulary:products")).content.decode()
    assert client.get(reverse("formulary:product", args=[product.id])).status_code == 200
    assert sign_in("biller").get(reverse("formulary:products")).status_code == 403
