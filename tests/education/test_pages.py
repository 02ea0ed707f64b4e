"""The pages: public, on the phone, and for staff."""

import pytest
from django.urls import reverse

from ketachart.education.models import HandOut, Reading
from ketachart.knowledge.patient_texts import text_version, texts_in_force
from ketachart.record import clock
from ketachart.record.models import AccessEntry

TOPICS = texts_in_force(clock.now().date(), "education")


def test_anybody_reads_the_topics_without_signing_in(client, clinic):
    page = client.get(reverse("education:topics")).content.decode()
    for text in TOPICS:
        assert text.title.replace("’", "’") in page
    assert "Read about ketamine" in client.get("/").content.decode()


@pytest.mark.parametrize("text", TOPICS, ids=lambda text: text.id)
def test_each_topic_says_all_its_words_its_sources_and_its_version(client, clinic, text):
    page = client.get(reverse("education:topic", args=[text.id])).content.decode()
    for section in text.section:
        for one in section.paragraph:
            assert one.text.replace("'", "&#x27;") in page
    assert page.count("An idea under study") == sum(one.hypothesis for part in text.section for one in part.paragraph)
    assert f"version {text.version}" in page
    assert page.count("<li>") >= len(text.sources)


@pytest.mark.parametrize("text_id", ["prepare-racemic-iv", "racemic-iv", "no-such-text", "after-spravato"])
def test_what_belongs_to_a_treatment_is_not_public(client, clinic, text_id):
    assert client.get(f"/learn/{text_id}/").status_code == 404


def test_ideas_are_marked_as_ideas():
    text = text_version("how-it-may-work", "2026-11-22")
    ideas = [one.text for part in text.section if part.heading.startswith("Ideas") for one in part.paragraph]
    assert all(one.hypothesis for part in text.section if part.heading.startswith("Ideas") for one in part.paragraph)
    said = " ".join(ideas)
    for word in ("GABA", "glutamate", "BDNF", "default mode network", "inflammation", "links"):
        assert word in said


def test_a_patient_reads_page_by_page_and_sees_how_far(sign_in, decided):
    phone = sign_in("patient", patient_id=decided.id)
    shelf = phone.get("/mine/learn/").content.decode()
    assert "Before your ketamine infusion" in shelf
    assert "Before your Spravato visit" not in shelf
    page = phone.get("/mine/learn/prepare-racemic-iv/")
    form = {"sha256": text_version("prepare-racemic-iv", "2026-11-22").sha256}
    assert form["sha256"] in page.content.decode()
    gone_on = phone.post("/mine/learn/prepare-racemic-iv/read/", form)
    assert gone_on.status_code == 302
    assert gone_on.url.startswith("/mine/learn/")
    assert Reading.objects.get().text_id == "prepare-racemic-iv"
    assert "<strong>1 of " in phone.get("/mine/learn/").content.decode()
    assert "You have read this" in phone.get("/mine/learn/prepare-racemic-iv/").content.decode()


def test_words_of_another_version_are_not_taken_as_read(sign_in, decided):
    phone = sign_in("patient", patient_id=decided.id)
    assert phone.post("/mine/learn/costs/read/", {"sha256": "old"}).status_code == 409
    assert phone.get("/mine/learn/costs/read/").status_code == 405
    assert not Reading.objects.exists()


def test_staff_print_and_chart_the_hand_out(sign_in, decided):
    nurse = sign_in("nurse")
    address = reverse("education:text", args=[decided.id, "side-effects"])
    page = nurse.get(address).content.decode()
    sha256 = text_version("side-effects", "2026-11-22").sha256
    assert "data-prints" in page
    assert "Ada Example" in page
    assert "checked" not in page.split("Chart that it was handed out")[1].split("Handed out before")[0]
    half = {"sha256": sha256, "how": "printed", "given_to": "support person", "note": "for the drive"}
    refused = nurse.post(address, half)
    assert refused.status_code == 422
    assert "Type who received it" in refused.content.decode()
    assert "for the drive" in refused.content.decode()
    assert not HandOut.objects.exists()
    assert nurse.post(address, {**half, "given_to_name": "Bo Example"}).status_code == 302
    listed = nurse.get(reverse("education:texts", args=[decided.id])).content.decode()
    assert "Bo Example" in listed
    assert "Nurse Test" in listed
    past = nurse.get(reverse("education:past_version", args=[decided.id, "side-effects", "2026-11-22"]))
    assert "As it was handed out" in past.content.decode()
    timeline = nurse.get(f"/people/{decided.id}/").content.decode()
    assert "Text handed out" in timeline
    assert AccessEntry.objects.filter(patient_id=decided.id).exists()


def test_who_may_not_hand_out_may_still_read_and_a_patient_sees_no_staff_page(sign_in, decided):
    address = reverse("education:text", args=[decided.id, "side-effects"])
    assert "Chart that it was handed out" not in sign_in("biller").get(address).content.decode()
    phone = sign_in("patient", patient_id=decided.id)
    assert phone.get(address).status_code == 403
    assert phone.get(reverse("education:texts", args=[decided.id])).status_code == 403
    assert sign_in("nurse").get("/mine/learn/").status_code == 403


def test_a_version_that_was_never_released_is_not_found(sign_in, decided):
    nurse = sign_in("nurse")
    assert nurse.get(f"/people/{decided.id}/texts/side-effects/1999-01-01/").status_code == 404
    assert nurse.get(f"/people/{decided.id}/texts/nothing/").status_code == 404


def test_the_shelf_costs_few_statements(sign_in, decided, count_statements):
    phone = sign_in("patient", patient_id=decided.id)
    phone.get("/mine/learn/")
    with count_statements() as statements:
        phone.get("/mine/learn/")
    assert len(statements) <= 20, statements.all
