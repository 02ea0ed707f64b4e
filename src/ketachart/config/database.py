"""Which database: SQLite in the data folder, or PostgreSQL by one URL."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


def database_from(url: str | None, data: Path) -> dict[str, Any]:
    """Django's settings for a database.

    Raises
    ------
    SystemExit
        If the URL is neither ``sqlite`` nor ``postgresql``; the message says what would be right.
    """
    if not url:
        return _sqlite(data / "ketachart.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(Path(unquote(parts.path)))
    if parts.scheme in {"postgresql", "postgres"}:
        return _postgresql(parts)
    raise SystemExit(
        f"KETACHART_DATABASE_URL begins with “{parts.scheme}:”. Use postgresql://user:password@host:port/name, "
        "sqlite:////absolute/path, or leave it out for SQLite in the data folder."
    )


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "ketachart.record.sqlite",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                " PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000; PRAGMA wal_autocheckpoint=4000;"
            ),
        },
        "TEST": {"NAME": str(path.parent / "test.sqlite3")},
    }


def _postgresql(parts: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }
    return settings
