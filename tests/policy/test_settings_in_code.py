"""Every setting that the code asks for is declared: a typing slip would otherwise be found at a bedside."""

import re
from pathlib import Path

from ketachart.knowledge.site_settings import site_settings

CODE = Path(__file__).parents[2] / "src" / "ketachart"
ASKED = re.compile(r'\.(?:number|text|yes|value)\(\s*f?"([a-z_]+\.[a-z_0-9]+\.[a-z_0-9]+)"')


def test_every_setting_that_the_code_asks_for_is_declared():
    asked = {
        (path.relative_to(CODE).as_posix(), name)
        for path in CODE.rglob("*.py")
        for name in ASKED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(asked) >= 5
    assert not {(path, name) for path, name in asked if name not in site_settings()}
