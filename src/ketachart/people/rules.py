"""Pure decisions about people: how old, how they are found, who may be the same person, which details can be true."""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from uuid import UUID

from ketachart.record.errors import Refused

OLDEST_YEARS = 120
"""Above the longest life on record is a slip of the year, whatever else it is."""

SEXES_AT_BIRTH = {"female": "Female", "male": "Male", "intersex": "Intersex"}
LANGUAGES = {
    "en": "English",
    "es": "Spanish",
    "zh": "Chinese",
    "vi": "Vietnamese",
    "tl": "Tagalog",
    "ar": "Arabic",
    "fr": "French",
    "ko": "Korean",
    "ru": "Russian",
    "pt": "Portuguese",
    "de": "German",
    "ht": "Haitian Creole",
}
SIMILAR_NAMES = 0.8
"""Share of letters in common above which two names are shown to a person as perhaps the same. It only asks."""


def age_years(birth_date: date, on: date) -> int:
    """Completed years; somebody born on 29 February has a birthday on 1 March in other years."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


_WITHOUT_STROKE = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"})


def plain(text: str) -> str:
    """For comparing and finding: no accents, no case, single spaces. "Søren  O'Neil-Žák" is found as "soren oneil zak"."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    letters = re.sub(r"['’`]", "", letters).translate(_WITHOUT_STROKE)
    return " ".join(re.sub(r"[^\w]+", " ", letters).split())


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


@dataclass(frozen=True)
class NameAndBirth:
    given_name: str
    family_name: str
    birth_date: date
    patient_id: UUID | None = None
    mrn: str = ""


def similar(one: NameAndBirth, other: NameAndBirth) -> bool:
    """Same birth date, and names alike: also when given and family name changed places."""
    if one.birth_date != other.birth_date:
        return False
    mine = (plain(one.given_name), plain(one.family_name))
    theirs = (plain(other.given_name), plain(other.family_name))
    if sorted(mine) == sorted(theirs):
        return True
    family_alike = _alike(mine[1], theirs[1])
    given_alike = _alike(mine[0], theirs[0])
    return (family_alike and (given_alike or mine[0][:1] == theirs[0][:1])) or (given_alike and mine[0] == theirs[0])


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other).ratio() >= SIMILAR_NAMES


def possible_duplicates(new: NameAndBirth, known: Iterable[NameAndBirth]) -> list[NameAndBirth]:
    return [person for person in known if similar(new, person)]


@dataclass(frozen=True)
class Details:
    """What may be written down about a person's identity and how to reach them. None: not known."""

    given_name: str
    family_name: str
    birth_date: date
    sex_at_birth: str | None = None
    gender_identity: str | None = None
    pronouns: str | None = None
    phone: str | None = None
    email: str | None = None
    preferred_language: str | None = None
    timezone: str | None = None


def checked(details: Details, on: date) -> Details:
    """The same details, tidied; raises Refused naming the field that cannot be true."""
    return Details(
        given_name=checked_name(details.given_name, "given_name", "Given name"),
        family_name=checked_name(details.family_name, "family_name", "Family name"),
        birth_date=checked_birth_date(details.birth_date, on),
        sex_at_birth=_one_of(details.sex_at_birth, SEXES_AT_BIRTH, "sex_at_birth", "Sex at birth"),
        gender_identity=_text(details.gender_identity, "gender_identity", 60),
        pronouns=_text(details.pronouns, "pronouns", 40),
        phone=checked_phone(details.phone, "phone"),
        email=checked_email(details.email),
        preferred_language=_one_of(details.preferred_language, LANGUAGES, "preferred_language", "Language"),
        timezone=_checked_timezone(details.timezone),
    )


def checked_name(name: str, field: str, label: str) -> str:
    tidy = " ".join(name.split())
    if not tidy:
        raise Refused(f"{label} is empty.", field=field, fix="Write the name as on an identity document.")
    if len(tidy) > 100:
        raise Refused(f"{label} has {len(tidy)} letters.", field=field, fix="At most 100.")
    if not any(letter.isalpha() for letter in tidy):
        raise Refused(f"{label} has no letter in it.", field=field, fix="Write the name as on an identity document.")
    return tidy


def checked_phone(phone: str | None, field: str) -> str | None:
    tidy = " ".join((phone or "").split())
    if not tidy:
        return None
    if not re.fullmatch(r"\+?[\d\s().\-/]+(?:\s*(?:x|ext\.?)\s*\d{1,6})?", tidy) or not 5 <= len(digits(tidy)) <= 20:
        raise Refused(
            "This is not a telephone number.",
            field=field,
            fix="Digits, with the country code when abroad: +1 212 555 0142.",
        )
    return tidy


def checked_birth_date(birth_date: date, on: date) -> date:
    if birth_date > on:
        raise Refused("The birth date lies in the future.", field="birth_date", fix="Check day, month and year.")
    if age_years(birth_date, on) > OLDEST_YEARS:
        raise Refused(
            f"The birth date makes the person {age_years(birth_date, on)} years old.",
            field="birth_date",
            fix=f"At most {OLDEST_YEARS} years: check the year.",
        )
    return birth_date


def checked_email(email: str | None) -> str | None:
    tidy = (email or "").strip()
    if not tidy:
        return None
    if not re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", tidy) or len(tidy) > 254:
        raise Refused("This is not an e-mail address.", field="email", fix="Like name@example.org.")
    return tidy


def _checked_timezone(timezone: str | None) -> str | None:
    if not timezone:
        return None
    if timezone not in zoneinfo.available_timezones():
        raise Refused(
            f"“{timezone}” is not a time zone.", field="timezone", fix="An IANA name such as America/New_York."
        )
    return timezone


def _one_of(value: str | None, known: dict[str, str], field: str, label: str) -> str | None:
    if not value:
        return None
    if value not in known:
        raise Refused(f"{label} “{value}” is not known.", field=field, fix=f"One of: {', '.join(known)}.")
    return value


def _text(value: str | None, field: str, longest: int) -> str | None:
    tidy = " ".join((value or "").split())
    if not tidy:
        return None
    if len(tidy) > longest:
        raise Refused(f"This has {len(tidy)} letters.", field=field, fix=f"At most {longest}.")
    return tidy


@dataclass(frozen=True)
class Change:
    field: str
    before: str | None
    after: str | None


def changes(before: Details, after: Details) -> list[Change]:
    """What an amendment alters, field by field, in the words that the history shows."""
    found = []
    for field in Details.__dataclass_fields__:
        was, becomes = getattr(before, field), getattr(after, field)
        if was != becomes:
            found.append(Change(field, _words(was), _words(becomes)))
    return found


def _words(value: object) -> str | None:
    return None if value is None else value.isoformat() if isinstance(value, date) else str(value)


def search_words(query: str) -> Sequence[str]:
    """The words that must all be found. "smith 212-555" looks for "smith" and "212555"."""
    words = []
    for word in query.split():
        numeric = digits(word)
        words.append(numeric if numeric and not re.search(r"[^\W\d]", word) else plain(word))
    return [part for word in words for part in word.split() if part]


def search_text(details: Details, mrn: str) -> str:
    """What search looks through: names, number, birth date and telephone, all plain."""
    parts = [
        plain(details.given_name),
        plain(details.family_name),
        plain(mrn),
        details.birth_date.strftime("%Y%m%d"),
        details.birth_date.strftime("%d%m%Y"),
        details.birth_date.strftime("%m%d%Y"),
        digits(details.phone or ""),
    ]
    return " ".join(part for part in parts if part)


def sort_key(details: Details) -> str:
    return f"{plain(details.family_name)}, {plain(details.given_name)}"


@dataclass(frozen=True)
class CredentialState:
    state: str  # valid | expiring | expired | missing
    days_left: int | None


WARN_DAYS = 60
"""A credential is shown as running out this long before it does. A habit of offices, not a rule: sites may change it."""


def credential_state(valid_until: date | None, on: date) -> CredentialState:
    """A credential without an end date is missing one, not valid for ever."""
    if valid_until is None:
        return CredentialState("missing", None)
    left = (valid_until - on).days
    if left < 0:
        return CredentialState("expired", left)
    return CredentialState("expiring" if left <= WARN_DAYS else "valid", left)
