"""Every example in docs/pharmacology.md runs, and so does the one in this part's README."""

import re
from pathlib import Path

import pytest

from ketachart.pharmacology import Infusion, Person, simulate

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "pharmacology.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_of_the_page_runs(number, capsys):
    exec(compile(EXAMPLES[number], f"docs/pharmacology.md example {number + 1}", "exec"), {})
    assert capsys.readouterr().out


def test_the_page_has_its_examples():
    assert len(EXAMPLES) >= 7


def test_the_numbers_in_the_readme_are_true():
    found = simulate(Infusion(dose_mg=35, duration_h=40 / 60), Person(weight_kg=70, age_years=40), people=0)
    assert (found.model, found.site, round(found["ketamine"].Cmax)) == ("otto-2021", "venous", 160)
    assert (found.also[0].model, found.also[0].site, round(found.also[0]["ketamine"].Cmax)) == (
        "kamp-2020",
        "arterial",
        253,
    )
