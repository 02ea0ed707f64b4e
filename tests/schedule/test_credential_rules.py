"""Who may monitor what, as a table: a credential that runs out before the session, or has no end, does not count."""

from datetime import date, datetime, timedelta

import pytest

from ketachart.schedule.credential_rules import judge_staff

DAY = date(2026, 11, 30)
LATER, BEFORE = DAY + timedelta(days=1), DAY - timedelta(days=1)
ALL = {"licence": LATER, "rems": LATER, "acls": LATER, "bls": LATER}


def verdicts(product, held, *, bls_required=None):
    return {one.rule_id: one.verdict for one in judge_staff(product, held, DAY, bls_required=bls_required)}


@pytest.mark.parametrize(
    ("product", "held", "expected"),
    [
        ("spravato", ALL, {"CR1": "met", "CR4": "met"}),
        ("spravato", {**ALL, "rems": DAY}, {"CR1": "met", "CR4": "met"}),
        ("spravato", {**ALL, "rems": BEFORE}, {"CR1": "not met", "CR4": "met"}),
        ("spravato", {**ALL, "rems": None}, {"CR1": "missing", "CR4": "met"}),
        ("spravato", {"licence": LATER}, {"CR1": "missing", "CR4": "met"}),
        ("spravato", None, {"CR1": "missing", "CR4": "missing"}),
        ("ketamine-injection", ALL, {"CR2": "met", "CR4": "met"}),
        ("ketamine-injection", {"licence": BEFORE}, {"CR2": "missing", "CR4": "not met"}),
        ("ketamine-sublingual", ALL, {"CR4": "met"}),
        (None, ALL, {"CR1": "met", "CR2": "met", "CR4": "met"}),
    ],
)
def test_the_credentials_of_the_booked_person(product, held, expected):
    assert verdicts(product, held) == expected


def test_basic_life_support_is_asked_where_the_clinic_has_set_it():
    assert "CR3" not in verdicts("spravato", ALL, bls_required=False)
    assert verdicts("spravato", ALL, bls_required=True)["CR3"] == "met"
    assert verdicts("spravato", {**ALL, "bls": BEFORE}, bls_required=True)["CR3"] == "not met"


def test_the_appointment_page_shows_what_the_booked_person_lacks(sign_in, actor, person, room, user_of, at):
    from django.urls import reverse

    from ketachart.schedule import commands

    starts_at = datetime(2026, 11, 30, 15, tzinfo=at.tzinfo)
    booked = commands.book(
        actor("front_desk"), patient_id=person().id, kind="treatment", starts_at=starts_at, minutes=120,
        room_id=room().id, staff_id=user_of("nurse").id, at=at,
    )  # fmt: skip
    text = sign_in("front_desk").get(reverse("schedule:appointment", args=[booked.id])).content.decode()
    assert "Their licence stands through the session" in text
    assert "licence valid until" in text
