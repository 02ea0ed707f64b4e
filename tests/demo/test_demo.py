"""The demo clinic: whole, in every stage, and moving."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from ketachart.demo import building
from ketachart.demo.by_route import LIVE_MINUTES
from ketachart.demo.cast import PEOPLE, SIGN_INS
from ketachart.demo.moving import VirtualPatients
from ketachart.demo.past import at_the_time
from ketachart.demo.virtual_patient import REFERENCE_PEAK_NG_PER_ML, invent_baseline, vitals_at
from ketachart.demo.way import spread
from ketachart.people.models import Patient
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.models import Clinic, User
from ketachart.record.verify import verify
from ketachart.treatment.models import IN_THE_ROOM, TreatmentSession


@pytest.fixture
def built(db, tmp_path):
    return building.build_demo(tmp_path, lambda done, total, what: None)


def test_the_demo_clinic_has_everyone_where_the_cast_says_and_a_whole_record(built):
    assert Patient.objects.count() == len(PEOPLE) + len(LIVE_MINUTES) >= 12
    assert not Patient.objects.filter(is_synthetic=False).exists()
    assert Clinic.objects.get().is_synthetic
    in_rooms = TreatmentSession.objects.filter(phase__in=IN_THE_ROOM)
    assert sorted(session.phase for session in in_rooms) == ["dosing"] * 4 + ["recovery"]
    finished = sum(person.sessions for person in PEOPLE) + 1  # and one by Spravato
    assert TreatmentSession.objects.filter(phase="signed").count() == finished
    assert {user.username for user in User.objects.all()} >= set(SIGN_INS)
    assert verify().problems == []


def test_a_demo_that_stumbles_while_it_is_built_leaves_nothing(db, tmp_path, monkeypatch):
    def stumble(self):
        raise RuntimeError("no inbox today")

    monkeypatch.setattr(building.Builder, "_inbox", stumble)
    with pytest.raises(RuntimeError, match="no inbox"):
        building.build_demo(tmp_path, lambda done, total, what: None)
    assert not Clinic.objects.exists()
    assert not (tmp_path / "demo.json").exists()


def test_virtual_patients_go_home_and_the_next_ones_take_their_rooms(built):
    nurse = Actor.of(User.objects.get(username="nurse2"))
    moving = VirtualPatients(nurse, built.live, list(built.waiting))
    first = {live.session_id for live in moving._live}
    at = clock.now()
    for _ in range(150):
        at += timedelta(minutes=1)
        with at_the_time(at):
            moving.look_round(at)
    assert TreatmentSession.objects.filter(id__in=first, phase="signed").count() == 5
    assert TreatmentSession.objects.filter(phase__in=IN_THE_ROOM).count() == 5
    assert verify().problems == []


def test_the_virtual_patients_blood_pressure_rises_with_the_drug_by_the_published_mean():
    chance = random.Random(7)
    rises = []
    for _ in range(3000):
        person = invent_baseline(chance)
        with_drug = vitals_at(person, REFERENCE_PEAK_NG_PER_ML, chance)
        without = vitals_at(person, 0.0, chance)
        rises.append(with_drug.systolic_mmhg - without.systolic_mmhg)
    assert sum(rises) / len(rises) == pytest.approx(12.61, abs=0.5)  # Vankawala 2021, over 2,252 treatments


@pytest.mark.parametrize("total", [0, 1, 8, 15, 24, 27])
def test_answers_add_up_to_the_wanted_score(total):
    answers = spread(total, 9)
    assert sum(answers) == total
    assert max(answers) <= 3
    assert answers[-1] == max(0, total - 24)
