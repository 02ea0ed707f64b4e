from datetime import UTC, datetime

import msgspec
import pytest

from ketachart.instruments.loader import instruments
from ketachart.instruments.scoring import fired, score
from ketachart.instruments.translations import in_language, languages_of, problems, translations
from ketachart.scales import commands, queries
from ketachart.scales.models import Response

AT = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
PHQ9 = instruments()["phq-9"]


def test_every_translation_has_a_source_and_all_the_words_of_its_scale():
    assert ("phq-9", "de") in translations()
    for one in translations().values():
        assert problems(one) == []
        assert one.sources


def test_another_language_changes_words_and_nothing_that_counts():
    german = in_language(PHQ9, "de")
    assert german.item[8].text.startswith("Gedanken, dass Sie lieber tot wären")
    answers = {str(n): n % 4 for n in range(1, 11)}
    assert score(german, answers) == score(PHQ9, answers)
    assert fired(german, answers) == fired(PHQ9, answers)
    assert [[option.value for option in german.options_of(item)] for item in german.item] == [
        [option.value for option in PHQ9.options_of(item)] for item in PHQ9.item
    ]


@pytest.mark.parametrize("language", [None, "en", "fr", ""])
def test_where_nobody_has_published_it_the_scale_stays_in_its_own_language(language):
    assert in_language(PHQ9, language) == PHQ9
    assert languages_of("phq-9") == ("en", "de")
    assert languages_of("gad-7") == ("en",)


@pytest.mark.parametrize(
    "fault",
    [
        {"sources": ()},
        {"instrument": "madrs"},
        {"instrument": "nonsense"},
        {"items": {"1": "Nur eine"}},
        {"options": {}},
    ],
)
def test_a_translation_that_does_not_fit_is_refused(fault):
    assert problems(msgspec.structs.replace(translations()["phq-9", "de"], **fault))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("preferred", "scale", "shown", "said"),
    [("de", "phq-9", "de", False), ("de", "gad-7", "en", True), (None, "phq-9", "en", False)],
)
def test_a_person_is_asked_in_their_language_or_told_that_it_is_not_there(
    sign_in, actor, patient, preferred, scale, shown, said
):
    patient.preferred_language = preferred
    patient.save(update_fields=["preferred_language"])
    asked = commands.assign_scale(actor("nurse"), patient_id=patient.id, instrument_id=scale, purpose="Day 7", at=AT)
    assert asked.language == shown
    client = sign_in("patient", patient_id=patient.id)
    page = client.get(f"/my/questionnaires/{asked.id}/").content.decode()
    assert ("English only" in page) is said
    question = client.get(f"/my/questionnaires/{asked.id}/question/1/").content.decode()
    assert ("Überhaupt nicht" in question) is (shown == "de")


@pytest.mark.django_db
def test_the_record_says_in_which_language_it_was_asked(actor, patient):
    patient.preferred_language = "de"
    patient.save(update_fields=["preferred_language"])
    asked = commands.assign_scale(actor("nurse"), patient_id=patient.id, instrument_id="phq-9", purpose="Day 7", at=AT)
    person = actor("patient", patient_id=patient.id)
    for item in range(1, 10):
        commands.record_answer(person, assignment_id=asked.id, item_id=str(item), value=0, at=AT)
    commands.submit(person, assignment_id=asked.id, at=AT)
    assert queries.response(actor("nurse"), Response.objects.get().id).content.language == "de"
