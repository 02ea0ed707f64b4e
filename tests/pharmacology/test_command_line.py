"""The commands as a user types them, through a subprocess."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = str(Path(__file__).resolve().parents[2] / "src")


def ketachart(*words, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "ketachart", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": SOURCE},
        timeout=120,
        check=False,
    )


def answer(*words):
    done = ketachart(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_issue_s_own_example_answers_in_json():
    found = answer(
        "simulate", "--model", "otto-2021", "--weight-kg", "68", "--infusion", "10mg/30min", "--at", "0.5,1,2,5h"
    )
    assert (found["model"], found["site"]) == ("otto-2021", "venous")
    assert found["times_h"] == [0.5, 1, 2, 5]
    curve = found["analytes"]["ketamine"]
    assert len(curve["concentration_ng_per_ml"]) == len(curve["p5"]) == len(curve["p95"]) == 4
    assert curve["AUC_ng_h_per_ml"] == pytest.approx(10_000 / (95.2 * (68 / 70) ** 0.75), rel=1e-6)
    assert curve["Tmax_h"] == pytest.approx(0.5)
    assert found["bioavailability"] == 1
    assert set(found["analytes"]) == {"ketamine", "norketamine"}


@pytest.mark.parametrize(
    ("words", "model"),
    [
        (["--bolus", "10mg"], "kamp-2020"),
        (["--infusion", "0.5mg/kg/40min"], "otto-2021"),
        (["--infusion", "0.5 mg/kg / 40 min @ 1h", "--infusion", "20mg/1h"], "otto-2021"),
        (["--pump", "0min:52mg/h,15min:0mg/h,20min:52mg/h,45min:end"], "otto-2021"),
        (["--im", "35mg"], "racemic-intramuscular"),
        (["--sc", "35mg"], "racemic-subcutaneous"),
        (["--nasal", "28mg*3/5min", "--molecule", "esketamine"], "perez-ruixo-2021"),
        (["--nasal", "50mg", "--bioavailability", "0.2"], "racemic-nasal"),
        (["--sublingual", "25mg", "--hold-min", "10", "--swallow"], "racemic-sublingual"),
        (["--sublingual", "50mg", "--hold-min", "10", "--swallow", "--molecule", "esketamine"], "simons-2022"),
        (["--oral", "25mg"], "racemic-oral"),
        (["--oral-prolonged", "40mg"], "racemic-prolonged-release"),
        (["--rectal", "50mg"], "racemic-rectal"),
        (["--infusion", "35mg/40min", "--molecule", "arketamine"], "otto-2021"),
        (["--oral", "14mg", "--model", "ashraf-2018"], "ashraf-2018"),
    ],
)
def test_every_kind_of_dose_is_understood(words, model):
    found = answer("simulate", "--weight-kg", "70", "--age-years", "40", "--people", "0", *words)
    assert found["model"] == model
    assert found["analytes"]["ketamine"]["Cmax"] > 0


def test_spit_swallow_salt_and_repetition_change_what_they_should():
    def exposure(*words):
        return answer("simulate", "--weight-kg", "70", "--people", "0", *words)["analytes"]["ketamine"][
            "AUC_ng_h_per_ml"
        ]

    troche = ["--sublingual", "100mg", "--hold-min", "10"]
    assert exposure(*troche, "--spit") < exposure(*troche, "--swallow")
    assert exposure("--im", "50mg", "--salt") == pytest.approx(0.867 * exposure("--im", "50mg"), rel=1e-6)
    assert exposure("--im", "50mg", "--every", "72h", "--times", "3") == pytest.approx(
        3 * exposure("--im", "50mg"), rel=1e-6
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--infusion", "10/30"], "unit"),
        (["--infusion", "10mg"], "duration"),
        (["--bolus", "10mg/5min"], "duration"),
        (["--im", "ten mg"], "unit"),
        (["--im", "0.5mg/kg"], "--weight-kg"),
        (["--sublingual", "25mg"], "--hold-min"),
        (["--sublingual", "25mg", "--hold-min", "10"], "--spit"),
        (["--nasal", "50mg", "--weight-kg", "70"], "bioavailability"),
        (["--nasal", "28mg*3", "--molecule", "esketamine"], "time between"),
        (["--bolus", "10mg"], "weight"),
        (["--bolus", "9000mg", "--weight-kg", "70"], "ten times"),
        (["--bolus", "10mg", "--weight-kg", "30", "--age-years", "9"], "children"),
        (["--bolus", "10mg", "--weight-kg", "70", "--pregnant"], "pregnancy"),
        (["--im", "10mg", "--molecule", "esketamine"], "intramuscular"),
        (["--bolus", "10mg", "--model", "nobody-1999", "--weight-kg", "70"], "no model"),
        (["--bolus", "10mg", "--weight-kg", "70", "--at", "1,2"], "unit"),
        (["--bolus", "10mg", "--weight-kg", "seventy"], "seventy"),
        (["--oral", "10mg", "--weight-kg", "70", "--interaction", "tea"], "no interaction study"),
        ([], "at least one dose"),
        (["--bogus"], "no option or word --bogus"),
        (["--molecule", "ketamin"], "choose 'racemic', 'esketamine', 'arketamine'"),
        (["--bolus", "nanmg", "--weight-kg", "70"], "unit"),
        (["--bolus", "10mg", "--weight-kg", "nan"], "finite"),
        (["--bolus", "10mg", "--weight-kg", "-70"], "between"),
        (["--bolus=-5mg", "--weight-kg", "70"], "unit"),
        (["--bolus", "0mg", "--weight-kg", "70"], "above 0"),
        (["--bolus", "1000000000mg", "--weight-kg", "70"], "ten times"),
        (["--bolus", "9" * 400 + "mg", "--weight-kg", "70"], "finite"),
        (["--bolus", "5ml", "--weight-kg", "70"], "unit"),
        (["--bolus", "", "--weight-kg", "70"], "unit"),
        (["--bolus"], "--bolus needs a value"),
        (["--bolus", "10mg@99999999999h", "--weight-kg", "70"], "ten years"),
        (["--infusion", "10mg/100000h", "--weight-kg", "70"], "ten years"),
        (["--bolus", "10mg", "--weight-kg", "70", "--every", "0h", "--times", "3"], "--every"),
        (["--bolus", "10mg", "--weight-kg", "70", "--people", "1e3"], "whole number"),
        (["--bolus", "10mg", "--weight-kg", "70", "--people", "-5"], "0 to 2000000"),
        (["--bolus", "10mg", "--weight-kg", "70", "--seed", "-1"], "seed"),
        (["--bolus", "10mg", "--weight-kg", "70", "--auc", "soon"], "0-24h"),
        (["--bolus", "10mg", "--weight-kg", "70", "--at", "5,1h"], "in order"),
        (["--sublingual", "25mg", "--hold-min", "10", "--spit", "--swallow"], "contradict"),
        (["--sublingual", "25mg", "--hold-min", "nan", "--spit", "--weight-kg", "70"], "finite"),
        (["--nasal", "50mg", "--bioavailability", "2", "--weight-kg", "70"], "fraction"),
        (["--pump", "45min:52mg/h,0min:end", "--weight-kg", "70"], "last change"),
        (["--bolus", "10mg", "--weight-kg", "70", "--model", "../../etc/passwd"], "no model"),
        (["--bolus", "10mg", "--weight-kg", "70", "--plot", "curve.exe"], ".png"),
        (["--bolus", "10mg", "--weight-kg", "70", "--csv", "/nowhere/a.csv"], "cannot be written"),
        (["--bolus", "10mg", "--weight-kg", "70", "--people", "0", "--plot", "/nowhere/a.png"], "cannot be written"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_exit_code_2(words, says):
    done = ketachart("simulate", *words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "missing: command"),
        (["simulat"], "'simulate', 'models'"),
        (["models", "--bogus"], "ketachart models: there is no option or word --bogus"),
        (["models", "nobody"], "no model"),
        (["validate"], "missing: what"),
        (["validate", "--bogus"], "missing: what"),
        (["validate", "everything"], "choose 'pharmacology'"),
        (["serve", "--port", "http"], "not a port"),
        (["serve", "--port", "99999999"], "not a port"),
        (["demo", "--port", "-1"], "not a port"),
        (["clinic", "open"], "missing: name"),
        (["clinic", "--bogus"], "missing"),
        (["verify", "--bogus"], "--bogus"),
        (["backup"], "missing: folder"),
        (["knowledge", "--bogus"], "missing"),
    ],
)
def test_every_command_answers_bad_words_in_one_line_with_exit_code_2(words, says):
    done = ketachart(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_tables_and_pictures_are_written(tmp_path):
    pytest.importorskip("matplotlib")
    done = ketachart(
        "simulate",
        "--weight-kg",
        "70",
        "--infusion",
        "35mg/40min",
        "--people",
        "50",
        "--csv",
        "a.csv",
        "--plot",
        "a.png",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((tmp_path / "a.csv").open()))
    assert {row["site"] for row in rows} == {"venous", "arterial"}
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
    assert "otto-2021" in done.stdout
    assert "venous plasma" in done.stdout


def test_parquet_holds_the_same_rows_or_says_what_to_install(tmp_path):
    done = ketachart(
        "simulate", "--weight-kg", "70", "--bolus", "10mg", "--people", "0", "--parquet", "a.parquet", cwd=tmp_path
    )
    try:
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        assert done.returncode == 2
        assert "ketachart[tables]" in done.stderr
    else:
        assert done.returncode == 0, done.stderr
        assert pq.read_table(tmp_path / "a.parquet").num_rows > 100


def test_models_lists_every_row_with_source_and_the_reference_set():
    found = answer("models")
    by_id = {model["id"]: model for model in found["models"]}
    row = by_id["otto-2021"]["parameters"]["CL"]
    assert (row["printed_value"], row["unit"], row["status"]) == (95.2, "L/h", "published")
    assert "Table 3" in row["source"]
    assert by_id["kamp-2020"]["site"] == "arterial"
    assert {line["molecule"] for line in found["reference_set"]} == {"racemic", "esketamine", "arketamine"}
    one = ketachart("models", "perez-ruixo-2021")
    assert one.returncode == 0
    assert "Known defects" in one.stdout
    assert ketachart("models", "nobody").returncode == 2


def test_validate_scores_and_writes_its_report(tmp_path):
    pytest.importorskip("matplotlib")
    done = ketachart("validate", "pharmacology", "--report", "r.md", "--picture", "p.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "AAFE" in done.stdout
    report = (tmp_path / "r.md").read_text()
    assert "Rows that are not scored" in report
    assert "p.png" in report
