"""The checker of the texts for patients: said in full, sourced, plain to read, and never edited once released."""

from collections.abc import Iterator, Sequence
from datetime import date

from ketachart.knowledge import loader, patient_texts
from ketachart.knowledge.loader import ConsentText
from ketachart.knowledge.patient_texts import PatientText, TextKind
from ketachart.knowledge.readability import FEWEST_WORDS, HIGHEST_GRADE, Harder, grade_of, words_in

BEFORE_AND_AFTER: tuple[TextKind, ...] = ("preparation", "aftercare")
Part = tuple[str, Sequence[str], Harder | None]
"""A section as the reader sees it: heading, paragraphs, and leave to be harder."""


def problems(on: date) -> Iterator[str]:
    consents, texts = loader.consent_texts(), patient_texts.patient_texts()
    if not consents:
        yield "consent: no text at all"
    for consent in consents:
        yield from consent_problems(consent, on)
    for text in texts:
        yield from text_problems(text, on)
    hashes = {f"{one.id} {one.version}": one.sha256 for one in consents}
    yield from _release_problems(hashes | {one.full_version: one.sha256 for one in texts})
    yield from _gaps(on)


def consent_problems(text: ConsentText, on: date) -> Iterator[str]:
    where = f"consent {text.id} {text.version}"
    known = {one.id for one in loader.consent_elements()}
    needed = {one.id for one in loader.consent_elements() if one.needed_in(text)}
    said = {element for section in text.section for element in section.elements}
    yield from (f"{where}: says nothing about {name}" for name in sorted(needed - said))
    yield from (f"{where}: unknown element {name}" for name in sorted(said - known))
    yield from (f"{where}: '{one.heading}' cites nothing" for one in text.section if not one.sources)
    yield from (
        f"{where}: question {one.id} has no right answer"
        for one in text.teach_back
        if not 0 <= one.right < len(one.answers)
    )
    yield from _word_problems(where, text.products, text.routes, text.indications)
    yield from _end_problems(where, text.effective_to, text.superseded_by, on)
    yield from grade_problems(where, [(one.heading, one.paragraphs, one.harder) for one in text.section])


def text_problems(text: PatientText, on: date) -> Iterator[str]:
    where = f"{text.kind} {text.id} {text.version}"
    for section in text.section:
        for number, one in enumerate(section.paragraph, start=1):
            if not one.sources:
                yield f"{where}: '{section.heading}', paragraph {number} cites nothing"
    yield from _word_problems(where, text.products, text.routes, ())
    yield from _end_problems(where, text.effective_to, text.superseded_by, on)
    yield from grade_problems(where, [(one.heading, one.texts, one.harder) for one in text.section])


def grade_problems(where: str, parts: Sequence[Part]) -> Iterator[str]:
    """The whole text at grade 8 or below, and each section that is long enough to have a grade of its own."""
    grade = grade_of([paragraph for _, paragraphs, _ in parts for paragraph in paragraphs])
    if grade is None:
        yield f"{where}: has no words"
    elif grade > HIGHEST_GRADE:
        yield f"{where}: reads at grade {grade:g}, above {HIGHEST_GRADE:g}"
    for heading, paragraphs, harder in parts:
        if harder is not None and not harder.reason.strip():
            yield f"{where}: '{heading}' may be harder, but nobody says why"
        highest = harder.grade if harder is not None else HIGHEST_GRADE
        of_section = grade_of(paragraphs)
        if of_section is not None and of_section > highest and words_in(paragraphs) >= FEWEST_WORDS:
            yield f"{where}: '{heading}' reads at grade {of_section:g}, above {highest:g}"


def _word_problems(
    where: str, products: Sequence[str], routes: Sequence[str], indications: Sequence[str]
) -> Iterator[str]:
    catalogue = loader.catalogue()
    known = {one.id for one in catalogue.product} | {one.id for one in catalogue.route}
    known |= {one.id for one in catalogue.indication}
    yield from (f"{where}: unknown word {word}" for word in (*products, *routes, *indications) if word not in known)


def _end_problems(where: str, ends: date | None, successor: str | None, on: date) -> Iterator[str]:
    if ends is not None and ends < on and successor is None:
        yield f"{where}: expired without a successor"


def _release_problems(hashes: dict[str, str]) -> Iterator[str]:
    released = patient_texts.released_hashes()
    for name, sha256 in hashes.items():
        if name not in released:
            yield f'released_texts.toml: not there yet: "{name}" = "{sha256}"'
        elif released[name] != sha256:
            yield f"{name}: edited after its release; put the old words back and write a new version"
    yield from (f"{name}: released, and not here any more" for name in released if name not in hashes)


def _gaps(on: date) -> Iterator[str]:
    """Every product and route has its three texts, or it is said why not."""
    explained = {(gap["product"], gap["route"]) for gap in loader.read("released_texts.toml").get("gap", ())}
    for product in loader.catalogue().product:
        for route in product.routes:
            if (product.id, route) in explained:
                continue
            consents = [one for one in loader.consent_texts() if one.in_force(on) and one.place == "clinic"]
            if not any(product.id in one.products and route in one.routes for one in consents):
                yield f"{product.id} {route}: no consent text, and no reason in released_texts.toml"
            for kind in BEFORE_AND_AFTER:
                if patient_texts.text_for(kind, route=route, product=product.id, on=on) is None:
                    yield f"{product.id} {route}: no {kind} text, and no reason in released_texts.toml"
