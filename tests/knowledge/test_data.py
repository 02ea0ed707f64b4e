from datetime import date

import pytest

from ketachart.knowledge import check, loader

TODAY = date(2026, 11, 22)
GOOD = {"citation": "A label", "authority": "label", "grade": "read"}
UNVERIFIED = {"citation": "none found", "authority": "site", "grade": "unverified"}


def test_the_shipped_knowledge_has_no_problem():
    assert check.problems(TODAY) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"source": None}, "no source"),
        ({"source": {"id": "S-01", "grade": "read"}}, "no authority"),
        ({"source": {"id": "S-01", "authority": "label"}}, "no grade"),
        ({"source": {"authority": "label", "grade": "read"}}, "no citation"),
        ({"source": {"id": "S-01", "authority": "label", "grade": "unverified"}}, "unverified"),
        ({"effective_from": None}, "effective_from"),
        ({"effective_to": date(2026, 11, 21)}, "expired"),
    ],
)
def test_the_checker_names_what_an_entry_lacks(change, complaint):
    good = {"source": {"id": "S-01", "authority": "label", "grade": "read"}, "effective_from": date(2025, 1, 1)}
    assert list(check.entry_problems("x", good, TODAY)) == []
    found = list(check.entry_problems("x", {**good, **change}, TODAY))
    assert len(found) == 1
    assert complaint in found[0]


def test_an_unverified_entry_is_good_only_as_a_site_setting_that_starts_empty():
    entry = {
        "source": {"citation": "none found", "authority": "site", "grade": "unverified"},
        "effective_from": date(2025, 1, 1),
    }
    assert list(check.entry_problems("x", entry, TODAY)) == []
    assert list(check.entry_problems("x", {**entry, "limits": {"maximum_dose_mg": "200"}}, TODAY))


def test_an_expired_entry_with_a_successor_is_no_problem():
    entry = {
        "source": {"id": "S-01", "authority": "label", "grade": "read"},
        "effective_from": date(2025, 1, 1),
        "effective_to": date(2026, 1, 1),
        "superseded_by": "EL99",
    }
    assert list(check.entry_problems("x", entry, TODAY)) == []


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("sertraline", {"selective serotonin reuptake inhibitor"}),
        ("LORAZEPAM", {"benzodiazepine"}),
        ("Acetaminophen", {"recognised"}),
        ("lithium carbonate", {"lithium", "glutamate-active"}),
        ("Xyzzyx", None),
        ("", None),
    ],
)
def test_a_medicine_is_recognised_by_ingredient_or_not_at_all(name, classes):
    found = loader.medicine_table().classes_of(name)
    assert found == (None if classes is None else frozenset(classes))


def test_questions_about_pregnancy_are_left_out_only_when_the_sex_is_known_to_be_male():
    asked = {sex: {one.id for one in loader.arrival_questions(sex)} for sex in ("male", "female", None)}
    assert "pregnancy_possible" not in asked["male"]
    assert "pregnancy_possible" in asked["female"]
    assert "pregnancy_possible" in asked[None]


def test_entry_ranges_have_the_bounds_of_their_sources():
    ranges = loader.entry_ranges()
    assert ranges["heart_rate_per_min"].place(50) == "usual"
    assert ranges["heart_rate_per_min"].place(49) == "unusual low"
    assert ranges["spo2_percent"].refuses(101)
    assert ranges["weight_kg"].asks_confirmation(176)


def test_every_file_of_the_folder_is_read_whoever_owns_it():
    shipped = {path.relative_to(loader.DATA).as_posix() for path in loader.DATA.rglob("*.toml")}
    assert {name for name, _ in loader.every_file()} == shipped


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({"limits": {"weight_kg": {"minimum": 30}}}, "no source"),
        ({"monitoring": [{"id": "iv", "lines": [{"item": "vitals", "every_minutes": 10}]}]}, "no source"),
        ({"site_settings": {"maximum_dose_mg": 200, "source": UNVERIFIED}}, "unverified"),
        ({"vial": [{"strength_mg_per_ml": "10", "source": GOOD}]}, "effective_from"),
    ],
)
def test_a_number_without_a_source_is_found_however_deep_it_stands(monkeypatch, content, complaint):
    if complaint != "effective_from":
        content = {"effective_from": date(2025, 1, 1), **content}
    monkeypatch.setattr(loader, "raw_files", lambda: [("new.toml", content)])
    found = [str(one) for one in check.entries.problems(TODAY)]
    assert found
    assert all(line.startswith("new.toml") for line in found)
    assert any(complaint in line for line in found)


def test_a_setting_of_the_site_may_be_there_as_long_as_it_is_empty(monkeypatch):
    content = {"effective_from": date(2025, 1, 1), "site_settings": {"maximum_dose_mg": "", "source": UNVERIFIED}}
    monkeypatch.setattr(loader, "raw_files", lambda: [("new.toml", content)])
    assert [str(one) for one in check.entries.problems(TODAY)] == []
