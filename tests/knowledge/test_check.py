"""What the checker says: which file, which entry, what is wrong, what to do."""

import json
from argparse import Namespace
from datetime import date

import pytest

from ketachart.knowledge import command_knowledge, loader
from ketachart.knowledge.check import Problem, checked, entries, references, settings, source_list, versions
from ketachart.knowledge.check import all as everything
from ketachart.knowledge.site_settings import site_settings

TODAY = date(2026, 11, 22)
BEGUN = date(2025, 1, 1)
GOOD = {"citation": "A label", "authority": "label", "grade": "read"}


def of_files(monkeypatch, check, *files, on=TODAY):
    monkeypatch.setattr(loader, "raw_files", lambda: list(files))
    return list(check.problems(on))


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"source": {"id": "S-NOWHERE"}}, "S-NOWHERE"),
        ({"sources": ["S-01", "S-NOWHERE"]}, "S-NOWHERE"),
        ({"timing_source": {"id": "S-NOWHERE"}}, "S-NOWHERE"),
        ({"products": ["no-such-product"]}, "no-such-product"),
        ({"routes": ["IV", "through the ear"]}, "through the ear"),
        ({"indications": ["NOPE"]}, "NOPE"),
        ({"approved_for": ["NOPE"]}, "NOPE"),
        ({"test": {"kind": "answers", "facts": ["nobody_asks_this"]}}, "nobody_asks_this"),
        ({"test": {"kind": "numbers", "limits": [{"fact": "nobody_asks_this", "at_most": 1}]}}, "nobody_asks_this"),
        ({"test": {"kind": "medicines", "classes": ["no class"]}}, "no class"),
        ({"scale": "no-such-scale"}, "no-such-scale"),
        ({"setting": "course.iv.no_such_setting"}, "course.iv.no_such_setting"),
        ({"grace": "course.iv.no_such_setting"}, "course.iv.no_such_setting"),
        ({"covered_by": ["AL99"]}, "AL99"),
        ({"used_by": ["XX99"]}, "XX99"),
        ({"used_by": ["eligibility/ST01"]}, "eligibility/ST01"),
        ({"section": [{"elements": ["no_such_element"]}]}, "no_such_element"),
        ({"lines": [{"item": "vitals", "source": {"id": "S-NOWHERE"}}]}, "S-NOWHERE"),
    ],
)
def test_a_name_that_points_nowhere_is_named_with_what_to_do(table, named):
    found = list(references.in_table("new.toml", "N1", table))
    assert len(found) == 1
    assert found[0].file == "new.toml"
    assert found[0].entry.startswith("N1")
    assert named in found[0].what
    assert found[0].do


def test_a_rule_id_that_two_files_have_needs_its_file():
    (found,) = references.in_table("x.toml", "N1", {"used_by": ["DI02"]})
    assert "two files" in found.what
    assert not list(references.in_table("x.toml", "N1", {"used_by": ["session/DI02", "schedule: the fasting clock"]}))


def test_names_that_point_somewhere_are_good():
    table = {
        "products": ["spravato"],
        "routes": ["IV"],
        "indications": ["TRD"],
        "scale": "phq-9",
        "setting": "course.iv.maximum_dose_mg",
        "used_by": ["ST10"],
        "source": {"id": "S-01"},
        "test": {"kind": "answers", "facts": ["condition_stroke"]},
    }
    assert not list(references.in_table("x.toml", "N1", table))


def test_a_document_that_nobody_cites_is_told_and_does_not_fail(monkeypatch):
    content = {"effective_from": BEGUN, "source": {"id": "S-01"}, "x": [{"sources": ["S-03"]}]}
    found = of_files(monkeypatch, source_list, ("new.toml", content))
    assert {one.level for one in found} == {"warning"}
    assert not {"S-01", "S-03"} & {one.entry for one in found}


def rule(id, version, begins, ends=None, **more):
    dates = {"effective_from": begins, **({"effective_to": ends} if ends else {})}
    return {"id": id, "version": version, "title": id, "source": GOOD, **dates, **more}


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ([rule("A", "1", BEGUN, date(2026, 6, 30)), rule("A", "2", date(2026, 7, 1))], None),
        ([rule("A", "1", BEGUN, date(2026, 7, 1)), rule("A", "2", date(2026, 7, 1))], "same days"),
        ([rule("A", "1", BEGUN), rule("A", "2", date(2026, 7, 1))], "same days"),
        ([rule("A", "1", BEGUN), rule("A", "1", date(2026, 7, 1))], "twice"),
        ([rule("A", "1", BEGUN, date(2026, 1, 1), superseded_by="Z")], "does not exist"),
        ([rule("A", "1", BEGUN, date(2026, 1, 1), superseded_by="B"), rule("B", "1", date(2026, 1, 2))], None),
        ([rule("A", "1", BEGUN), rule("B", "1", BEGUN)], None),
    ],
)
def test_one_thing_has_one_version_a_day(monkeypatch, rules, complaint):
    found = of_files(monkeypatch, versions, ("new.toml", {"rule": rules}))
    if complaint is None:
        assert not found
    else:
        (one,) = found
        assert complaint in one.what
        assert one.file == "new.toml"


@pytest.mark.parametrize(
    ("change", "level", "complaint"),
    [
        ({"effective_to": date(2026, 11, 21)}, "problem", "expired"),
        ({"effective_to": date(2026, 11, 21), "note": "nothing replaces it"}, None, ""),
        ({"effective_to": date(2026, 11, 21), "superseded_by": "B"}, None, ""),
        ({"effective_to": date(2026, 12, 31)}, "warning", "ends on 2026-12-31"),
        ({"effective_to": date(2027, 12, 31)}, None, ""),
        ({"effective_to": date(2024, 12, 31), "note": "n"}, "problem", "before it begins"),
    ],
)
def test_what_ends_is_named_in_time(monkeypatch, change, level, complaint):
    entry = {"id": "A", "text": "Said.", "source": GOOD, "effective_from": BEGUN, **change}
    found = of_files(monkeypatch, entries, ("new.toml", {"rule": [entry]}))
    assert [one.level for one in found] == ([level] if level else [])
    assert all(complaint in one.what and one.do for one in found)


def test_the_day_decides_what_has_expired(monkeypatch):
    files = ("new.toml", {"rule": [rule("A", "1", BEGUN, date(2026, 12, 31), text="Said.")]})
    assert [one.level for one in of_files(monkeypatch, entries, files, on=date(2026, 6, 1))] == []
    assert [one.level for one in of_files(monkeypatch, entries, files, on=date(2027, 1, 1))] == ["problem"]


SETTING = {"id": "a.b.c_mg", "title": "C", "kind": "number", "unit": "mg", "minimum": 1, "maximum": 9, "used_by": ["x"]}
SITE = {"citation": "Site setting", "authority": "site", "grade": "unverified"}


def setting_file(**changes):
    return ("site_settings.toml", {"effective_from": BEGUN, "source": SITE, "setting": [{**SETTING, **changes}]})


def test_a_setting_may_have_typing_bounds_and_candidates_and_no_value(monkeypatch):
    candidate = {"value": "5 mg", "source": GOOD}
    assert not of_files(monkeypatch, entries, setting_file(consider=[candidate]))
    (found,) = of_files(monkeypatch, entries, setting_file(default=5))
    assert "unverified" in found.what
    (found,) = of_files(monkeypatch, entries, setting_file(consider=[{"value": "5 mg"}]))
    assert found.what == "no source"


def test_the_shipped_settings_are_places_without_a_value():
    assert not list(settings.problems(TODAY))
    assert not [one for one in site_settings().values() if not one.used_by or not one.explanation]


def test_one_broken_check_does_not_hide_the_others(monkeypatch):
    def broken(on):
        raise ValueError("line 7: not a date")

    good = Problem("x.toml", "A", "no source", "Add it")
    monkeypatch.setattr(everything, "CHECKS", (("texts", broken), ("every entry", lambda on: [good])))
    found = checked(TODAY)
    assert good in found
    assert any("line 7" in one.what and one.entry == "texts" for one in found)


def run(monkeypatch, capsys, found, **options):
    monkeypatch.setattr(command_knowledge, "checked", lambda on: found)
    asked = Namespace(verb="check", on=TODAY, json=False, warnings=False)
    code = command_knowledge.run(Namespace(**{**vars(asked), **options}))
    return code, capsys.readouterr().out


WARNING = Problem("sources.toml", "S-99", "nothing cites it", "Cite it", "warning")
PROBLEM = Problem("x.toml", "A", "no source", "Add it")


def test_the_command_fails_on_a_problem_and_only_tells_a_warning(monkeypatch, capsys):
    assert run(monkeypatch, capsys, [WARNING])[0] == 0
    code, said = run(monkeypatch, capsys, [WARNING, PROBLEM])
    assert code == 1
    assert "x.toml A: no source. Add it" in said
    assert "S-99" not in said
    assert "S-99" in run(monkeypatch, capsys, [WARNING], warnings=True)[1]


def test_the_command_answers_a_program_in_json(monkeypatch, capsys):
    code, said = run(monkeypatch, capsys, [WARNING, PROBLEM], json=True)
    answer = json.loads(said)
    assert code == 1
    assert (answer["on"], answer["good"]) == ("2026-11-22", False)
    assert {"file": "x.toml", "entry": "A", "what": "no source", "do": "Add it", "level": "problem"} in answer["found"]
