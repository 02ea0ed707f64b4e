"""``ketachart`` from the shell: verify, checkpoint, backup, clinic, serve."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import PROJECT, environment_for

pytestmark = pytest.mark.skipif(
    os.environ.get("KETACHART_DATABASE_URL", "").startswith("postgres"), reason="copies a SQLite file"
)


def environment(data: Path) -> dict[str, str]:
    return {name: value for name, value in environment_for(data, 8000).items() if name != "KETACHART_SECRET"}


def ketachart(data: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ketachart", *words],
        env=environment(data), input=given, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def charted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a clinic, a person and a few events."""
    data = tmp_path_factory.mktemp("upkeep") / "data"
    assert ketachart(data, "clinic", "open", "Fern Hill", "--slug", "fern-hill", "--timezone", "UTC").returncode == 0
    chart(data, 3)
    return data


def chart(data: Path, count: int) -> None:
    code = (
        "from ketachart.config.starting import start_django; start_django()\n"
        "from ketachart.record.actor import Actor\n"
        "from ketachart.record.models import Clinic, Stream\n"
        "from ketachart.record.commands import open_stream\n"
        "from tests.record import probe\n"
        "from tests.record.charting import several\n"
        "probe.register('probe')\n"
        f"several(open_stream(Actor.system(Clinic.objects.get().id), kind='probe'), {count})\n"
    )
    subprocess.run([sys.executable, "-c", code], env=environment(data), cwd=PROJECT, check=True)


def test_verify_says_that_the_record_is_whole(charted: Path):
    done = ketachart(charted, "verify")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "The record is whole.")


def test_a_kept_checkpoint_is_found_again_and_a_foreign_one_is_not(charted: Path, tmp_path: Path):
    kept = tmp_path / "kept.jsonl"
    kept.write_text(ketachart(charted, "checkpoint", "--json").stdout)
    assert ketachart(charted, "verify", "--against", str(kept)).returncode == 0
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "hash": "f" * 64}))
    done = ketachart(charted, "verify", "--against", str(kept))
    assert done.returncode == 1
    assert "it was rewritten" in done.stdout


@pytest.mark.parametrize("content", ["", "nothing", "[]", "{}"])
def test_a_file_that_holds_no_checkpoint_is_refused(charted: Path, tmp_path: Path, content: str):
    kept = tmp_path / "kept.jsonl"
    kept.write_text(content)
    done = ketachart(charted, "verify", "--against", str(kept))
    assert done.returncode == 2
    assert "does not hold kept checkpoints" in done.stderr


def test_a_backup_is_a_whole_record_of_its_own(charted: Path, tmp_path: Path):
    done = ketachart(charted, "backup", str(tmp_path / "copy"))
    assert done.returncode == 0, done.stderr
    assert "The record is whole." in done.stdout
    assert ketachart(tmp_path / "copy", "verify", "--json").returncode == 0
    assert oct((tmp_path / "copy" / "secret").stat().st_mode & 0o777) == "0o600"


def test_a_backup_overwrites_nothing(charted: Path, tmp_path: Path):
    (tmp_path / "note").write_text("mine")
    done = ketachart(charted, "backup", str(tmp_path))
    assert done.returncode == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["note"]


def test_a_backup_of_a_damaged_record_says_so(charted: Path, tmp_path: Path):
    ketachart(charted, "backup", str(tmp_path / "copy"))
    with sqlite3.connect(tmp_path / "copy" / "ketachart.sqlite3") as database:
        database.execute("DROP TRIGGER record_event_no_update")
        database.execute("UPDATE record_event SET frame = replace(frame, '\"value\":1', '\"value\":8')")
    done = ketachart(tmp_path / "copy", "backup", str(tmp_path / "second"))
    assert done.returncode == 1
    assert "PROBLEM" in done.stdout


def test_verify_before_there_is_a_record_says_what_to_do(tmp_path: Path):
    done = ketachart(tmp_path / "empty", "verify")
    assert done.returncode == 2
    assert "ketachart migrate" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("open", "Other", "--slug", "fern-hill", "--timezone", "UTC"), "There is a clinic “fern-hill” already."),
        (("open", "Other", "--slug", "other", "--timezone", "Mars/Base"), "is not a time zone"),
        (("add-user", "nina", "--clinic", "nowhere", "--role", "nurse", "--name", "N"), "There is no clinic"),
        (("add-user", "nina", "--clinic", "fern-hill", "--role", "boss", "--name", "N"), "is not a staff role"),
        (("add-user", "nina", "--clinic", "fern-hill", "--role", "nurse", "--name", "N"), "too short"),
    ],
)
def test_a_clinic_command_that_cannot_be_done_says_why(charted: Path, words: tuple[str, ...], problem: str):
    done = ketachart(charted, "clinic", *words, given="short\n")
    assert done.returncode == 2
    assert problem in done.stderr


def test_the_server_refuses_to_be_reached_from_the_network_without_tls(charted: Path):
    done = ketachart(charted, "serve", "--host", "0.0.0.0", "--port", "8179")
    assert done.returncode == 2
    assert "TLS" in done.stderr
