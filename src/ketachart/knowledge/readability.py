"""How hard a text is to read: the Flesch-Kincaid grade, by the `readability` library's formula and its count of syllables.

The library gives "the" and "we" no syllable at all; here a word has at least one. So we err on the strict side: over all
shipped texts the grade is 0.1 to 0.6 above the one by the CMU pronouncing dictionary, and never below it. Grade 8 is what
a person of thirteen reads with ease. It counts syllables and sentence length; whether a text is clear, a person must judge.
"""

import re
from collections.abc import Sequence

import msgspec
from readability import KincaidGradeLevel
from readability.langdata import countsyllables_en

HIGHEST_GRADE = 8.0
FEWEST_WORDS = 25
"""A section shorter than this has no grade of its own: one long name would decide it. It counts within its text."""

SENTENCE_END = re.compile(r"(?<=[.!?:])\s+")
WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")


class Harder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Leave for one section to be harder, up to a grade, because its words must stand as they are."""

    grade: float
    reason: str


def grade_of(paragraphs: Sequence[str]) -> float | None:
    """The Flesch-Kincaid grade of these paragraphs together; None when there are no words."""
    sentences = [
        words
        for paragraph in paragraphs
        for sentence in SENTENCE_END.split(paragraph)
        if (words := WORD.findall(sentence.lower()))
    ]
    if not sentences:
        return None
    words = [word for sentence in sentences for word in sentence]
    syllables = sum(max(1, countsyllables_en(word)) for word in words)
    return round(float(KincaidGradeLevel(syllables, len(words), len(sentences))), 1)


def words_in(paragraphs: Sequence[str]) -> int:
    return sum(len(WORD.findall(paragraph)) for paragraph in paragraphs)
