"""The loader: what ships is whole, and a wrong file is refused with its name, its row and what to do."""

import pytest

from ketachart.pharmacology.errors import BadInput, ModelFileError
from ketachart.pharmacology.model_file import catalogue, model_file, parse

GOOD = """
id = "test-1"
title = "A test model"
kind = "disposition"
structure = "mammillary"
molecule = "esketamine"
dose_basis = "base"
site = "venous"
routes = ["intravenous"]
analytes = ["ketamine"]
citation = "Nobody 2020"
read_at = "here"
tier = "A"
[population]
description = "ten people"
subjects = 10
age_years = [18.0, 40.0]
weight_kg = [50.0, 90.0]
[validity]
age_years = [18.0, 65.0]
weight_kg = [50.0, 90.0]
[parameter.V1]
value = 10.0
unit = "L"
status = "published"
tier = "A"
source = "Table 1"
variance = 0.04
[parameter.CL]
value = 1.5
unit = "L/min"
status = "published"
tier = "A"
source = "Table 1"
variance_cv = 0.2
[[covariance]]
between = ["V1", "CL"]
value = 0.01
source = "Table 1"
"""


def test_units_are_converted_and_the_printed_value_is_kept():
    row = parse("test-1.toml", GOOD).parameter("CL")
    assert row.value == pytest.approx(90.0)  # 1.5 L/min
    assert (row.printed_value, row.unit) == (1.5, "L/min")
    assert row.variance == pytest.approx(0.03922, abs=1e-5)  # ln(1 + 0.2^2)


@pytest.mark.parametrize(
    ("old", "new", "row", "words"),
    [
        ('tier = "A"\n[population]', 'tier = "A"\ncolour = "red"\n[population]', "file", "unknown key 'colour'"),
        ('source = "Table 1"\nvariance = 0.04', "variance = 0.04", "parameter V1", "'source' is missing"),
        ('unit = "L"\n', 'unit = "L/h"\n', "parameter V1", "the structure needs a volume"),
        ('unit = "L"\n', 'unit = "litre"\n', "parameter V1", "use one of"),
        ("value = 10.0", "value = -10.0", "parameter V1", "at least 0"),
        ("value = 10.0", "value = nan", "parameter V1", "finite number"),
        ("value = 10.0", 'value = "10"', "parameter V1", "finite number"),
        ("[parameter.V1]", "[parameter.V9]", "parameter V9", "no such parameter"),
        ('status = "published"\ntier = "A"\nsource = "Table 1"\nvariance = 0.04',
         'status = "calibrated here"\ntier = "A"\nsource = "Table 1"\nvariance = 0.04', "parameter V1", "calibrated_on"),
        ("variance = 0.04", "variance = 0.04\nvariance_cv = 0.2", "parameter V1", "both"),
        ("variance = 0.04", 'variance = 0.04\nvariance_status = "borrowed"', "parameter V1", "variance_source"),
        ("variance = 0.04", "variance = 0.04\nvarience = 0.1", "parameter V1", "unknown key"),
        ("value = 0.01", "value = 0.9", "covariance 1", "more than the two variances allow"),
        ('between = ["V1", "CL"]', 'between = ["V1"]', "covariance 1", "name two"),
        ('between = ["V1", "CL"]', 'between = ["V1", "V7"]', "covariance 1", "V7"),
        ('site = "venous"', 'site = "plasma"', "file", "presumed venous"),
        ('structure = "mammillary"', 'structure = "one"', "file", "mammillary"),
        ('age_years = [18.0, 65.0]', 'age_years = [65.0, 18.0]', "validity", "lower value first"),
        ('age_years = [18.0, 65.0]', 'age_years = "adult"', "validity", "lowest and the highest"),
        ('kind = "disposition"', 'kind = "absorption"', "file", "only an absorption"),
        ('citation = "Nobody 2020"', 'citation = ""', "file", "text in quotes"),
        ('id = "test-1"', "id = test", "file", "not TOML"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_file_row_and_remedy(old, new, row, words):
    assert old in GOOD
    with pytest.raises(ModelFileError) as caught:
        parse("test-1.toml", GOOD.replace(old, new, 1))
    assert caught.value.file == "test-1.toml"
    assert caught.value.row == row
    assert words in str(caught.value)
    assert caught.value.fix


def test_a_missing_needed_row_is_named():
    start = GOOD.index("[parameter.CL]")
    end = GOOD.index("[[covariance]]")
    without = GOOD[:start] + GOOD[end:].replace('between = ["V1", "CL"]', 'between = ["V1", "V1"]')
    with pytest.raises(ModelFileError, match="parameter CL"):
        parse("test-1.toml", without)


NEEDED = {
    "perez-ruixo-2021", "otto-2021", "simons-2022", "ashraf-2018", "kamp-2020", "domino-tci", "herd-2007",
    "racemic-intramuscular", "racemic-subcutaneous", "racemic-nasal", "racemic-sublingual", "racemic-oral",
    "racemic-prolonged-release", "racemic-rectal",
}  # fmt: skip


def test_every_model_ships_and_every_row_has_a_source_tier_and_status():
    models = catalogue()
    assert set(models) >= NEEDED
    for model in models.values():
        assert model.citation
        assert model.read_at
        for row in model.parameters.values():
            assert len(row.source) > 5, (model.id, row.name)
            if row.status == "calibrated here":
                assert row.calibrated_on
                assert row.residual


def test_no_row_rests_on_memory_or_an_untrusted_repository():
    for model in catalogue().values():
        text = " ".join([model.citation, model.read_at, *(row.source for row in model.parameters.values())]).lower()
        assert "from memory" not in text
        assert "therapeutic_window" not in text
        assert "pharmacolibrary" not in text
        assert {row.tier for row in model.parameters.values()} <= {"A", "B", "C", "D"}


def test_an_unknown_model_is_refused_with_the_list():
    with pytest.raises(BadInput, match="otto-2021"):
        model_file("otto")
