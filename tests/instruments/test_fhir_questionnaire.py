"""Every scale as FHIR, checked against a library that others wrote and against resources that others published."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fhir.resources.R4B.questionnaire import Questionnaire
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

from ketachart.instruments.answers import WrongAnswer
from ketachart.instruments.fhir_questionnaire import answers_of, questionnaire, questionnaire_response
from ketachart.instruments.loader import instruments
from ketachart.instruments.scoring import score

SCALES = instruments()
DATA = Path(__file__).parent / "data"
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

LHC_PHQ9_LINKS = [  # LHNCBC/lforms 24c7187, test/data/R4/phq9.json
    *("/44250-9", "/44255-8", "/44259-0", "/44254-1", "/44251-7", "/44258-2", "/44252-5", "/44253-3", "/44260-8"),
    "/69722-7",
]


def published(name):
    return json.loads((DATA / f"us_core_{name}-phq-9-example.json").read_text(encoding="utf-8"))


def codings(resource):
    return {
        item["linkId"]: [(one["valueCoding"]["system"], one["valueCoding"]["code"]) for one in item["answerOption"]]
        for item in resource["item"]
        if "answerOption" in item
    }


@pytest.mark.parametrize("scale", SCALES.values(), ids=lambda one: one.id)
def test_every_scale_is_a_valid_r4_questionnaire(scale):
    resource = questionnaire(scale)
    valid = Questionnaire.model_validate(resource)
    assert len({item.linkId for item in valid.item}) == len(valid.item)
    assert valid.copyright == scale.notice
    assert not any(item.initial for item in valid.item)
    assert json.loads(json.dumps(resource)) == resource


@pytest.mark.parametrize("scale", SCALES.values(), ids=lambda one: one.id)
def test_every_scale_answers_survive_a_valid_r4_response(scale):
    answers = {item.id: scale.options_of(item)[-1].value for item in scale.item}
    resource = questionnaire_response(scale, answers, subject="Patient/synthetic", authored=AT)
    QuestionnaireResponse.model_validate(resource)
    assert answers_of(scale, resource) == answers


def test_phq9_has_the_link_ids_codes_and_answers_of_us_core_and_lhc():
    ours, theirs = questionnaire(SCALES["phq-9"]), published("Questionnaire")
    assert {item["linkId"] for item in ours["item"]} - {"introduction"} == {item["linkId"] for item in theirs["item"]}
    assert [item["linkId"] for item in ours["item"] if item["type"] == "choice"] == LHC_PHQ9_LINKS
    assert codings(ours) == codings(theirs)
    assert ours["code"][0]["code"] == theirs["code"][0]["code"] == "44249-1"
    for item in ours["item"]:
        if "code" in item:
            assert item["linkId"] == f"/{item['code'][0]['code']}"


def test_the_published_us_core_response_scores_as_it_says():
    theirs = published("QuestionnaireResponse")
    answers = answers_of(SCALES["phq-9"], theirs)
    said = next(item["answer"][0]["valueDecimal"] for item in theirs["item"] if item["linkId"] == "/44261-6")
    assert score(SCALES["phq-9"], answers).total == said == 12


def test_a_total_in_a_response_is_not_believed():
    theirs = published("QuestionnaireResponse")
    for item in theirs["item"]:
        if item["linkId"] == "/44261-6":
            item["answer"] = [{"valueDecimal": 27}]
    assert score(SCALES["phq-9"], answers_of(SCALES["phq-9"], theirs)).total == 12


@pytest.mark.parametrize(
    "yes", [{"valueCoding": {"system": "http://loinc.org", "code": "LA33-6"}}, {"valueBoolean": True}]
)
def test_a_plan_with_intent_is_high_however_the_yes_was_written(yes):
    screener = SCALES["c-ssrs-screener"]
    resource = {"resourceType": "QuestionnaireResponse", "item": [{"linkId": "/93250-9", "answer": [yes]}]}
    assert score(screener, answers_of(screener, resource)).level == "high"


@pytest.mark.parametrize(
    "answer",
    [{"valueCoding": {"code": "LA9999-9"}}, {"valueString": "yes"}, {"valueInteger": 7}, {"valueBoolean": True}],
)
def test_an_answer_that_the_scale_does_not_have_is_refused(answer):
    resource = {"item": [{"linkId": "/44250-9", "answer": [answer]}]}
    with pytest.raises(WrongAnswer):
        answers_of(SCALES["phq-9"], resource)


def test_a_question_of_another_scale_is_refused():
    with pytest.raises(WrongAnswer):
        answers_of(SCALES["phq-9"], {"item": [{"linkId": "/69725-0", "answer": [{"valueInteger": 1}]}]})


def test_the_branch_of_the_screener_is_in_the_questionnaire():
    items = {item["linkId"]: item for item in questionnaire(SCALES["c-ssrs-screener"])["item"]}
    for link in ("/93248-3", "/93249-1", "/93250-9"):
        (condition,) = items[link]["enableWhen"]
        assert condition["question"] == "/93247-5"
        assert condition["answerCoding"]["code"] == "LA33-6"
    assert items["/93269-9"]["enableWhen"][0]["question"] == "/93267-3"
    assert "enableWhen" not in items["/93267-3"]


def test_points_that_differ_from_the_answer_are_said_as_ordinal_values():
    items = {item["linkId"]: item for item in questionnaire(SCALES["dast-10"])["item"]}

    def points(link):
        return [one["valueCoding"]["extension"][0]["valueDecimal"] for one in items[link]["answerOption"]]

    assert (points("2"), points("3")) == ([0, 1], [1, 0])


def test_a_scale_without_wording_gives_no_text():
    assert not any("text" in item for item in questionnaire(SCALES["madrs"])["item"])
