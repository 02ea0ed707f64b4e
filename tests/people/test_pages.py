"""The list of people: a name that is searched for is never part of an address."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from ketachart.people import commands
from ketachart.people.rules import Details
from ketachart.record import clock
from ketachart.record.actor import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(sign_in: Callable[..., Client], actor: Callable[..., Actor]) -> Client:
    who = actor("front_desk")
    for number in range(55):
        details = Details(f"Given{number:02d}", "Fairweather" if number < 52 else "Other", date(1930 + number, 1, 1))
        commands.register_patient(who, details=details, at=clock.now())
    return sign_in("front_desk")


def names_on(page: str) -> list[str]:
    return re.findall(r"(?:Fairweather|Other), Given\d\d", page)


def test_a_search_pages_through_everybody_once_and_leaves_no_name_in_an_address(desk: Client) -> None:
    first = desk.post("/people/", {"q": "fairw"}).content.decode()
    after = re.search(r'name="after" value="([^"]+)"', first)
    assert after
    second = desk.post("/people/", {"q": "fairw", "after": after[1]}).content.decode()
    found = names_on(first) + names_on(second)
    assert len(found) == len(set(found)) == 52
    assert not [name for name in found if name.startswith("Other")]
    for page in (first, second):
        assert not [href for href in re.findall(r'(?:href|action|hx-post)="([^"]*)"', page) if "airw" in href]


def test_the_list_without_a_search_goes_on_by_the_persons_id_alone(desk: Client) -> None:
    first = desk.get("/people/").content.decode()
    later = re.search(r'href="(\?after=[^"]+)"', first)
    assert later
    assert re.fullmatch(r"\?after=[0-9a-f-]{36}", later[1])
    found = names_on(first) + names_on(desk.get(f"/people/{later[1]}").content.decode())
    assert len(found) == len(set(found)) == 55


def test_a_search_in_the_address_is_not_answered(desk: Client) -> None:
    assert len(names_on(desk.get("/people/?q=nobody").content.decode())) == 50


def test_no_form_of_the_house_sends_what_was_typed_in_the_address(sign_in: Callable[..., Client]) -> None:
    """Today's search goes the same way."""
    page = sign_in("front_desk").get("/", follow=True).content.decode()
    assert re.search(r'<form class="search" method="post"', page)
