"""The places of the product. Parts register theirs in AppConfig.ready(); a person sees what they may open."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class Entry:
    label: str
    url_name: str
    icon: str
    permission: str
    order: int
    group: str = ""


_entries: dict[str, Entry] = {}
_patient_tabs: dict[str, Entry] = {}


def register_entry(*, label: str, url_name: str, icon: str, permission: str, order: int, group: str = "") -> None:
    """A place in the side navigation (the first four also at the thumb on a phone). Places of a group stand together under its name."""
    _entries[url_name] = Entry(label, url_name, icon, permission, order, group)


def register_patient_tab(*, label: str, url_name: str, permission: str, order: int, icon: str = "") -> None:
    """A page of one person's record; its address takes `patient_id`."""
    _patient_tabs[url_name] = Entry(label, url_name, icon, permission, order)


@dataclass(frozen=True)
class Link:
    label: str
    href: str
    icon: str
    current: bool
    group: str = ""


def entries_for(permissions: frozenset[str], path: str) -> list[Link]:
    return _links(_entries, permissions, path, {})


def patient_tabs_for(permissions: frozenset[str], path: str, patient_id: object) -> list[Link]:
    return _links(_patient_tabs, permissions, path, {"patient_id": patient_id})


def _links(entries: dict[str, Entry], permissions: frozenset[str], path: str, kwargs: dict[str, object]) -> list[Link]:
    allowed = sorted((e for e in entries.values() if e.permission in permissions), key=lambda e: (e.order, e.label))
    found = []
    for entry in allowed:
        try:
            found.append((entry, reverse(entry.url_name, kwargs=kwargs)))
        except NoReverseMatch as error:
            raise NoReverseMatch(f"navigation entry {entry.label!r} points to {entry.url_name!r}: {error}") from error
    # the longest address that the path begins with is where one is: /people/new/ belongs to /people/
    here = max((href for _, href in found if path.startswith(href)), key=len, default=None)
    return [Link(entry.label, href, entry.icon, href == here, entry.group) for entry, href in found]


# The front door: what a visitor may do, and where each kind of person starts.


@dataclass(frozen=True)
class PublicLink:
    label: str
    text: str
    url_name: str
    icon: str
    order: int

    @property
    def href(self) -> str:
        return reverse(self.url_name)


_public_links: dict[str, PublicLink] = {}
_homes: dict[str, tuple[int, str]] = {}


def register_public_link(*, label: str, text: str, url_name: str, icon: str, order: int) -> None:
    """Something a visitor can do from the front door, with one sentence on what it is for."""
    _public_links[url_name] = PublicLink(label, text, url_name, icon, order)


def public_links() -> list[PublicLink]:
    return sorted(_public_links.values(), key=lambda link: link.order)


def register_home(*, permission: str, url_name: str, order: int) -> None:
    """Where a person with this permission lands after signing in; the lowest order wins."""
    _homes[permission] = (order, url_name)


def home_for(permissions: frozenset[str]) -> str:
    return min((home for permission, home in _homes.items() if permission in permissions), default=(0, "web:account"))[
        1
    ]


def patient_tab_address(url_name: str, permissions: frozenset[str], patient_id: object) -> str:
    """The address of one page of a person's record; empty when there is no such page for this reader."""
    tab = _patient_tabs.get(url_name)
    return reverse(url_name, kwargs={"patient_id": patient_id}) if tab and tab.permission in permissions else ""


def patient_home(permissions: frozenset[str], patient_id: object) -> str:
    """The first page of a person's record that somebody with these permissions may open."""
    tabs = sorted((t for t in _patient_tabs.values() if t.permission in permissions), key=lambda t: (t.order, t.label))
    return reverse(tabs[0].url_name, kwargs={"patient_id": patient_id}) if tabs else reverse("home")
