"""The record on paper says what the page says, in a form that archives and screen readers accept."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader

from ketachart.record.models import AccessEntry
from ketachart.treatment import commands
from ketachart.treatment.paper_views import paper_in

from .conftest import Walk

pytestmark = pytest.mark.django_db(transaction=True)


def words(reader: PdfReader) -> str:
    return " ".join("\n".join(page.extract_text() for page in reader.pages).split())


def printed(client: Client, walk: Walk) -> PdfReader:
    answer = client.get(f"/treatment/sessions/{walk.session.id}/record.pdf")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    return PdfReader(BytesIO(answer.content))


def test_a_signed_session_is_on_paper_whole(walk: Walk, sign_in: Callable[..., Client]) -> None:
    walk.prepare()
    walk.dose()
    wrong = walk.chart(52, "sedation_scored", {"value": 2})
    walk.chart(53, "event_corrected", {"target_id": str(wrong.id), "reason": "tapped the wrong number"})
    walk.recover()
    walk.leave()
    walk.sign()
    commands.write_addendum(
        walk.actor("nurse"), walk.session.id, text="The friend drove.", at=walk.at(130), event_id=None
    )
    client = sign_in("nurse")
    page = client.get(f"/treatment/sessions/{walk.session.id}/record/").content.decode()
    text = words(printed(client, walk))
    for said in (
        "Ada Example",
        "Given in all: 40.00 mg (0.500 mg/kg)",
        "128/82" if "128/82" in page else "/",
        "tapped the wrong number",
        "Complete and correct.",
        "The friend drove.",
        "Invented person, for demonstration",
    ):
        assert said in text
    assert page.count("struck-entry__why") == text.count("Corrected ")
    head = page.split('record__hash">')[1].split("<")[0]
    assert head in text.replace(" ", "")
    assert "Not signed" not in text


def test_what_is_not_signed_says_so_and_what_is_missing_is_not_invented(
    walk: Walk, sign_in: Callable[..., Client]
) -> None:
    text = words(printed(sign_in("prescriber"), walk))
    assert "Not signed: this may still change." in text
    assert "Nothing was given." in text
    assert "missing" in text


def test_it_is_an_archive_document_with_tags_and_a_title(walk: Walk, sign_in: Callable[..., Client]) -> None:
    reader = printed(sign_in("nurse"), walk)
    about = reader.xmp_metadata
    assert about is not None
    assert (about.pdfaid_part, about.pdfaid_conformance) == ("2", "A")
    assert "Record of the session" in str(reader.metadata.title if reader.metadata else "")
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]


@pytest.mark.parametrize("note", ["#panic() [*", "$x_1$ \\ <label> @ref", "*_`raw`_* // /* ", "Ünïcödé ✓ 漢字 🙂"])
def test_whatever_is_written_in_a_note_is_only_text(walk: Walk, sign_in: Callable[..., Client], note: str) -> None:
    walk.chart(1, "note_written", {"text": note})
    text = words(printed(sign_in("nurse"), walk))
    assert note.split()[0] in text
    for sign in note:
        assert sign.isspace() or sign in text or f"[U+{ord(sign):04X}]" in text


def test_the_file_is_named_without_a_name_and_reading_it_is_logged(walk: Walk, sign_in: Callable[..., Client]) -> None:
    answer = sign_in("nurse").get(f"/treatment/sessions/{walk.session.id}/record.pdf")
    assert "Ada" not in answer["Content-Disposition"]
    assert "Example" not in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "no-store"
    assert AccessEntry.objects.filter(what="record of a session, PDF").count() == 1


@pytest.mark.parametrize("role", ["biller", "front_desk"])
def test_who_may_not_read_the_session_gets_no_paper(walk: Walk, sign_in: Callable[..., Client], role: str) -> None:
    answer = sign_in(role).get(f"/treatment/sessions/{walk.session.id}/record.pdf")
    assert answer.status_code in (403, 404)
    assert b"%PDF" not in answer.content


@pytest.mark.parametrize(
    ("zone", "paper"), [("America/New_York", "us-letter"), ("Europe/London", "a4"), ("Asia/Tokyo", "a4")]
)
def test_paper_follows_the_place(zone: str, paper: str) -> None:
    assert paper_in(zone) == paper
