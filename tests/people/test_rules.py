from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketachart.people import rules
from ketachart.people.rules import Details, NameAndBirth
from ketachart.record.errors import Refused

ON = date(2026, 3, 1)
ADA = Details(given_name="Ada", family_name="Example", birth_date=date(1990, 5, 17))


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(1990, 5, 17), date(2026, 5, 16), 35),
        (date(1990, 5, 17), date(2026, 5, 17), 36),
        (date(2004, 2, 29), date(2026, 2, 28), 21),
        (date(2004, 2, 29), date(2026, 3, 1), 22),
        (date(2026, 3, 1), date(2026, 3, 1), 0),
    ],
)
def test_age_is_completed_years(born: date, on: date, years: int) -> None:
    assert rules.age_years(born, on) == years


@pytest.mark.parametrize(
    ("given", "family", "same"),
    [
        ("Ada", "Example", True),
        ("ada", "EXAMPLE", True),
        ("Example", "Ada", True),  # given and family name changed places
        ("Adá", "Exàmple", True),
        ("A.", "Example", True),  # an initial
        ("Ada", "Exmaple", True),  # two letters swapped
        ("Ada", "Married", True),  # a new family name
        ("Beatrice", "Example", False),  # a twin with another name
        ("Boris", "Sample", False),
    ],
)
def test_a_similar_name_on_the_same_birth_date_is_a_possible_duplicate(given: str, family: str, same: bool) -> None:
    new = NameAndBirth("Ada", "Example", ADA.birth_date)
    known = NameAndBirth(given, family, ADA.birth_date)
    assert (rules.possible_duplicates(new, [known]) == [known]) is same


def test_another_birth_date_is_another_person() -> None:
    new = NameAndBirth("Ada", "Example", date(1990, 5, 17))
    assert rules.possible_duplicates(new, [NameAndBirth("Ada", "Example", date(1990, 5, 18))]) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"given_name": "  "}, "given_name"),
        ({"family_name": "123"}, "family_name"),
        ({"given_name": "x" * 101}, "given_name"),
        ({"birth_date": date(2026, 3, 2)}, "birth_date"),
        ({"birth_date": date(1890, 1, 1)}, "birth_date"),
        ({"phone": "call me"}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"email": "ada@"}, "email"),
        ({"sex_at_birth": "yes"}, "sex_at_birth"),
        ({"preferred_language": "xx"}, "preferred_language"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
    ],
)
def test_details_that_cannot_be_true_are_refused_by_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.checked(replace(ADA, **change), ON)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert refused.value.fix


def test_what_is_not_known_stays_not_known() -> None:
    checked = rules.checked(replace(ADA, phone="", email=" ", pronouns="", sex_at_birth=""), ON)
    assert (checked.phone, checked.email, checked.pronouns, checked.sex_at_birth) == (None, None, None, None)


@pytest.mark.parametrize(
    ("typed", "finds"),
    [
        ("oneil", True),
        ("O'Neil", True),
        ("soren", True),
        ("SØREN žak", True),
        ("555-0142", True),
        ("(212) 555", True),
        ("k000007", True),
        ("1990-05-17", True),
        ("17.05.1990", True),
        ("soren smith", False),
        ("999", False),
    ],
)
def test_search_finds_by_name_number_birth_date_and_telephone(typed: str, finds: bool) -> None:
    details = Details("Søren", "O'Neil-Žák", date(1990, 5, 17), phone="+1 212 555 0142")
    text = rules.search_text(details, "K000007")
    assert all(word in text for word in rules.search_words(typed)) is finds


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Mn", "Zs", "Pd", "Po"]), max_size=40))
def test_a_person_is_found_by_the_name_as_it_was_written(name: str) -> None:
    text = rules.search_text(Details(name, "Example", date(1990, 5, 17)), "K000007")
    assert all(word in text for word in rules.search_words(name))
    assert rules.plain(rules.plain(name)) == rules.plain(name)


def test_changes_name_each_field_with_both_values() -> None:
    after = replace(ADA, phone="+1 212 555 0142", family_name="Married")
    found = {change.field: (change.before, change.after) for change in rules.changes(ADA, after)}
    assert found == {"phone": (None, "+1 212 555 0142"), "family_name": ("Example", "Married")}


@pytest.mark.parametrize(
    ("until", "state"),
    [
        (None, "missing"),
        (date(2026, 2, 28), "expired"),
        (date(2026, 3, 1), "expiring"),
        (date(2026, 4, 30), "expiring"),
        (date(2026, 5, 1), "valid"),
    ],
)
def test_a_credential_without_an_end_date_is_missing_one_and_never_valid_for_ever(
    until: date | None, state: str
) -> None:
    assert rules.credential_state(until, ON).state == state
