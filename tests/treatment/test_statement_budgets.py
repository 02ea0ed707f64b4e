"""What a page costs in SQL does not grow with the clinic: the board and a person's page, with one patient and with thirty."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from ketachart.people.commands import register_patient
from ketachart.people.models import Patient
from ketachart.people.rules import Details
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.treatment.models import TreatmentSession

BUDGET = 10


@pytest.fixture
def fill_clinic(
    actor: Callable[..., Actor], open_session: Callable[..., TreatmentSession]
) -> Callable[[int], list[Patient]]:
    """So many people, each with a session in a room of their own."""

    people: list[Patient] = []

    def make(count: int) -> list[Patient]:
        for number in range(len(people), count):
            details = Details(f"Given{number:02d}", f"Family{number:02d}", date(1950 + number, 1, 1))
            people.append(register_patient(actor("front_desk"), details=details, at=clock.now(), is_synthetic=True))
            open_session(patient_id=people[-1].id, room=f"Room {number + 1}")
        return people

    return make


@pytest.mark.parametrize("role", ["nurse", "prescriber", "clinic_lead"])
@pytest.mark.parametrize("page", ["/rooms/", "/people/{patient}/", "/people/{patient}/sessions/"])
def test_a_page_costs_the_same_few_statements_with_one_patient_and_with_thirty(
    sign_in: Callable[..., Client],
    fill_clinic: Callable[[int], list[Patient]],
    count_statements: Any,
    page: str,
    role: str,
) -> None:
    client = sign_in(role)
    costs = []
    for count in (1, 30):
        people = fill_clinic(count)
        assert len(people) == count
        with count_statements() as statements:
            answer = client.get(page.format(patient=people[0].id))
        assert answer.status_code == 200
        costs.append(len(statements))
    assert costs[0] == costs[1], costs
    assert costs[1] < BUDGET, statements.all
