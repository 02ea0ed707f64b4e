"""The rule files of this part: every number has a source, nothing unverified is a default, every finding has its field."""

from datetime import date

import pytest

from ketachart.aftercare.questions import check_in_knowledge
from ketachart.course.commands import FIELD_OF_RULE
from ketachart.course.dose_limits import dose_knowledge
from ketachart.course.next_session_rules import AGAINST_WHEN_MET, AGAINST_WHEN_NOT_MET, FOR_WHEN_MET, FOR_WHEN_NOT_MET
from ketachart.course.outcome_rules import next_session_rules

RULES = [*dose_knowledge().rules, *next_session_rules(), *check_in_knowledge().rule]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_says_where_it_comes_from_and_what_to_do(rule):
    assert rule.source.citation
    assert rule.meaning
    assert rule.action
    assert rule.in_force(date(2026, 11, 22))


def test_no_number_rests_on_an_unverified_source():
    for rule in RULES:
        if rule.source.grade == "unverified":
            assert not getattr(rule, "limits", {})
    assert all(protocol.source.grade != "unverified" for protocol in dose_knowledge().protocols)


def test_rule_ids_are_used_once():
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))


def test_every_dose_finding_leads_to_a_field_of_the_form():
    assert {rule.id for rule in dose_knowledge().rules} - {"DO01"} == set(FIELD_OF_RULE)


def test_every_weight_in_the_decision_belongs_to_a_rule_that_exists():
    known = {rule.id for rule in next_session_rules()}
    for table in (FOR_WHEN_MET, FOR_WHEN_NOT_MET, AGAINST_WHEN_MET, AGAINST_WHEN_NOT_MET):
        assert set(table) <= known


def test_site_limits_start_empty():
    site = dose_knowledge().site
    assert (site.maximum_dose_mg, site.maximum_rate_mg_per_min) == (None, None)
