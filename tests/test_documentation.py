"""What the documents promise exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").rglob("*.md")])


def test_every_test_named_in_the_safety_case_exists():
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/safety-case.md").read_text()))
    written = {
        name for path in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())
    }
    assert named
    assert not named - written


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(document):
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_every_command_of_the_table_is_in_the_operations_manual():
    from ketachart.cli import COMMANDS

    text = (ROOT / "docs/operations.md").read_text() + (ROOT / "docs/pharmacology.md").read_text()
    assert [word for word in COMMANDS if f"ketachart {word}" not in text] == []
