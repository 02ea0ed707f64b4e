"""A text as a page shows it: each paragraph with the numbers of its sources, and the sources once, at the end."""

from __future__ import annotations

from dataclasses import dataclass

from ketachart.knowledge.findings import Source
from ketachart.knowledge.patient_texts import Paragraph, PatientText, TextSection


@dataclass(frozen=True)
class NumberedSection:
    section: TextSection
    paragraphs: tuple[tuple[Paragraph, str], ...]


@dataclass(frozen=True)
class Numbered:
    text: PatientText
    sections: tuple[NumberedSection, ...]
    sources: tuple[Source, ...]


def numbered(text: PatientText) -> Numbered:
    numbers = {source.citation: number for number, source in enumerate(text.sources, start=1)}
    sections = tuple(
        NumberedSection(
            section=section,
            paragraphs=tuple(
                (one, ", ".join(str(n) for n in sorted(numbers[source.citation] for source in one.sources)))
                for one in section.paragraph
            ),
        )
        for section in text.section
    )
    return Numbered(text=text, sections=sections, sources=text.sources)
