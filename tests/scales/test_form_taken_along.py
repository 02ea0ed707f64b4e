"""With no network the phone asks the same questions as the server would, whatever was answered."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ketachart.instruments.loader import instruments
from ketachart.instruments.scoring import items_to_ask
from ketachart.record.identity import new_id
from ketachart.scales import rules
from ketachart.scales.kept_answers import to_take_along
from ketachart.scales.library import may_be_assigned
from ketachart.scales.queries import Form

MODULES = Path(__file__).parents[2] / "src/ketachart/scales/static/scales"
NODE = shutil.which("node")
ON_THE_PHONE = [one for one in instruments().values() if may_be_assigned(one)]
PERSON = SimpleNamespace(user_id=new_id())


def taken_along(scale, given=None):
    return to_take_along(Form(SimpleNamespace(id=new_id()), scale, given or {}), PERSON)


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    if NODE is None:
        pytest.skip("node is not installed: the phone's own questions are not compared (apt-get install nodejs)")
    folder = tmp_path_factory.mktemp("modules")
    (folder / "package.json").write_text('{"type": "module"}')
    shutil.copy(MODULES / "form.js", folder)
    process = subprocess.Popen(
        [NODE, str(Path(__file__).parent / "asked.mjs"), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def put(question):
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    yield put
    process.stdin.close()
    process.wait(timeout=10)


@st.composite
def partly_answered(draw):
    scale = draw(st.sampled_from(ON_THE_PHONE))
    given = {}
    for item in scale.item:
        if draw(st.integers(0, 4)):
            given[item.id] = draw(st.none() | st.sampled_from([one.value for one in scale.options_of(item)]))
    return scale, given


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(case=partly_answered())
def test_the_phone_asks_what_the_server_would_ask(ask, case):
    scale, answers = case
    answered = ask({"form": taken_along(scale), "given": answers})
    following = rules.next_item(scale, answers)
    assert answered["asked"] == [item.id for item in items_to_ask(scale, answers)]
    assert answered["next"] == (following.id if following else None)


def test_the_answers_after_which_help_is_shown_at_once_go_along():
    worrying = {one["id"]: one["worrying"] for one in taken_along(instruments()["phq-9"])["items"]}
    assert worrying["9"] == [1, 2, 3]
    assert all(not values for item, values in worrying.items() if item != "9")


def test_the_form_goes_along_with_nothing_chosen():
    assert taken_along(instruments()["phq-9"])["given"] == {}
    assert "points" in taken_along(instruments()["gad-7"])["items"][0]["options"][0]
