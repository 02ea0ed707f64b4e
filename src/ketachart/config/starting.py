"""Getting Django ready for a command."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def add_data_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=None, help="the data folder (default: $KETACHART_DATA or ./var)")


def start_django(data: Path | None = None) -> None:
    """Read the settings. ``data`` wins over KETACHART_DATA. What is written from here on is for this account alone."""
    os.umask(0o077)
    if data is not None:
        os.environ["KETACHART_DATA"] = str(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ketachart.config.settings")
    import django

    django.setup()


def prepare_database() -> None:
    """Apply what is missing of the migrations, quietly; the triggers follow by themselves."""
    from django.core.management import call_command

    with _one_at_a_time():
        call_command("migrate", verbosity=0, interactive=False)


def there_is_a_record() -> bool:
    """False, and says so, when the database holds no record yet."""
    from django.conf import settings
    from django.db import connection

    if "record_event" in connection.introspection.table_names():
        return True
    where = settings.DATA if connection.vendor == "sqlite" else connection.settings_dict["NAME"]
    sys.stderr.write(f"ketachart: there is no record in {where} yet. Create it with: ketachart migrate\n")
    return False


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Several servers of one PostgreSQL database may start together; SQLite has the writer lock for this."""
    from django.db import connection

    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATING])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATING])


_MIGRATING = 0x6B657461  # “keta”: any number that nobody else uses in this database
