"""The room's own JavaScript modules under node: the files that the browser loads, without a browser."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

MODULES = Path(__file__).parents[2] / "src/ketachart/treatment/static/treatment"
HERE = Path(__file__).parent
NODE = shutil.which("node")

Ask = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The modules in a folder that tells node what the browser knows from the tag: these are ES modules."""
    if NODE is None:
        pytest.skip(
            "node is not installed: the page's own fold is not compared with the server's (apt-get install nodejs)"
        )
    folder = tmp_path_factory.mktemp("modules") / "treatment"
    shutil.copytree(MODULES, folder)
    (folder.parent / "package.json").write_text('{"type": "module"}')
    return folder


@pytest.fixture(scope="session")
def fold_in_javascript(modules: Path) -> Iterator[Ask]:
    """Ask the JavaScript fold; one node process for all questions."""
    assert NODE is not None
    process = subprocess.Popen(
        [NODE, str(HERE / "fold.mjs"), str(modules)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    def ask(question: dict[str, Any]) -> dict[str, Any]:
        stdin.write(json.dumps(question) + "\n")
        stdin.flush()
        line = stdout.readline()
        assert line, "node gave no answer"
        answer: dict[str, Any] = json.loads(line)
        return answer

    yield ask
    stdin.close()
    process.wait(timeout=10)


@pytest.fixture(scope="session")
def run_module(modules: Path) -> Callable[[str], Any]:
    """Run a few lines against the modules and read what they print as JSON."""

    def run(source: str) -> Any:
        assert NODE is not None
        done = subprocess.run(
            [NODE, "--input-type=module", "-e", source.replace("ROOM", str(modules))],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
