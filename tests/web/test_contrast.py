"""The tokens keep WCAG 2.2 AA in both themes: computed from the stylesheet, not from a picture."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "src/ketachart/web/static/web/css/tokens.css"


def themes() -> dict[str, dict[str, str]]:
    text = CSS.read_text()
    light_block, dark_block = (
        re.search(r":root \{(.*?)\n\}", text, re.S),
        re.search(r'"dark"\] \{(.*?)\n\}', text, re.S),
    )
    assert light_block
    assert dark_block
    light = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light_block[1]))
    return {"light": light, "dark": light | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark_block[1]))}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


GROUNDS = ("paper", "surface", "sunken", "raised", "rail")
TEXT = [(ink, ground) for ink in ("ink", "ink-soft", "ink-faint", "accent", "danger") for ground in GROUNDS] + [
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-danger", "danger"),
    ("on-danger", "danger-strong"),
    ("ink", "accent-soft"),
    ("accent-strong", "sunken"),
    *((f"{verdict}", f"{verdict}-soft") for verdict in ("met", "not-met", "missing", "note")),
    *(("ink", f"{verdict}-soft") for verdict in ("met", "not-met", "missing", "note")),
    ("not-met", "surface"),
    ("not-met", "paper"),
    ("missing", "surface"),
]
MEANING = [
    *(("line-strong", ground) for ground in ("surface", "paper")),
    *(("focus", ground) for ground in GROUNDS),
    *((f"{verdict}-line", "surface") for verdict in ("met", "not-met", "missing", "note")),
    *(
        (f"data-{series}", "surface")
        for series in (
            "blood-pressure",
            "heart-rate",
            "spo2",
            "respiration",
            "dose",
            "concentration",
            "sedation",
            "dissociation",
            "score",
        )
    ),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_is_readable(theme: str, text: str, ground: str) -> None:
    colours = themes()[theme]
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("line", "ground"), MEANING)
def test_lines_and_marks_that_carry_meaning_are_visible(theme: str, line: str, ground: str) -> None:
    colours = themes()[theme]
    assert contrast(colours[line], colours[ground]) >= 3
