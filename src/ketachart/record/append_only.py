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
            for statement in _create(connection.vendor, table).values():
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
    """Append-only tables whose triggers are missing, switched off or replaced by others."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
                " WHERE tgenabled = 'O' AND proname = 'record_refuse_change' AND position('RAISE EXCEPTION' IN prosrc) > 0"
            )
            present = {row[0] for row in cursor.fetchall()}
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            found = {row[0]: row[1] for row in cursor.fetchall()}
            present = {
                name
                for table in append_only_tables()
                for name, statement in _create("sqlite", table).items()
                if found.get(name) == statement.replace(" IF NOT EXISTS", "")
            }
    return [table for table in append_only_tables() if not _create(connection.vendor, table).keys() <= present]


def protect_after_migrate(using: str = "default", **kwargs: Any) -> None:
    protect(connections[using])


def _create(vendor: str, table: str) -> dict[str, str]:
    """Statements by the trigger's name."""
    if vendor == "postgresql":
        return {
            f"{table}_no_{verb}": (
                f'CREATE OR REPLACE TRIGGER "{table}_no_{verb}" BEFORE {verb.upper()} ON "{table}"'
                f" FOR EACH {'STATEMENT' if verb == 'truncate' else 'ROW'} EXECUTE FUNCTION record_refuse_change()"
            )
            for verb in ("update", "delete", "truncate")
        }
    message = f"{table} is append-only: a correction is a new event"
    return {
        f"{table}_no_{verb}": (
            f'CREATE TRIGGER IF NOT EXISTS "{table}_no_{verb}" BEFORE {verb.upper()} ON "{table}"'
            f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        for verb in ("update", "delete")
    }


def _drop(vendor: str, table: str) -> list[str]:
    on = f' ON "{table}"' if vendor == "postgresql" else ""
    return [f'DROP TRIGGER IF EXISTS "{name}"{on}' for name in _create(vendor, table)]
