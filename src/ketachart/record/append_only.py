"""Triggers that refuse UPDATE and DELETE on charted tables, on both engines."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


def append_only_tables() -> list[str]:
    """Tables of every model that says ``append_only = True``."""
    return sorted(
        model._meta.db_table
        for model in apps.get_models()
        if getattr(model, "append_only", False) and not model._meta.abstract
    )


def protect(connection: BaseDatabaseWrapper) -> None:
    present = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION record_refuse_change() RETURNS trigger AS $$ "
                "BEGIN RAISE EXCEPTION '% is append-only: a correction is a new event', TG_TABLE_NAME; END "
                "$$ LANGUAGE plpgsql"
            )
        for table in append_only_tables():
            if table not in present:
                continue
            for statement in _create(connection.vendor, table):
                cursor.execute(statement)


def unprotect(connection: BaseDatabaseWrapper) -> None:
    """Remove the triggers: only for emptying a test database."""
    present = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in append_only_tables():
            if table in present:
                for statement in _drop(connection.vendor, table):
                    cursor.execute(statement)


def unprotected_tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Append-only tables whose triggers are missing."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        present = {row[0] for row in cursor.fetchall()}
    return [table for table in append_only_tables() if not {f"{table}_no_update", f"{table}_no_delete"} <= present]


def protect_after_migrate(using: str = "default", **kwargs: Any) -> None:
    protect(connections[using])


def _create(vendor: str, table: str) -> list[str]:
    if vendor == "postgresql":
        return [
            f'CREATE OR REPLACE TRIGGER "{table}_no_update" BEFORE UPDATE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION record_refuse_change()",
            f'CREATE OR REPLACE TRIGGER "{table}_no_delete" BEFORE DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION record_refuse_change()",
            f'CREATE OR REPLACE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION record_refuse_change()",
        ]
    message = f"{table} is append-only: a correction is a new event"
    return [
        f'CREATE TRIGGER IF NOT EXISTS "{table}_no_{verb.lower()}" BEFORE {verb} ON "{table}" '
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        for verb in ("UPDATE", "DELETE")
    ]


def _drop(vendor: str, table: str) -> list[str]:
    if vendor == "postgresql":
        return [f'DROP TRIGGER IF EXISTS "{table}_no_{verb}" ON "{table}"' for verb in ("update", "delete", "truncate")]
    return [f'DROP TRIGGER IF EXISTS "{table}_no_{verb}"' for verb in ("update", "delete")]
