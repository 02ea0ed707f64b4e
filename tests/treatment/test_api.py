"""JSON for the room and the board."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ketachart.formulary.commands import list_product, receive_lot
from ketachart.record import clock
from ketachart.record.models import ClinicPosition, Event

from .conftest import Walk

pytestmark = pytest.mark.django_db


def read(client: Client, name: str, walk: Walk) -> Any:
    answer = client.get(reverse(f"treatment:{name}", args=[walk.session.id]))
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def test_the_bootstrap_has_all_that_a_room_needs(sign_in: Callable[..., Client], walk: Walk) -> None:
    walk.prepare()
    content = read(sign_in("nurse"), "bootstrap", walk)
    assert content["patient"]["name"] == "Ada Example"
    assert content["patient"]["synthetic"] is True
    assert content["me"]["role"] == "nurse"
    assert "treatment.chart" in content["me"]["permissions"]
    assert [event["number"] for event in content["events"]] == list(range(1, 8))
    assert content["head"] == 7
    assert content["position"] == ClinicPosition.objects.get().position
    assert content["events"][0]["kind"] == "treatment.session_opened"
    limits = content["protocol"]["limits"]
    assert (limits["spo2_percent"]["maximum"], limits["spo2_percent"]["usual_minimum"]) == (100, 93)
    assert limits["sedation"]["maximum"] == 5
    assert {one["id"] for one in content["protocol"]["alarms"]} >= {"AL04", "AL08"}
    verdicts = {one["id"]: one["verdict"] for one in content["gates"]["start"]}
    assert verdicts["ST16"] == "met"
    assert {one["id"] for one in content["gates"]["discharge"]} >= {"DI01", "DI13"}
    assert all(one["source"] for one in content["gates"]["start"])


def test_the_prediction_says_what_it_is_and_follows_the_record(sign_in: Callable[..., Client], walk: Walk) -> None:
    walk.prepare()
    client = sign_in("nurse")
    walk.chart(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    planned = read(client, "prediction", walk)["prediction"]
    assert planned["for_head"] == Event.objects.count() - 1  # the registration of the patient is in another stream
    assert planned["model"]
    assert planned["site"] in {"arterial", "venous"}
    assert planned["at"][0] == round(walk.at(20).timestamp() * 1000)
    assert len(planned["at"]) == len(planned["p5"]) == len(planned["p95"]) == len(planned["typical"])
    assert all(low <= high for low, high in zip(planned["p5"], planned["p95"], strict=True))
    walk.chart(30, "infusion_stopped", {"reason": "distress"})
    stopped = read(client, "prediction", walk)["prediction"]
    assert max(stopped["typical"]) < max(planned["typical"])
    assert stopped["for_head"] == planned["for_head"] + 1


def test_without_a_weight_there_is_no_prediction_and_it_says_why(
    sign_in: Callable[..., Client], open_session: Any, actor: Any
) -> None:
    import msgspec

    from .charting import opened

    person = msgspec.structs.replace(opened().patient, weight_kg=None)
    walk = Walk(actor, open_session(patient=person))
    content = read(sign_in("nurse"), "prediction", walk)
    assert content["prediction"] is None
    assert content["why_none"] == "No weight is charted."


def test_the_board_lists_every_room_with_what_is_due(
    sign_in: Callable[..., Client], walk: Walk, monkeypatch: Any
) -> None:
    walk.prepare()
    walk.chart(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    client = sign_in("nurse")
    monkeypatch.setattr(clock, "now", lambda: walk.at(33))
    answer = client.get(reverse("treatment:board_data"))
    (line,) = json.loads(answer.content)["sessions"]
    assert line["session"]["phase"] == "dosing"
    assert line["delivered_mg"] == pytest.approx(13.0)
    vitals = next(item for item in line["due"] if item["item"] == "vitals")
    assert (vitals["status"], vitals["tell"]) == ("overdue", "charge nurse")


def test_an_override_by_json_says_what_is_wrong(sign_in: Callable[..., Client], walk: Walk) -> None:
    client = sign_in("prescriber")
    address = reverse("treatment:override_data", args=[walk.session.id])

    def send(content: Any) -> Any:
        return client.post(address, json.dumps(content), content_type="application/json")

    assert send({"gate": "start"}).status_code == 400
    assert send({"gate": "roof", "findings": ["ST07"], "reason": "x"}).status_code == 400
    refused = send({"gate": "start", "findings": ["ST01"], "reason": "in a hurry"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "findings"
    assert Event.objects.filter(kind="treatment.gate_overridden").count() == 0
    assert send({"gate": "start", "findings": ["ST07"], "reason": "Stays two hours."}).status_code == 201


def test_a_session_that_is_not_there_is_404_as_json(sign_in: Callable[..., Client], walk: Walk) -> None:
    address = reverse("treatment:bootstrap", args=["0191d5a0-0000-7000-8000-000000000001"])
    answer = sign_in("nurse").get(address)
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["problem"]


def test_lots_in_stock_of_the_ordered_product_are_offered_and_no_others(
    sign_in: Callable[..., Client], walk: Walk, actor: Callable[..., Any]
) -> None:
    at = clock.now()
    listed: dict[str, Any] = {
        "form": "vial", "salt_or_base": "base", "strength_mg_per_ml": Decimal(50), "vial_volume_ml": Decimal(10), "at": at,
    }  # fmt: skip
    vial = list_product(actor("pharmacist"), name="Vial", molecule="racemic ketamine", routes=["IV"], **listed)
    other = list_product(actor("pharmacist"), name="For muscles", molecule="racemic ketamine", routes=["IM"], **listed)
    for product, number in ((vial, "LATE"), (other, "OTHER")):
        receive_lot(
            actor("pharmacist"),
            product_id=product.id,
            lot_number=number,
            expires_on=at.date() + timedelta(90),
            on=at.date(),
            at=at,
        )
    assert read(sign_in("nurse"), "bootstrap", walk)["lots"] == [
        {"product": "Vial", "lot_number": "LATE", "expires_on": str(at.date() + timedelta(90))}
    ]
