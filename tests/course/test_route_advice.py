"""All ways side by side: a stop stays a stop, what nobody knows needs a look, a choice is written with its reason."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from ketachart.course.advice_rules import Preferences, judge_way, standing_of_way
from ketachart.course.models import RouteChoice
from ketachart.course.session_evidence import Peak, SessionEvidence, SymptomSeen
from ketachart.knowledge.findings import Finding, Source
from ketachart.knowledge.loader import catalogue
from ketachart.record.models import Event

ON = date(2026, 11, 22)
AT = datetime(2026, 11, 20, 17, tzinfo=UTC)
WAYS = {f"{one.product}:{one.route}": one for one in catalogue().administration}
GOOD = SessionEvidence(
    molecule="racemic ketamine",
    route="IV",
    peak_systolic=Peak(value=150, at=AT),
    peak_diastolic=Peak(value=90, at=AT),
    discharged_at=AT,
)
KNOWN = {
    "indication": catalogue().indication_by_id("TRD"),
    "screening": (),
    "overrides": (),
    "preferences": Preferences(needle_aversion=False, prefers_home=False, drives_after=False),
    "stocked": True,
    "earlier": GOOD,
    "covered": True,
}


def judge(way, **changes):
    return judge_way(WAYS[way], catalogue=catalogue(), on=ON, **{**KNOWN, **changes})


def verdicts(option):
    return {finding.rule_id: finding.verdict for finding in option.findings}


def screened(verdict, rule_class):
    return Finding(
        rule_id="EL99", rule_version="1", verdict=verdict, meaning="", action="", rule_class=rule_class,
        source=Source(citation="test", authority="design", grade="derived"), blocks=rule_class != "information",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("way", "changes", "rule", "verdict"),
    [
        ("ketamine-injection:IV", {}, "AD02", "met"),
        ("ketamine-rectal:rectal", {}, "AD02", "not met"),
        ("ketamine-injection:IV", {"indication": None}, "AD01", "missing"),
        ("ketamine-injection:IV", {"indication": catalogue().indication_by_id("OTHER")}, "AD01", "not met"),
        ("spravato:nasal", {}, "AD03", "met"),
        ("ketamine-injection:IV", {}, "AD03", "not met"),
        ("spravato:nasal", {"indication": catalogue().indication_by_id("PTSD")}, "AD03", "not met"),
        ("ketamine-nasal-compounded:nasal", {}, "AD04", "not met"),
        ("spravato:nasal", {}, "AD04", "met"),
        ("ketamine-injection:IV", {"stocked": False}, "AD05", "not met"),
        ("ketamine-injection:IM", {"preferences": Preferences(needle_aversion=True)}, "AD06", "not met"),
        ("ketamine-injection:IM", {"preferences": Preferences()}, "AD06", "missing"),
        ("spravato:nasal", {"preferences": Preferences(needle_aversion=True)}, "AD06", "met"),
        ("spravato:nasal", {"preferences": Preferences(prefers_home=True)}, "AD07", "not met"),
        ("ketamine-sublingual:sublingual", {"preferences": Preferences(prefers_home=True)}, "AD07", "met"),
        ("spravato:nasal", {"preferences": Preferences(drives_after=True)}, "AD08", "not met"),
        ("spravato:nasal", {"preferences": Preferences()}, "AD08", "missing"),
        ("ketamine-injection:IV", {}, "AD09", "met"),
        ("ketamine-injection:IM", {}, "AD09", "not met"),
        ("ketamine-injection:IV", {}, "AD10", "met"),
        ("ketamine-injection:IV", {"earlier": None}, "AD10", "missing"),
        ("ketamine-injection:IV", {"earlier": replace(GOOD, peak_systolic=Peak(value=180, at=AT))}, "AD10", "not met"),
        ("ketamine-injection:IV", {"earlier": replace(GOOD, peak_diastolic=None)}, "AD10", "missing"),
        (
            "ketamine-injection:IV",
            {"earlier": replace(GOOD, symptoms=(SymptomSeen(symptom="nausea", severity="severe", at=AT),))},
            "AD10",
            "not met",
        ),
        (
            "ketamine-injection:IV",
            {"earlier": replace(GOOD, symptoms=(SymptomSeen(symptom="nausea", severity=None, at=AT),))},
            "AD10",
            "missing",
        ),
        ("ketamine-injection:IV", {"covered": None}, "AD11", "missing"),
    ],
)
def test_what_is_found_about_a_way(way, changes, rule, verdict):
    assert verdicts(judge(way, **changes))[rule] == verdict


@pytest.mark.parametrize(
    ("screening", "standing"),
    [
        ((), "needs review"),  # nothing that blocks was judged
        ((screened("met", "absolute"),), "allowed"),
        ((screened("missing", "absolute"),), "needs review"),
        ((screened("not met", "absolute"),), "not allowed"),
        ((screened("not met", "relative"),), "needs review"),
        ((screened("not met", "information"), screened("met", "absolute")), "allowed"),
    ],
)
def test_a_stop_stays_a_stop_and_what_is_missing_needs_a_look(screening, standing):
    assert standing_of_way(screening, ()) == standing


@settings(deadline=None)
@given(
    st.sampled_from(sorted(WAYS)),
    st.builds(
        Preferences,
        needle_aversion=st.booleans(),
        prefers_home=st.booleans(),
        drives_after=st.booleans(),
    ),
    st.sampled_from(["needle_aversion", "prefers_home", "drives_after"]),
    st.sampled_from(["earlier", "covered", "indication", "nothing"]),
)
def test_removing_a_datum_never_makes_a_way_better(way, wishes, unasked, removed):
    before = judge(way, preferences=wishes)
    after = judge(
        way, preferences=replace(wishes, **{unasked: None}), **({} if removed == "nothing" else {removed: None})
    )
    was = verdicts(before)
    # a wish matters only where the way does not meet it: not asked, it may be met where it could not be otherwise
    assert not [rule for rule, verdict in verdicts(after).items() if verdict == "met" and was[rule] != "met"]
    order = ["not allowed", "needs review", "allowed"]
    assert order.index(after.standing) <= max(order.index(before.standing), order.index("needs review"))


# --- the page -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def page(course):
    return reverse("course:route_advice", args=[course.id])


def test_every_way_stands_on_the_page_with_its_reasons_and_nothing_is_chosen(sign_in, course, vial, page):
    vial()
    text = sign_in("prescriber").get(page).content.decode()
    for title in (way.title for way in WAYS.values()):
        assert title in text
    assert " checked" not in text
    assert "FDA alert on compounded ketamine nasal spray" in text
    assert "Nobody has asked what this person prefers" in text


def test_a_choice_is_written_with_its_reason_and_leads_to_its_plan(sign_in, course, vial, page):
    client = sign_in("prescriber")
    without = client.post(page, {"way": "spravato:nasal", "person_agrees": "yes"})
    assert without.status_code == 422
    assert not RouteChoice.objects.exists()
    response = client.post(
        page, {"way": "spravato:nasal", "reasons": "fears needles, approved for TRD", "person_agrees": "yes"}
    )
    assert response["Location"].endswith("?way=spravato:nasal")
    content = Event.objects.get(kind="course.route_chosen").content
    assert (content.product, content.route, content.person_agrees) == ("spravato", "nasal", True)
    assert {finding.rule_id for finding in content.findings} >= {"AD01", "AD02", "AD06"}
    assert "Spravato" in client.get(reverse("course:write_plan", args=[course.id])).content.decode()
    assert "fears needles, approved for TRD" in client.get(page).content.decode()


def test_no_way_and_a_way_that_is_not_allowed_are_refused(sign_in, actor, person, page, at):
    from ketachart.course import commands

    client = sign_in("prescriber")
    assert client.post(page, {"reasons": "x", "person_agrees": "yes"}).status_code == 422
    course = commands.open_course(actor("prescriber"), patient_id=person().id, indication="OTHER", at=at)
    other = reverse("course:route_advice", args=[course.id])
    response = client.post(other, {"way": "ketamine-injection:IV", "reasons": "x", "person_agrees": "yes"})
    assert response.status_code == 422
    assert "is not allowed" in response.content.decode()
    assert not RouteChoice.objects.exists()


def test_only_a_prescriber_of_this_clinic_sees_it(sign_in, page):
    assert sign_in("nurse").get(page).status_code == 403
