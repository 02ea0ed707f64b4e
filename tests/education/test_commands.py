"""Handing out and reading: charted as it was, once, by who may."""

import pytest

from ketachart.education import commands, queries
from ketachart.education.models import HandOut, Reading
from ketachart.knowledge.patient_texts import text_version
from ketachart.record import clock
from ketachart.record.errors import NotAllowed, Refused
from ketachart.record.models import Event

TEXT = text_version("side-effects", "2026-11-22")
BOUND = {"text_id": TEXT.id, "version": TEXT.version, "sha256": TEXT.sha256}


def give(actor, patient, **changes):
    asked = {"given_to": "patient", "given_to_name": "", "how": "printed", "note": "", **BOUND, **changes}
    return commands.hand_out(actor, patient_id=patient.id, at=clock.now(), **asked)


def nothing_written():
    return not HandOut.objects.exists() and not Reading.objects.exists() and not Event.objects.filter(
        kind__startswith="education."
    ).exists()  # fmt: skip


def test_a_hand_out_says_which_text_in_which_version_to_whom_and_by_whom(actor, patient):
    row = give(actor("nurse"), patient, note=" asked about nausea ")
    said = row.content
    assert (said.text_id, said.text_version, said.text_sha256) == ("side-effects", "2026-11-22", TEXT.sha256)
    assert (said.given_to, said.given_to_name, said.how) == ("patient", "Ada Example", "printed")
    assert said.note == "asked about nausea"
    assert row.charted_by_name == "Nurse Test"


def test_a_support_person_is_named(actor, patient):
    row = give(actor("front_desk"), patient, given_to="support person", given_to_name="  Bo   Example ")
    assert row.content.given_to_name == "Bo Example"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"given_to": "support person"}, "given_to_name"),
        ({"given_to": "support person", "given_to_name": "  "}, "given_to_name"),
        ({"given_to": "neighbour"}, "given_to"),
        ({"given_to": ""}, "given_to"),
        ({"how": "by pigeon"}, "how"),
        ({"sha256": "0" * 64}, None),
        ({"version": "1999-01-01"}, None),
        ({"text_id": "no-such-text"}, None),
    ],
)
def test_what_is_not_quite_a_hand_out_is_refused_and_nothing_is_written(actor, patient, changes, field):
    with pytest.raises(Refused) as refused:
        give(actor("nurse"), patient, **changes)
    assert refused.value.field == field
    assert nothing_written()


def test_an_old_version_is_not_handed_out_any_more(actor, patient, monkeypatch):
    import datetime

    import msgspec

    ended = msgspec.structs.replace(TEXT, effective_to=datetime.date(2026, 1, 1))
    monkeypatch.setattr(commands, "text_version", lambda *_: ended)
    with pytest.raises(Refused, match="no longer in force"):
        give(actor("nurse"), patient)
    assert nothing_written()


@pytest.mark.parametrize("role", ["biller", "patient"])
def test_who_may_not_hand_out_cannot(actor, patient, role):
    fields = {"patient_id": patient.id} if role == "patient" else {}
    with pytest.raises(NotAllowed):
        give(actor(role, **fields), patient)
    assert nothing_written()


def test_a_person_of_another_clinic_is_not_there(user_of, other_clinic, patient):
    from ketachart.record.actor import Actor

    stranger = Actor.of(user_of("nurse", at=other_clinic))
    with pytest.raises(Refused) as refused:
        give(stranger, patient)
    assert refused.value.status == 404
    assert nothing_written()


def test_reading_is_the_patients_own_word_and_twice_is_harmless(actor, patient):
    reader = actor("patient", patient_id=patient.id)
    first = commands.mark_read(reader, at=clock.now(), **BOUND)
    assert commands.mark_read(reader, at=clock.now(), **BOUND).id == first.id
    assert Event.objects.filter(kind="education.text_read").count() == 1
    with pytest.raises(NotAllowed):
        commands.mark_read(actor("nurse"), at=clock.now(), **BOUND)


def test_words_that_were_not_shown_are_not_read(actor, patient):
    with pytest.raises(Refused, match="changed"):
        commands.mark_read(actor("patient", patient_id=patient.id), at=clock.now(), **{**BOUND, "sha256": "x"})
    assert nothing_written()


def test_nobody_sees_the_shelf_of_another_patient(actor, patient, decided):
    import uuid

    reader = actor("patient", patient_id=patient.id)
    with pytest.raises(Refused) as refused:
        queries.shelf_of(reader, uuid.uuid4(), clock.now().date())
    assert refused.value.status == 404
