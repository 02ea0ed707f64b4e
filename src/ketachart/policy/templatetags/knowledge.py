"""Words of the knowledge for pages: {% load knowledge %}."""

from collections.abc import Iterable
from datetime import date

from django import template
from django.http import HttpRequest

from ketachart.knowledge.library import Passage
from ketachart.knowledge.library.words import AUTHORITY_WORDS, GRADE_WORDS, name_of
from ketachart.policy.reading import shelf_titled

register = template.Library()


@register.filter
def authority_words(authority: str) -> str:
    return AUTHORITY_WORDS.get(authority, authority)


@register.filter
def grade_words(grade: str) -> str:
    return GRADE_WORDS.get(grade, grade)


@register.filter
def names(ids: Iterable[str]) -> str:
    """Titles of routes, products and indications."""
    return ", ".join(name_of(one) for one in ids)


@register.filter
def shelf_title(shelf_id: str) -> str:
    shelf = shelf_titled(shelf_id)
    return shelf.title if shelf else shelf_id


@register.filter
def kind_word(rule_class: str) -> str:
    """ "Absolute: it blocks" is "Absolute" in a list."""
    return rule_class.split(":")[0]


@register.filter
def in_force(passage: Passage, on: date) -> bool:
    return passage.in_force(on)


@register.filter
def is_address(text: str) -> bool:
    return text.startswith(("https://", "http://"))


@register.simple_tag
def keep(request: HttpRequest, **changed: str) -> str:
    """The query of this page with something changed; an empty value leaves it out."""
    query = request.GET.copy()
    for name, value in changed.items():
        if value:
            query[name] = value
        else:
            query.pop(name, None)
    return query.urlencode()
