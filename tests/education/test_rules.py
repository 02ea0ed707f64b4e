"""Which texts are a person's own, and how far they have come."""

from datetime import UTC, date, datetime

import pytest

from ketachart.education.numbering import numbered
from ketachart.education.rules import OTHER_WAYS, YOURS, Marked, next_to_read, own_lines, shelf
from ketachart.knowledge.patient_texts import texts_in_force

TEXTS = texts_in_force(date(2026, 11, 22))
WHEN = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def ids(lines):
    return [line.text.id for line in lines]


def of(groups, label):
    return next((group.lines for group in groups if group.label == label), ())


@pytest.mark.parametrize(
    ("product", "route", "own"),
    [
        ("ketamine-injection", "IV", {"prepare-racemic-iv", "racemic-iv", "route-iv"}),
        ("ketamine-injection", "IM", {"prepare-racemic-im", "after-racemic-im", "route-im"}),
        ("spravato", "nasal", {"prepare-spravato", "after-spravato", "route-spravato"}),
        ("ketamine-nasal-compounded", "nasal", {"prepare-compounded-nasal", "after-compounded-nasal", "route-nasal-compounded"}),
        ("ketamine-oral", "oral", {"prepare-oral-clinic", "after-oral-clinic", "route-by-mouth", "at-home"}),
    ],
)  # fmt: skip
def test_the_texts_of_what_is_planned_come_first_and_no_others(product, route, own):
    groups = shelf(TEXTS, product=product, route=route)
    assert groups[0].label == YOURS
    assert set(ids(groups[0].lines)) == own
    assert set(ids(of(groups, OTHER_WAYS))).isdisjoint(own)


@pytest.mark.parametrize(("product", "route"), [(None, None), ("spravato", None), (None, "nasal"), ("spravato", "IV")])
def test_nothing_planned_shows_no_preparation_and_no_aftercare(product, route):
    groups = shelf(TEXTS, product=product, route=route)
    shown = [line.text for group in groups for line in group.lines]
    assert YOURS not in {group.label for group in groups}
    assert {text.kind for text in shown} == {"education"}


def test_what_is_written_for_home_is_on_nobodys_own_shelf():
    shown = [line.text for group in shelf(TEXTS, product="ketamine-oral", route="oral") for line in group.lines]
    assert {text.place for text in shown} == {"clinic"}


def test_the_other_ways_do_not_count_in_the_progress():
    groups = shelf(TEXTS, product="spravato", route="nasal")
    counted = set(ids(own_lines(groups)))
    assert "route-iv" not in counted
    assert {"side-effects", "costs", "route-spravato"} <= counted


def test_a_new_version_is_to_be_read_again():
    read = [Marked("costs", "2020-01-01", WHEN)]
    groups = shelf(TEXTS, product=None, route=None, read=read)
    line = next(line for line in own_lines(groups) if line.text.id == "costs")
    assert (line.is_read, line.has_changed) == (False, True)
    newer = [*read, Marked("costs", line.text.version, WHEN.replace(hour=10))]
    line = next(
        line for line in own_lines(shelf(TEXTS, product=None, route=None, read=newer)) if line.text.id == "costs"
    )
    assert (line.is_read, line.has_changed) == (True, False)


def test_after_a_text_comes_the_next_unread_one_and_at_the_end_the_first():
    order = ids(own_lines(shelf(TEXTS, product=None, route=None)))
    read = [Marked(order[1], "2026-11-22", WHEN)]
    groups = shelf(TEXTS, product=None, route=None, read=read)
    assert next_to_read(groups).id == order[0]
    assert next_to_read(groups, order[0]).id == order[2]  # the second is read
    assert next_to_read(groups, order[-1]).id == order[0]
    everything = [Marked(one, "2026-11-22", WHEN) for one in order]
    assert next_to_read(shelf(TEXTS, product=None, route=None, read=everything)) is None


def test_each_paragraph_carries_the_numbers_of_its_own_sources():
    for text in TEXTS:
        shown = numbered(text)
        for part in shown.sections:
            for one, numbers in part.paragraphs:
                cited = {shown.sources[int(number) - 1].citation for number in numbers.split(", ")}
                assert cited == {source.citation for source in one.sources}
