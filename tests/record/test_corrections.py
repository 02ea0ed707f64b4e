"""Which correction counts, when several were made of one entry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketachart.record.corrections import contradicted, last_words


@pytest.mark.parametrize(
    ("target_of", "counting", "unsettled"),
    [
        ({}, {}, set()),
        ({"c1": "e"}, {"e": "c1"}, set()),
        ({"c1": "e", "c2": "c1"}, {"e": "c2"}, set()),
        ({"c1": "e", "c2": "e"}, {"e": "c2"}, {"e"}),
        ({"c2": "e", "c1": "e"}, {"e": "c2"}, {"e"}),
        ({"c1": "e", "c2": "e", "c3": "c2"}, {"e": "c3"}, set()),
        ({"c1": "e", "c2": "e", "c3": "c1"}, {"e": "c3"}, set()),
        ({"c1": "e", "c2": "c1", "c3": "e"}, {"e": "c3"}, {"e"}),
        ({"c1": "e", "c2": "d"}, {"e": "c1", "d": "c2"}, set()),
    ],
)
def test_the_last_word_of_a_thread_counts_whatever_arrived_first(target_of, counting, unsettled):
    assert last_words(target_of) == counting
    assert set(contradicted(target_of)) == unsettled


@given(st.dictionaries(st.sampled_from("cdefgh"), st.sampled_from("abcdefgh")))
def test_nothing_that_is_said_makes_the_reading_hang(target_of):
    assert set(last_words(target_of).values()) <= set(target_of)
