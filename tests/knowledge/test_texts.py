"""The texts that patients read and sign: in full, plain, sourced, and never edited once released."""

import re
from datetime import date

import msgspec
import pytest

from ketachart.knowledge import loader, patient_texts, text_check
from ketachart.knowledge.patient_texts import text_for, texts_in_force
from ketachart.knowledge.readability import Harder, grade_of

TODAY = date(2026, 11, 22)
IV_HASH = "b6ed365ab1fb612e7973714b36b23eaa80c750cff8664f3a0004e62f1db95aab"

GIVEN = [
    ("ketamine-injection", "IV"),
    ("ketamine-injection", "IM"),
    ("ketamine-injection", "SC"),
    ("ketamine-nasal-compounded", "nasal"),
    ("ketamine-sublingual", "sublingual"),
    ("ketamine-oral", "oral"),
    ("spravato", "nasal"),
]


def consent_for(product, route, indication="TRD", on=TODAY, place="clinic"):
    return loader.consent_text(product=product, route=route, indication=indication, on=on, place=place)


def test_the_shipped_texts_have_no_problem():
    assert list(text_check.problems(TODAY)) == []


@pytest.mark.parametrize(("product", "route"), GIVEN)
def test_each_product_and_route_has_a_consent_a_preparation_and_an_aftercare_of_its_own(product, route):
    found = [consent_for(product, route)]
    found += [text_for(kind, product=product, route=route, on=TODAY) for kind in ("preparation", "aftercare")]
    assert all(found)
    for other in GIVEN:
        if other != (product, route):
            others = [consent_for(*other)]
            others += [
                text_for(kind, product=other[0], route=other[1], on=TODAY) for kind in ("preparation", "aftercare")
            ]
            assert {one.id for one in found}.isdisjoint({one.id for one in others})


@pytest.mark.parametrize(
    ("product", "route", "indication", "place"),
    [
        ("spravato", "IV", "TRD", "clinic"),  # the product decides, not the route alone
        ("ketamine-injection", "nasal", "TRD", "clinic"),
        ("spravato", "nasal", "PTSD", "clinic"),  # outside its label nobody wrote a text
        ("ketamine-rectal", "rectal", "TRD", "clinic"),  # nothing was read that could be said
        ("spravato", "nasal", "TRD", "home"),
        ("ketamine-injection", "IV", "TRD", "home"),
        ("ketamine-nasal-compounded", "nasal", "TRD", "home"),
        ("ketamine-oral", "oral", "MDD-SI", "home"),
    ],
)
def test_where_nobody_wrote_a_text_there_is_none(product, route, indication, place):
    assert consent_for(product, route, indication, place=place) is None


@pytest.mark.parametrize(("product", "route"), [("ketamine-sublingual", "sublingual"), ("ketamine-oral", "oral")])
def test_home_has_texts_of_its_own(product, route):
    clinic, home = consent_for(product, route), consent_for(product, route, place="home")
    assert clinic is not None
    assert home is not None
    assert clinic.id != home.id
    said = {element for section in home.section for element in section.elements}
    assert {"home_risk", "home_adult", "home_storage", "home_visits"} <= said
    for kind in ("preparation", "aftercare"):
        assert text_for(kind, product=product, route=route, place="home", on=TODAY) is not None


def test_the_molecule_tells_two_nasal_sprays_apart():
    spravato = text_for("aftercare", molecule="esketamine", route="nasal", on=TODAY)
    compounded = text_for("aftercare", molecule="racemic ketamine", route="nasal", on=TODAY)
    assert (spravato.id, compounded.id) == ("after-spravato", "after-compounded-nasal")
    assert text_for("aftercare", route="nasal", on=TODAY) is None


def test_what_was_in_force_on_a_past_day_is_still_found():
    assert consent_for("ketamine-injection", "IV", on=date(2026, 11, 1)).version == "2026-11-01"
    assert consent_for("ketamine-injection", "IV", on=TODAY).version == "2026-11-22"
    assert consent_for("ketamine-injection", "IV", on=date(2024, 1, 1)) is None
    before = text_for("aftercare", molecule="racemic ketamine", route="IV", on=date(2026, 6, 1))
    assert before.full_version == "racemic-iv 1"


def test_the_hash_of_the_first_released_text_is_what_it_was():
    text = loader.consent_text_version("consent-racemic-iv", "2026-11-01")
    assert text.sha256 == IV_HASH == patient_texts.released_hashes()["consent-racemic-iv 2026-11-01"]


def test_a_released_text_that_is_edited_is_named(monkeypatch):
    consent = loader.consent_text_version("consent-spravato", "2026-11-22")
    edited = msgspec.structs.replace(consent, title="Another title")
    others = tuple(one for one in loader.consent_texts() if one is not consent)
    monkeypatch.setattr(loader, "consent_texts", lambda: (*others, edited))
    found = list(text_check.problems(TODAY))
    assert found == [
        "consent-spravato 2026-11-22: edited after its release; put the old words back and write a new version"
    ]


def test_a_new_text_is_named_until_its_hash_is_kept(monkeypatch):
    kept = dict(patient_texts.released_hashes())
    kept.pop("consent-spravato 2026-11-22")
    monkeypatch.setattr(patient_texts, "released_hashes", lambda: kept)
    (found,) = text_check.problems(TODAY)
    assert found.startswith('released_texts.toml: not there yet: "consent-spravato 2026-11-22" = "')


def test_a_released_text_that_is_gone_is_named(monkeypatch):
    kept = {**patient_texts.released_hashes(), "consent-old 2020-01-01": "0" * 64}
    monkeypatch.setattr(patient_texts, "released_hashes", lambda: kept)
    assert list(text_check.problems(TODAY)) == ["consent-old 2020-01-01: released, and not here any more"]


@pytest.mark.parametrize("element", ["rems", "cannot_be_stopped", "right_to_stop", "no_driving", "recordings"])
def test_a_consent_that_leaves_an_element_out_is_named(element):
    text = loader.consent_text_version("consent-spravato", "2026-11-22")
    sections = tuple(
        msgspec.structs.replace(one, elements=tuple(e for e in one.elements if e != element)) for one in text.section
    )
    found = list(text_check.consent_problems(msgspec.structs.replace(text, section=sections), TODAY))
    assert found == [f"consent consent-spravato 2026-11-22: says nothing about {element}"]


@pytest.mark.parametrize(
    ("text_id", "not_asked"),
    [
        ("consent-racemic-iv", {"rems", "cannot_be_stopped", "compounded", "home_risk"}),
        ("consent-racemic-im", {"rems", "compounded", "home_risk"}),
        ("consent-spravato", {"compounded", "nasal_alert", "touch", "home_risk"}),
        ("consent-sublingual-home", {"rems", "nasal_alert"}),
    ],
)
def test_an_element_is_asked_only_of_the_routes_it_is_about(text_id, not_asked):
    text = loader.consent_text_version(text_id, "2026-11-22")
    asked = {one.id for one in loader.consent_elements() if one.needed_in(text)}
    assert not asked & not_asked


PLAIN = "Rest at home today. Drink some water. Eat when you feel like it. Call us if you are not well. We are glad to help you."
HARD = (
    "Notwithstanding the aforementioned considerations, administration of subanaesthetic esketamine necessitates "
    "continuous multiparametric cardiorespiratory monitoring by appropriately credentialed personnel throughout."
)


def test_the_grade_tells_a_plain_text_from_a_hard_one():
    assert grade_of([PLAIN]) < 3
    assert grade_of([HARD]) > 16
    assert grade_of([]) is None
    assert grade_of(["..."]) is None


@pytest.mark.parametrize(
    ("text", "words", "sentences", "syllables"),
    [
        ("A quick brown fox can go over the dog on the mat.", 12, 1, 13),
        ("We sit. The dog is on the mat with a cat.", 11, 2, 11),
        ("The clinic can help you. Call us if your heart is racing.", 11, 2, 13),
    ],
)
def test_the_grade_is_the_one_counted_by_hand(text, words, sentences, syllables):
    by_hand = 0.39 * words / sentences + 11.8 * syllables / words - 15.59
    assert grade_of([text]) == pytest.approx(by_hand, abs=0.06)


def test_a_text_over_grade_8_is_named_with_its_section():
    found = list(text_check.grade_problems("x", [("Plain", [PLAIN], None), ("Hard", [HARD, HARD], None)]))
    assert [line.split(" at grade")[0] for line in found] == ["x: reads", "x: 'Hard' reads"]


def test_a_section_may_be_harder_only_with_a_reason():
    parts = [("Plain", [PLAIN] * 9, None), ("Hard", [HARD, PLAIN], Harder(grade=20, reason=""))]
    assert list(text_check.grade_problems("x", parts)) == ["x: 'Hard' may be harder, but nobody says why"]
    parts[1] = ("Hard", [HARD, PLAIN], Harder(grade=20, reason="The law gives these words."))
    assert list(text_check.grade_problems("x", parts)) == []


def test_a_paragraph_without_source_is_named():
    text = patient_texts.text_version("after-spravato", "2026-11-22")
    section = text.section[0]
    bare = msgspec.structs.replace(section.paragraph[1], sources=())
    changed = msgspec.structs.replace(section, paragraph=(section.paragraph[0], bare))
    found = list(text_check.text_problems(msgspec.structs.replace(text, section=(changed, *text.section[1:])), TODAY))
    assert found == ["aftercare after-spravato 2026-11-22: 'Going home', paragraph 2 cites nothing"]


def test_a_dead_reference_is_named_with_its_file(tmp_path, monkeypatch):
    for kind in patient_texts.KINDS:
        (tmp_path / kind).mkdir()
    (tmp_path / "sources.toml").write_text("")
    (tmp_path / "education" / "x.toml").write_text('[[section]]\n[[section.paragraph]]\nsources = ["S-NOWHERE"]\n')
    monkeypatch.setattr(loader, "DATA", tmp_path)
    loader.sources.cache_clear()
    try:
        with pytest.raises(ValueError, match=r"education/x.toml: source S-NOWHERE is not in sources.toml"):
            patient_texts.patient_texts.__wrapped__()
    finally:
        loader.sources.cache_clear()


def test_hours_are_told_only_where_a_label_or_a_trial_gives_them():
    """No source gives fasting hours for racemic ketamine in this use: the clinic sets its own."""
    for text in texts_in_force(TODAY, "preparation"):
        for section in text.section:
            for one in section.paragraph:
                if re.search(r"\d+\s*(hours?|minutes?|h)\b", one.text):
                    assert "esketamine" in text.molecules, (text.id, one.text)
                    assert all(source.grade == "read" for source in one.sources)
