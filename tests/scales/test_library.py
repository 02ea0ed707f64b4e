"""A clinic's library of scales: its own licensed texts, and packs that are off until somebody turns them on."""

import json
from datetime import UTC, date, datetime

import pytest

from ketachart.cli import main
from ketachart.people.commands import register_patient
from ketachart.people.rules import Details
from ketachart.record.errors import NotAllowed, Refused
from ketachart.record.models import Event
from ketachart.scales import commands, library, library_commands
from ketachart.scales.models import LicensedText, PackSwitch

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REASON = "Charity clinic; use agreed with counsel."


def text_of(scale, items, **more):
    said = {
        "instrument": scale,
        "language": "en",
        "licence_holder": "River Clinic",
        "licence": "Licence 12/2026.",
        "stem": "Synthetic stem",
    } | more
    lines = [f"{key} = {json.dumps(value)}" for key, value in said.items() if isinstance(value, str)]
    lines += ["[items]", *(f'{number} = "Synthetic question {number}"' for number in range(1, items + 1))]
    lines += ["[options.all]", *(f'{value} = "Synthetic answer {value}"' for value in range(7))]
    return "\n".join(lines)


@pytest.fixture
def lead(actor):
    return actor("clinic_lead")


@pytest.fixture
def patient(actor):
    details = Details(given_name="Ada", family_name="Example", birth_date=date(1981, 2, 14))
    return register_patient(actor("front_desk"), details=details, at=AT, is_synthetic=True)


def assigned(actor, patient_id, scale):
    return commands.assign_scale(actor("nurse"), patient_id=patient_id, instrument_id=scale, purpose="Baseline", at=AT)


def test_a_loaded_text_reaches_the_phone_with_the_points_of_the_key(lead, actor, patient, sign_in):
    with pytest.raises(Refused, match="without its wording"):
        assigned(actor, patient.id, "madrs-s")
    library_commands.load_text(lead, raw=text_of("madrs-s", 9), at=AT)
    asked = assigned(actor, patient.id, "madrs-s")
    phone = sign_in("patient", patient_id=patient.id)
    page = phone.get(f"/my/questionnaires/{asked.id}/question/1/").content.decode()
    assert "Synthetic question 1" in page
    assert "Synthetic stem" in page
    assert "Synthetic answer 6" in page
    assert "Licence held by River Clinic." in page
    for number in range(1, 10):
        phone.post(f"/my/questionnaires/{asked.id}/question/{number}/", {"answer": "2"})
    phone.post(f"/my/questionnaires/{asked.id}/review/")
    asked.refresh_from_db()
    assert asked.response.total == 18


def test_a_text_of_another_clinic_is_not_ours(lead, other_clinic):
    library_commands.load_text(lead, raw=text_of("madrs-s", 9), at=AT)
    assert library.library(lead.clinic_id)["madrs-s"].has_wording
    assert not library.library(other_clinic.id)["madrs-s"].has_wording


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("not toml at all [", "cannot be read"),
        (text_of("madrs-s", 8), "item 9 has no words"),
        (text_of("madrs-s", 10), "has no item 10"),
        (text_of("phq-9", 10), "takes no text of yours"),
        (text_of("bdi-ii", 21), "not allowed in software"),
        (text_of("nothing", 3), "There is no scale"),
        (text_of("madrs-s", 9, licence_holder=" "), "licence_holder is missing"),
        (text_of("madrs-s", 9, licence=""), "licence is missing"),
        ('instrument = "madrs-s"\nextra = 1', "cannot be read"),
    ],
)
def test_a_text_that_does_not_fit_is_refused_and_nothing_is_written(lead, raw, said):
    with pytest.raises(Refused, match=said) as refused:
        library_commands.load_text(lead, raw=raw, at=AT)
    assert refused.value.field == "text"
    assert LicensedText.objects.count() == 0
    assert not Event.objects.filter(kind="scales.text_loaded").exists()


def test_a_withdrawn_text_is_gone_from_the_phone_and_stays_in_the_record(lead, actor, patient):
    library_commands.load_text(lead, raw=text_of("madrs-s", 9), at=AT)
    library_commands.withdraw_text(lead, instrument_id="madrs-s", reason="The licence ended.", at=AT)
    with pytest.raises(Refused, match="without its wording"):
        assigned(actor, patient.id, "madrs-s")
    assert LicensedText.objects.count() == 2


def test_the_non_commercial_pack_is_off_until_somebody_says_why(lead, actor, patient):
    with pytest.raises(Refused, match="pack"):
        assigned(actor, patient.id, "who-5")
    assert "who-5" not in library.library(lead.clinic_id)
    library_commands.switch_pack(lead, pack="non-commercial", on=True, reason=REASON, at=AT)
    assert assigned(actor, patient.id, "who-5").instrument_id == "who-5"
    library_commands.switch_pack(lead, pack="non-commercial", on=False, reason="The agreement ended.", at=AT)
    with pytest.raises(Refused, match="pack"):
        assigned(actor, patient.id, "dast-10")
    assert [(one.on, one.charted_by_name, one.content.reason) for one in PackSwitch.objects.order_by("id")] == [
        (True, lead.name, REASON),
        (False, lead.name, "The agreement ended."),
    ]


def test_a_form_begun_while_the_pack_was_on_can_be_finished(lead, actor, patient):
    library_commands.switch_pack(lead, pack="non-commercial", on=True, reason=REASON, at=AT)
    asked = assigned(actor, patient.id, "who-5")
    library_commands.switch_pack(lead, pack="non-commercial", on=False, reason="The agreement ended.", at=AT)
    person = actor("patient", patient_id=patient.id)
    for number in range(1, 6):
        commands.record_answer(person, assignment_id=asked.id, item_id=str(number), value=3, at=AT)
    assert commands.submit(person, assignment_id=asked.id, at=AT).total == 60


@pytest.mark.parametrize(("pack", "reason"), [("non-commercial", ""), ("non-commercial", "  ok  "), ("other", REASON)])
def test_a_pack_without_a_reason_stays_off(lead, pack, reason):
    with pytest.raises(Refused):
        library_commands.switch_pack(lead, pack=pack, on=True, reason=reason, at=AT)
    assert PackSwitch.objects.count() == 0


def test_only_the_clinic_lead_changes_the_library(actor):
    for role in ("nurse", "prescriber", "front_desk"):
        with pytest.raises(NotAllowed):
            library_commands.switch_pack(actor(role), pack="non-commercial", on=True, reason=REASON, at=AT)
        with pytest.raises(NotAllowed):
            library_commands.load_text(actor(role), raw=text_of("madrs-s", 9), at=AT)


def test_the_pages_of_the_library(sign_in):
    lead = sign_in("clinic_lead")
    page = lead.get("/scales/library/").content.decode()
    assert "Nobody has turned it on" in page
    assert "Montgomery" in page
    blank = lead.get("/scales/library/text/?scale=madrs").content.decode()
    assert "instrument = &quot;madrs&quot;" in blank
    refused = lead.post("/scales/library/text/", {"text": "instrument = "})
    assert refused.status_code == 422
    assert "instrument = " in refused.content.decode()
    assert lead.post("/scales/library/text/", {"text": text_of("madrs-s", 9)}).status_code == 302
    assert "River Clinic" in lead.get("/scales/library/").content.decode()
    assert lead.post("/scales/library/text/madrs-s/withdraw/", {"reason": "It ended."}).status_code == 302
    assert lead.post("/scales/library/pack/non-commercial/", {"reason": ""}).status_code == 422
    assert lead.post("/scales/library/pack/non-commercial/", {"reason": REASON}).status_code == 302
    assert REASON in lead.get("/scales/library/").content.decode()
    assert lead.get("/scales/library/pack/other/").status_code == 404
    assert sign_in("nurse").get("/scales/library/").status_code == 403


def test_the_command_line_lists_and_prints(capsys):
    assert main(["scales", "list", "--json"]) == 0
    listed = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert (listed["phq-9"]["shipped"], listed["madrs"]["shipped"]) == ("with wording", "key without wording")
    assert main(["scales", "questionnaire", "phq-9"]) == 0
    assert json.loads(capsys.readouterr().out)["resourceType"] == "Questionnaire"
    assert main(["scales", "text-template", "madrs"]) == 0
    assert 'instrument = "madrs"' in capsys.readouterr().out
    assert main(["scales", "questionnaire", "none"]) == 2
    assert main(["scales", "text-template", "phq-9"]) == 2
    assert main(["scales", "list"]) == 0
    assert "c-ssrs-screener" in capsys.readouterr().out
