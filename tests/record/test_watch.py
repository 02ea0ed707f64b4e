"""The watch: one process has the turn, and what could not be written is decided anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection, connections

from ketachart.record.live.watch import Turn


@pytest.mark.skipif(
    connection.vendor == "postgresql",
    reason="this is the lock file of SQLite; on PostgreSQL the turn is a lock of the database",
)
def test_one_has_the_turn_and_the_next_takes_over_when_it_ends(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(connections["default"].settings_dict, "NAME", str(tmp_path / "clinic.sqlite3"))
    first, second = Turn(), Turn()
    assert first.mine()
    assert first.mine()
    assert not second.mine()
    first.release()
    assert second.mine()
    assert not first.mine()
    second.release()
