"""The peer: the database alone, no web, no chain. Two rows an event (an observation, an audit entry), group commit."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

AUDIT = '{"id":"%s","position":%d,"number":%d,"kind":"treatment.vitals_charted","author_name":"Nurse Test",' + (
    '"effective_at":"2026-11-22T17:30:00.123Z","recorded_at":"2026-11-22T17:30:00.125Z","device":"tablet-3",'
    '"source":"person","content":{"systolic_mmhg":128,"diastolic_mmhg":82,"heart_rate_per_min":74,"spo2_percent":97}}'
)
TABLES = (
    "CREATE TABLE observation (id INTEGER PRIMARY KEY, client_key TEXT NOT NULL UNIQUE, session TEXT NOT NULL,"
    " code TEXT NOT NULL, value REAL NOT NULL, unit TEXT NOT NULL, at TEXT NOT NULL)",
    "CREATE TABLE audit (id INTEGER PRIMARY KEY, observation INTEGER NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL,"
    " hash TEXT NOT NULL)",
)


def sqlite_group_commits(folder: Path, size: int, seconds: float) -> dict[str, float]:
    """Durable (WAL, synchronous=FULL), ``size`` events a transaction, one connection."""
    path = folder / f"bare-{uuid4()}.sqlite3"
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    for table in TABLES:
        database.execute(table)

    def transaction(observations: list[Any], audits: list[Any]) -> None:
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO observation VALUES (?, ?, ?, ?, ?, ?, ?)", observations)
        database.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?)", audits)
        database.execute("COMMIT")

    result = _timed(transaction, size, seconds)
    database.close()
    for file in folder.glob(f"{path.name}*"):
        file.unlink()
    return result


def postgresql_group_commits(url: str, size: int, seconds: float) -> dict[str, float]:
    import psycopg

    with psycopg.connect(url, autocommit=True) as database, database.cursor() as cursor:
        for table, name in zip(TABLES, ("observation", "audit"), strict=True):
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(table.replace("INTEGER", "BIGINT"))

        def transaction(observations: list[Any], audits: list[Any]) -> None:
            with database.transaction():
                cursor.executemany("INSERT INTO observation VALUES (%s, %s, %s, %s, %s, %s, %s)", observations)
                cursor.executemany("INSERT INTO audit VALUES (%s, %s, %s, %s, %s)", audits)

        return _timed(transaction, size, seconds)


def _timed(transaction: Callable[[list[Any], list[Any]], None], size: int, seconds: float) -> dict[str, float]:
    """Identifiers are made before the clock starts: a browser makes them, not the database."""
    keys = [str(uuid4()) for _ in range(200_000)]
    count, times = 0, []
    start = time.perf_counter()
    while time.perf_counter() - start < seconds and count + size <= len(keys):
        began = time.perf_counter()
        observations, audits = [], []
        for key in keys[count : count + size]:
            count += 1
            observations.append((count, key, "session", "systolic", 128.0, "mmHg", "2026-11-22T17:30:00.123Z"))
            audits.append((count, count, "2026-11-22T17:30:00.125Z", AUDIT % (key, count, count), "f" * 64))
        transaction(observations, audits)
        times.append(time.perf_counter() - began)
    elapsed = time.perf_counter() - start
    times.sort()
    return {
        "per_s": count / elapsed,
        "p50_ms": 1000 * times[len(times) // 2],
        "p99_ms": 1000 * times[int(len(times) * 0.99)],
    }
