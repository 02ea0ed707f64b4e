from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from ketachart.config import urls as product
from ketachart.record.errors import Refused
from ketachart.record.models import User
from ketachart.web.gates import allow, public, undecorated_views

SignIn = Callable[..., Client]


def forgotten(request: HttpRequest) -> HttpResponse:
    return HttpResponse("a page that somebody forgot to gate")


@allow("people.write")
def for_writers(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.actor.name)  # type: ignore[attr-defined]


@public
def refusing(request: HttpRequest) -> HttpResponse:
    raise Refused("The weight is 7000 kg.", field="weight_kg", fix="Between 20 and 400 kg.")


urlpatterns = [
    path("forgotten/", forgotten),
    path("writers/", for_writers),
    path("refusing/", refusing),
    *product.urlpatterns,
]
handler403 = "ketachart.web.errors.permission_denied"
handler404 = "ketachart.web.errors.page_not_found"

here = override_settings(ROOT_URLCONF=__name__)


def test_the_product_has_no_view_without_a_gate() -> None:
    assert undecorated_views() == []


@here
def test_the_check_names_a_forgotten_view() -> None:
    assert undecorated_views() == ["forgotten/"]


@here
@pytest.mark.parametrize("role", ["nurse", "clinic_lead", None])
def test_a_view_without_a_gate_is_closed_to_everybody(client: Client, sign_in: SignIn, role: str | None) -> None:
    visitor = sign_in(role) if role else client
    assert visitor.get("/forgotten/").status_code == 403


@here
@pytest.mark.parametrize(
    ("role", "status"), [("front_desk", 200), ("nurse", 200), ("biller", 403), ("pharmacist", 403)]
)
def test_a_view_opens_to_the_roles_that_hold_its_permission(sign_in: SignIn, role: str, status: int) -> None:
    answer = sign_in(role).get("/writers/")
    assert answer.status_code == status


@here
def test_a_visitor_is_sent_to_sign_in_and_back(client: Client, db: None) -> None:
    answer = client.get("/writers/?q=1")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=%2Fwriters%2F%3Fq%3D1"


@here
def test_a_program_that_is_not_signed_in_gets_401_as_json(client: Client, db: None) -> None:
    answer = client.get("/writers/", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["fix"]


@here
def test_an_account_without_clinic_is_signed_out_and_opens_nothing(client: Client, db: None) -> None:
    user = User.objects.create(username="nobody", role="nurse")
    client.force_login(user)
    assert client.get("/writers/").status_code == 302


@here
def test_a_refusal_becomes_a_page_with_its_status_the_problem_and_the_way_on(client: Client, db: None) -> None:
    answer = client.get("/refusing/")
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "The weight is 7000 kg." in text
    assert "Between 20 and 400 kg." in text


@here
def test_a_refusal_to_a_program_names_the_field(client: Client, db: None) -> None:
    answer = client.get("/refusing/", headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert answer.json() == {
        "errors": [{"field": "weight_kg", "problem": "The weight is 7000 kg.", "fix": "Between 20 and 400 kg."}]
    }


def test_an_unknown_address_says_what_to_do(client: Client, db: None) -> None:
    answer = client.get("/no-such-page/")
    assert answer.status_code == 404
    assert "Check the address" in answer.content.decode()


def test_a_method_that_an_address_does_not_take_says_so(sign_in: SignIn) -> None:
    answer = sign_in("clinic_lead").post("/staff/")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD"
    assert "send it from there" in answer.content.decode()
