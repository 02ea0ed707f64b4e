"""Each scale as a FHIR R4 Questionnaire, its answers as a QuestionnaireResponse, and answers read back from one.

Plain dictionaries, ready for JSON. Link ids follow US Core and LHC-Forms ("/44250-9") where an item has a LOINC code;
otherwise they are the item's own id. https://hl7.org/fhir/R4/questionnaire.html
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ketachart.instruments.answers import Answers, WrongAnswer, check_answers, items_to_ask
from ketachart.instruments.model import Instrument, Item, Option
from ketachart.instruments.scoring import score

Resource = dict[str, Any]

LOINC = "http://loinc.org"
ORDINAL_VALUE = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
MINIMUM = "http://hl7.org/fhir/StructureDefinition/minValue"
MAXIMUM = "http://hl7.org/fhir/StructureDefinition/maxValue"
MOST_CHOICES = 12
"""A longer range of numbers is an integer with bounds and not a list of choices."""


def canonical(instrument: Instrument) -> str:
    return f"urn:ketachart:questionnaire:{instrument.id}"


def questionnaire(instrument: Instrument) -> Resource:
    """The scale as a Questionnaire.

    Parameters
    ----------
    instrument
        Any scale. One whose wording may not be shipped gives numbered items without text.

    Returns
    -------
    dict
        A FHIR R4 Questionnaire: codes only where they were verified, points as `ordinalValue`, no answer chosen, no
        item required (a person may leave any question out), the licence notice as `copyright`.
    """
    items = list(_introduction(instrument))
    items += [_item(instrument, item) for item in instrument.item]
    if instrument.loinc_total is not None and instrument.has_total:
        items.append(
            {
                "linkId": f"/{instrument.loinc_total}",
                "code": [{"system": LOINC, "code": instrument.loinc_total}],
                "text": f"{instrument.title} total score",
                "type": "decimal",
                "readOnly": True,
            }
        )
    resource: Resource = {
        "resourceType": "Questionnaire",
        "id": instrument.id,
        "url": canonical(instrument),
        "version": instrument.version,
        "name": "".join(part.capitalize() for part in instrument.id.split("-")),
        "title": instrument.full_title,
        "status": "active",
        "subjectType": ["Patient"],
        "language": instrument.language,
        "purpose": f"{instrument.construct}. Window: {instrument.recall_window}.",
        "copyright": instrument.notice,
        "item": items,
    }
    if instrument.loinc_panel is not None:
        resource["code"] = [{"system": LOINC, "code": instrument.loinc_panel}]
    return resource


def questionnaire_response(
    instrument: Instrument, answers: Answers, *, subject: str, authored: datetime, response_id: str | None = None
) -> Resource:
    """The answers of one form as a QuestionnaireResponse.

    Parameters
    ----------
    instrument
        The scale.
    answers
        By item id; unanswered items are left out.
    subject
        A FHIR reference, such as "Patient/...".
    authored
        When it was answered, with a time zone.
    response_id
        The resource's id, if it has one.

    Returns
    -------
    dict
        "completed" when the scale could be scored, "in-progress" otherwise; the total only when there is one.

    Raises
    ------
    WrongAnswer
        If an answer is not one that the scale offers.
    """
    result = score(instrument, answers)
    items = []
    for item in instrument.item:
        value = answers.get(item.id)
        if value is not None:
            answer = _value(instrument, item, value)
            items.append({"linkId": link_id(item), "text": item.text or f"Item {item.id}", "answer": [answer]})
    if result.total is not None and instrument.loinc_total is not None:
        total = {"linkId": f"/{instrument.loinc_total}", "answer": [{"valueDecimal": result.total}]}
        items.append(total)
    resource: Resource = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{canonical(instrument)}|{instrument.version}",
        "status": "completed" if result.status == "complete" else "in-progress",
        "subject": {"reference": subject},
        "authored": authored.isoformat(),
        "item": items,
    }
    if response_id is not None:
        resource["id"] = response_id
    return resource


def answers_of(instrument: Instrument, resource: Mapping[str, Any]) -> dict[str, int | None]:
    """Answers by item id, read from a QuestionnaireResponse of this scale.

    Coded, whole-number and (for yes and no) boolean answers are read. Groups are walked. A total that is in it is not
    read: the score is always computed. Items asked but without an answer are there with None.

    Raises
    ------
    WrongAnswer
        For an answer or a question that this scale does not have.
    """
    by_link = {link_id(item): item for item in instrument.item}
    given: dict[str, int | None] = {}
    for line in _lines(resource.get("item", [])):
        if "answer" not in line:
            continue
        item = by_link.get(line["linkId"])
        if item is None:
            if line["linkId"] == f"/{instrument.loinc_total}":
                continue
            raise WrongAnswer(line["linkId"], f"{instrument.title} has no such item", "Use its link ids.")
        given[item.id] = _read(instrument, item, line["answer"][0])
    check_answers(instrument, given)
    return {item.id: given.get(item.id) for item in items_to_ask(instrument, given)} | given


def link_id(item: Item) -> str:
    return item.id if item.loinc is None else f"/{item.loinc}"


def _introduction(instrument: Instrument) -> Iterator[Resource]:
    if instrument.stem:
        yield {"linkId": "introduction", "text": instrument.stem, "type": "display"}


def _item(instrument: Instrument, item: Item) -> Resource:
    options = instrument.option_set_of(item)
    resource: Resource = {"linkId": link_id(item), "prefix": item.id, "required": False}
    if item.text:
        resource["text"] = item.text
    if item.loinc is not None:
        resource["code"] = [{"system": LOINC, "code": item.loinc}]
    elif instrument.item_code_system is not None:
        resource["code"] = [{"system": f"urn:ketachart:{instrument.item_code_system}", "code": item.id}]
    if options.range is not None and len(options.choices) > MOST_CHOICES:
        resource["type"] = "integer"
        resource["extension"] = [
            {"url": MINIMUM, "valueInteger": options.range.low},
            {"url": MAXIMUM, "valueInteger": options.range.high},
        ]
    else:
        resource["type"] = "choice"
        resource["answerOption"] = [{"valueCoding": _coding(instrument, item, one)} for one in options.choices]
    conditions = list(_conditions(instrument, item))
    if conditions:
        resource["enableWhen"] = conditions
        resource["enableBehavior"] = "any"
    if item.help:
        resource["item"] = [{"linkId": f"{link_id(item)}-help", "text": item.help, "type": "display"}]
    return resource


def _conditions(instrument: Instrument, item: Item) -> Iterator[Resource]:
    """Any of these answers makes the item be asked. Of several conditions the last is said: it implies the others."""
    if item.asked_when_score_above is not None:
        sources = list(instrument.scored_items)
        low: int | None = item.asked_when_score_above + 1
        high: int | None = None
    elif item.asked_when:
        last = item.asked_when[-1]
        sources = [one for one in instrument.item if one.id in last.items]
        low, high = last.at_least, last.at_most
    else:
        return
    for source in sources:
        for option in instrument.options_of(source):
            if (low is None or option.counted >= low) and (high is None or option.counted <= high):
                coding = _coding(instrument, source, option)
                answer = {"system": coding["system"], "code": coding["code"]}
                yield {"question": link_id(source), "operator": "=", "answerCoding": answer}


def _coding(instrument: Instrument, item: Item, option: Option) -> Resource:
    coding: Resource = {
        "system": LOINC if option.loinc else f"urn:ketachart:answer:{instrument.id}:{item.options}",
        "code": option.loinc or str(option.value),
        "display": option.text,
    }
    if not option.missing:
        coding["extension"] = [{"url": ORDINAL_VALUE, "valueDecimal": option.counted}]
    return coding


def _value(instrument: Instrument, item: Item, value: int) -> Resource:
    options = instrument.option_set_of(item)
    if options.range is not None and len(options.choices) > MOST_CHOICES:
        return {"valueInteger": value}
    chosen = next(one for one in options.choices if one.value == value)
    return {"valueCoding": _coding(instrument, item, chosen)}


def _read(instrument: Instrument, item: Item, answer: Mapping[str, Any]) -> int:
    options = instrument.options_of(item)
    if "valueCoding" in answer:
        code = answer["valueCoding"].get("code")
        found = next((one.value for one in options if code in {one.loinc, str(one.value)} - {None}), None)
    elif "valueBoolean" in answer and {one.value for one in options} == {0, 1}:
        found = 1 if answer["valueBoolean"] is True else 0
    else:
        found = answer.get("valueInteger")
    if found is None or isinstance(found, bool) or not isinstance(found, int):
        raise WrongAnswer(item.id, f"{dict(answer)!r} is not one of its answers", "Send one of its codes.")
    return found


def _lines(items: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for item in items:
        yield item
        yield from _lines(item.get("item", []))
        for answer in item.get("answer", []):
            yield from _lines(answer.get("item", []))
