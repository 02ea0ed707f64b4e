"""Medicines by ingredient and class. A name is matched whole, or not at all: a name that nobody recognises is not safe.

What people write is brought to an ingredient in steps that cannot change the substance: another name of it, a brand's
ingredients, or the same words without the salt and the release form at their end.
"""

from collections.abc import Iterable, Mapping

import msgspec


class MedicineClass(msgspec.Struct, frozen=True, kw_only=True):
    """Which ingredients belong to a class, by the WHO ATC group that says so."""

    id: str
    title: str
    ingredients: tuple[str, ...]


class MedicineTable(msgspec.Struct, frozen=True, kw_only=True):
    """`ingredients` holds every written name that is recognised; `members` the classes of each ingredient."""

    classes: tuple[MedicineClass, ...]
    ingredients: dict[str, tuple[str, ...]]
    members: dict[str, frozenset[str]]
    words_left_out: frozenset[str]
    rxnorm: dict[str, str]

    @property
    def known_names(self) -> tuple[str, ...]:
        """Every name that is recognised, in alphabetical order."""
        return tuple(sorted(self.ingredients))

    def ingredients_of(self, name: str) -> tuple[str, ...] | None:
        """The active ingredients behind a written name, or None when it is not recognised."""
        written = " ".join(name.split()).casefold()
        found = self.ingredients.get(written)
        while found is None:
            written, _, last = written.rpartition(" ")
            if not written or last not in self.words_left_out:
                return None
            found = self.ingredients.get(written)
        return found

    def classes_of(self, name: str) -> frozenset[str] | None:
        """The classes of everything in it, or None when the name is not recognised."""
        found = self.ingredients_of(name)
        if found is None:
            return None
        if len(found) == 1:
            return self.members[found[0]]
        return frozenset().union(*(self.members[one] for one in found))

    def title_of(self, class_id: str) -> str:
        return next((one.title for one in self.classes if one.id == class_id), class_id)


def medicine_table(
    classes: Iterable[MedicineClass],
    *,
    other_names: Mapping[str, str],
    brand_names: Mapping[str, tuple[str, ...]],
    words_left_out: Iterable[str],
    rxnorm: Mapping[str, str],
) -> MedicineTable:
    """Refuses a name that leads to an ingredient without a class: it would be recognised and belong nowhere."""
    every = tuple(classes)
    members: dict[str, frozenset[str]] = {}
    for one in every:
        for ingredient in one.ingredients:
            members[ingredient] = members.get(ingredient, frozenset()) | {one.id}
    ingredients: dict[str, tuple[str, ...]] = {ingredient: (ingredient,) for ingredient in members}
    ingredients |= {name: (ingredient,) for name, ingredient in other_names.items()}
    ingredients |= {name: tuple(found) for name, found in brand_names.items()}
    for name, found in ingredients.items():
        if not found or any(one not in members for one in found):
            raise ValueError(f"{name}: leads to an ingredient without a class: {', '.join(found) or 'none'}")
        if name != " ".join(name.split()).casefold():
            raise ValueError(f"{name}: names are written in small letters")
    if unknown := sorted(set(rxnorm) - set(members)):
        raise ValueError(f"RxNorm codes without an ingredient: {', '.join(unknown)}")
    return MedicineTable(
        classes=every,
        ingredients=ingredients,
        members=members,
        words_left_out=frozenset(words_left_out),
        rxnorm=dict(rxnorm),
    )
