"""What a clinician can read: every entry of every file, in words, with its sources, on any day."""

from datetime import date

import pytest

from ketachart.knowledge import loader
from ketachart.knowledge.entries import entries, entries_of
from ketachart.knowledge.library import SHELVES, changes, cited_by, find, on_shelf, passages
from ketachart.knowledge.library.describe import monitoring_text, override_text, requirement_text
from ketachart.knowledge.library.passages import passage_of
from ketachart.knowledge.library.words import label_of

TODAY = date(2026, 11, 22)
SOURCE = {"citation": "A trial", "authority": "trial", "grade": "read"}


def read(file, content):
    return [passage_of(entry) for entry in entries_of(file, content)]


def strings_in(value):
    if isinstance(value, dict):
        return [text for inner in value.values() for text in strings_in(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in strings_in(inner)]
    return [value] if isinstance(value, str) else []


def test_every_file_of_the_knowledge_can_be_read():
    shipped = {path.relative_to(loader.DATA).as_posix() for path in loader.DATA.rglob("*.toml")}
    assert {one.file for one in passages() if not one.file.startswith("instruments/")} == shipped - {
        "site_settings.toml"
    }


def test_every_entry_has_a_shelf_a_title_and_an_address_of_its_own():
    shelves = {shelf.id for shelf in SHELVES}
    assert all(one.shelf in shelves and one.title for one in passages())
    assert len({one.key for one in passages()}) == len(passages())


def test_no_sentence_of_any_file_is_left_out():
    """Whatever a file says in words is somewhere in a passage: nothing in force is hidden from its reader."""
    shown = " ".join(one.words for one in passages())
    for entry in entries():
        if entry.file in ("sources.toml", "site_settings.toml"):
            continue
        for text in strings_in({key: value for key, value in entry.table.items() if key != "test"}):
            if len(text.split()) > 3:
                assert text in shown, f"{entry.where}: {text!r}"


def test_a_file_that_nobody_has_placed_is_read_all_the_same():
    content = {
        "effective_from": date(2025, 1, 1),
        "source": SOURCE,
        "new_thing": [
            {
                "id": "N1",
                "title": "Nobody placed this",
                "wait_minutes": 15,
                "inner": {"source": SOURCE, "text": "Said inside."},
            }
        ],
    }
    (one,) = read("quite_new.toml", content)
    assert (one.shelf, one.title, one.source.citation) == ("other", "Nobody placed this", "A trial")
    assert ("Wait", "15 min") in one.block.facts
    assert "Said inside." in one.words


def test_a_new_file_stands_on_the_shelf_its_name_points_to():
    content = {"source": SOURCE, "effective_from": date(2025, 1, 1), "protocol": [{"id": "P", "title": "Pain"}]}
    assert read("protocols_pain.toml", content)[0].shelf == "protocols"
    assert read("education/what_is_ketamine.toml", {"id": "e", "title": "What it is", **content})[0].shelf == "texts"


@pytest.mark.parametrize(
    ("name", "label", "unit"),
    [
        ("maximum_mg_per_kg", "Maximum", "mg/kg"),
        ("every_minutes", "Every", "min"),
        ("systolic_mmhg", "Systolic", "mmHg"),
        ("spo2_percent", "SpO₂", "%"),
        ("strength_mg_per_ml", "Strength", "mg/mL"),
        ("days", "Time", "days"),
        ("meaning", "What it means", ""),
    ],
)
def test_names_of_fields_become_words_and_units(name, label, unit):
    assert label_of(name) == (label, unit)


def test_a_test_is_said_in_words():
    numbers = {"kind": "numbers", "limits": [{"fact": "systolic_mmhg", "at_most": 160}], "no_older_than_days": 30}
    assert requirement_text(numbers) == "Systolic blood pressure: 160 mmHg or less. No older than 30 days."
    assert "counts as missing" in requirement_text({"kind": "medicines", "classes": ["opioid"]})
    assert requirement_text({"kind": "of a new kind", "weeks": 6})


def test_who_may_set_a_rule_aside_is_said_in_words():
    assert override_text(None) == "Nobody may set it aside."
    said = override_text({"roles": ["prescriber"], "second_signature": True, "covers_missing": True})
    assert (
        said
        == "A prescriber may set it aside, with a name and a reason and a second signature, also when data are missing."
    )


def test_a_monitoring_line_is_said_in_words():
    line = {"item": "vitals", "phase": "dosing", "every_minutes": 10, "anchor": "infusion_started"}
    assert monitoring_text(line) == "Vitals, dosing: every 10 min, counted from the start of the infusion"


def test_a_search_puts_the_rule_that_is_named_first():
    assert find("EL01", on=TODAY)[0].id == "EL01"
    titled = find("heart attack", on=TODAY)
    assert "heart attack" in titled[0].title.casefold()
    assert find("heart attack", shelf="eligibility", on=TODAY)
    assert not find("zzz no such word", on=TODAY)


def test_choosing_a_route_leaves_out_only_what_names_others():
    by_vein = find(route="IV", on=TODAY)
    assert all(not one.routes or "IV" in one.routes for one in by_vein)
    assert any(not one.routes for one in by_vein)
    assert any(one.routes == ("nasal",) for one in find(route="nasal", on=TODAY))


def dated(id, version, begins, ends=None, **more):
    table = {"id": id, "title": id, "version": version, "rule_class": "review", "meaning": "m", "source": SOURCE}
    return {**table, "effective_from": begins, **({"effective_to": ends} if ends else {}), **more}


RULES = {
    "rule": [
        dated("A", "1", date(2025, 1, 1), date(2026, 6, 30)),
        dated("A", "2", date(2026, 7, 1)),
        dated("B", "1", date(2025, 1, 1), date(2026, 12, 31)),
        dated("C", "1", date(2026, 9, 1)),
        dated("D", "1", date(2025, 1, 1)),
        dated("E", "1", date(2025, 1, 1), date(2026, 3, 31), superseded_by="F"),
        dated("F", "1", date(2026, 4, 1)),
    ]
}


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        (date(2026, 1, 1), date(2026, 1, 2), []),
        (date(2026, 6, 30), date(2026, 7, 1), [("replaced", "A", "1", "2")]),
        (date(2026, 3, 31), date(2026, 4, 1), [("replaced", "F", "1", "1")]),
        (date(2026, 8, 31), date(2026, 9, 1), [("began", "C", None, "1")]),
        (date(2026, 12, 31), date(2027, 1, 1), [("ended", "B", None, "1")]),
        (date(2024, 12, 31), date(2025, 1, 1), [("began", one, None, "1") for one in "ABDE"]),
    ],
)
def test_what_changed_between_two_days_is_named(earlier, later, expected):
    found = changes(earlier, later, among=read("rules.toml", RULES))
    assert [(c.what, c.passage.id, c.before and c.before.version, c.passage.version) for c in found] == expected


def test_on_a_day_before_anything_was_in_force_there_is_nothing_but_sources():
    old = date(2020, 1, 1)
    assert not [one for shelf in SHELVES if shelf.id not in ("sources", "scales") for one in on_shelf(shelf.id, old)]


def test_a_source_knows_what_rests_on_it():
    citation = loader.sources()["S-12"]["citation"]
    assert "DI03" in {one.id for one in cited_by(citation)}


def test_an_alarm_says_in_words_when_it_sounds():
    test = {
        "kind": "limits",
        "any": [{"measure": "systolic_mmhg", "above": 180}, {"measure": "spo2_percent", "below": 93}],
        "consecutive": 2,
    }
    assert requirement_text(test) == "Systolic above 180 mmHg, or SpO₂ under 93 %; Readings in a row 2"


def test_a_list_that_is_called_version_is_no_version():
    form = {"id": "11/2021", "title": "A form", "source": SOURCE, "effective_from": date(2025, 1, 1)}
    (one,) = read("forms.toml", {"version": [form]})
    assert (one.id, one.version) == ("11/2021", "")
    assert len(one.key) < 80
