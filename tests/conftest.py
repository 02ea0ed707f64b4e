"""Fixtures that all tests share: clinics, people who act, statement counts, and a database kind said at the top."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Before the settings are read: tests never touch a real data folder. Workers of one run share the folder; their
# databases have names of their own.
if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["KETACHART_DATA"] = tempfile.mkdtemp(prefix="ketachart-test-")
os.environ.setdefault("KETACHART_SECRET", "only-for-tests")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ketachart.config.settings")

import django

django.setup()

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase
from django.test.utils import CaptureQueriesContext
from hypothesis import settings as settings_of_hypothesis

from ketachart.record.actor import Actor
from ketachart.record.append_only import protect, unprotect
from ketachart.record.commands import open_clinic
from ketachart.record.models import Clinic, User
from ketachart.record.roles import permissions_of

settings_of_hypothesis.register_profile("house", deadline=None)  # machines are noisy: no timed assertions
settings_of_hypothesis.load_profile("house")


def pytest_report_header(config: pytest.Config) -> str:
    url = os.environ.get("KETACHART_DATABASE_URL", "")
    return f"database: {'PostgreSQL' if url.startswith('postgres') else 'SQLite'}"


# A transactional test empties the database afterwards; the append-only triggers refuse that, as they should.
_empty_database = TransactionTestCase._fixture_teardown


def _empty_protected_database(self: TransactionTestCase) -> None:
    unprotect(connection)
    try:
        _empty_database(self)
    finally:
        protect(connection)


TransactionTestCase._fixture_teardown = _empty_protected_database  # type: ignore[method-assign]


@pytest.fixture
def clinic(db: None) -> Clinic:
    return open_clinic(name="Fern Hill (test)", slug="fern-hill", timezone="America/New_York", is_synthetic=True)


@pytest.fixture
def other_clinic(db: None) -> Clinic:
    return open_clinic(name="Elsewhere (test)", slug="elsewhere", timezone="Europe/London", is_synthetic=True)


@pytest.fixture
def user_of(clinic: Clinic) -> Callable[..., User]:
    """``user_of("nurse")``: a signed-up person of this role, the same one each time."""

    def make(role: str, *, at: Clinic | None = None, **fields: object) -> User:
        place = at or clinic
        user, _ = User.objects.get_or_create(
            username=f"{role}@{place.slug}",
            defaults={
                "clinic": place,
                "role": role,
                "display_name": f"{role.replace('_', ' ').title()} Test",
                **fields,
            },
        )
        return user

    return make


@pytest.fixture
def actor(user_of: Callable[..., User]) -> Callable[..., Actor]:
    """``actor("nurse")``: who hands commands and queries their first argument."""

    def make(role: str, **fields: object) -> Actor:
        return Actor.of(user_of(role, **fields))

    return make


@pytest.fixture
def system_actor(clinic: Clinic) -> Actor:
    return Actor.system(clinic.id, permissions=permissions_of("clinic_lead") | permissions_of("prescriber"))


@pytest.fixture
def sign_in(client: Client, user_of: Callable[..., User]) -> Callable[..., Client]:
    """``sign_in("nurse")``: the test client with this person signed in."""

    def make(role: str, **fields: object) -> Client:
        client.force_login(user_of(role, **fields))
        return client

    return make


class Statements:
    """How many SQL statements a block issued, and which."""

    def __init__(self, captured: CaptureQueriesContext) -> None:
        self._captured = captured

    @property
    def all(self) -> list[str]:
        return [query["sql"] for query in self._captured.captured_queries]

    def __len__(self) -> int:
        return len(self.all)


@pytest.fixture
def count_statements(db: None) -> Callable[[], object]:
    """``with count_statements() as statements: ...; assert len(statements) < 10, statements.all``.

    If a new statement appears, find out why before touching a budget.
    """

    @contextmanager
    def count() -> Iterator[Statements]:
        with CaptureQueriesContext(connection) as captured:
            yield Statements(captured)

    return count
