"""Bad input on every form of the way, against the real server: 4xx, said at the field, what was typed is kept, nothing is written."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ketachart.record.identity import new_id
from tests.browser.conftest import PASSWORD, sign_in_page
from tests.browser.walking import CLINIC_ZONE, Clinic, moving_clinic

__all__ = ["moving_clinic"]

pytestmark = pytest.mark.xdist_group("way")  # one clinic for both, in one process

NOBODY = "01900000-0000-7000-8000-000000000000"
LONG = "x" * 5000

# Sends a form of the open page with some fields changed, and reads the page that comes back as a person would.
SEND = """async ({form, fields}) => {
  const found = document.querySelector(form);
  if (!found) throw new Error(`no form ${form} on ${location.pathname}`);
  const data = new URLSearchParams(new FormData(found));
  for (const [name, value] of Object.entries(fields)) value === null ? data.delete(name) : data.set(name, value);
  const answer = await fetch(found.action || location.href, {method: "POST", body: data, redirect: "manual"});
  const page = new DOMParser().parseFromString(answer.type === "opaqueredirect" ? "" : await answer.text(), "text/html");
  const said = {};
  for (const box of page.querySelectorAll(".field--error")) {
    const input = box.querySelector("[name]");
    if (input) said[input.name] = [...box.querySelectorAll(".field__error")].map(one => one.textContent.trim()).join(" ");
  }
  for (const set of page.querySelectorAll(".question__set.field--error")) said[set.querySelector("[name]").name] = set.textContent;
  const kept = {};
  for (const name of Object.keys(fields)) {
    const inputs = [...page.querySelectorAll(`[name="${name}"]`)];
    const on = inputs.find(one => one.checked) || inputs.find(one => !["radio", "checkbox"].includes(one.type));
    kept[name] = on ? (on.getAttribute("value") ?? on.value) : null;
  }
  return {status: answer.type === "opaqueredirect" ? 302 : answer.status, said, kept,
          summary: page.querySelector("[data-error-summary]")?.textContent ?? page.querySelector("main")?.textContent ?? ""};
}"""


@dataclass
class Sent:
    status: int
    said: dict[str, str]
    kept: dict[str, str | None]
    summary: str


class Hand:
    """Somebody who sends forms."""

    def __init__(self, page: Page, clinic: Clinic) -> None:
        self.page, self.clinic = page, clinic

    def send(self, path: str, form: str, **fields: Any) -> Sent:
        self.page.goto(self.clinic.server.url + path)
        return Sent(**self.page.evaluate(SEND, {"form": form, "fields": fields}))

    def again(self, form: str, **fields: Any) -> Sent:
        """From the page that is open already: it may have become old."""
        return Sent(**self.page.evaluate(SEND, {"form": form, "fields": fields}))


@pytest.fixture(scope="module")
def hand(moving_clinic: Clinic, browser: Browser) -> Iterator[Callable[[str | None], Hand]]:
    hands: dict[str | None, Hand] = {}

    def make(username: str | None) -> Hand:
        if username not in hands:
            context = browser.new_context(timezone_id=str(CLINIC_ZONE))
            page = context.new_page()
            if username:
                sign_in_page(page, moving_clinic.server, username, PASSWORD)
            hands[username] = Hand(page, moving_clinic)
        return hands[username]

    yield make
    for one in hands.values():
        one.page.context.close()


P = "/people/{plan_due}"
BECAUSE = {"reasons": "because"}
AB = {"given_name": "A", "family_name": "B"}
BOOKING = "form[action$='/book/']"
SIGNED = "form[method=post]:has([name=outcome])"
SCREEN = P + "/screening/"
MEASURE = P + "/history/measurements/"
DECIDE = "/courses/{course}/decision/"
WRITE = "/courses/{course}/plan/"
LEAVE = "/treatment/sessions/{session}/discharge/"
BOOK = {
    "kind": "consultation",
    "on": f"{datetime.now(CLINIC_ZONE) + timedelta(days=30):%Y-%m-%d}",
    "starts_at": "10:00",
    "room": "",
    "staff": "",
}
PLAN = {
    "protocol": "TRD-IV-RACEMIC-6", "weight_kg": "73", "weight_measured_at": "2026-01-05T09:00", "dose_mg_per_kg": "0.5",
    "infusion_minutes": "40", "diluent": "bag", "bag_volume_ml": "100", "sessions": "6", "confirmed_strength_mg_per_ml": "50",
}  # fmt: skip
MEASURED = {"measured_at": "2026-01-05T09:00"}

CASES: list[tuple[str, str | None, str, str, dict[str, Any], str]] = [
    # what, who, page, form, fields, the field at which it is said ("" = above the form)
    ("inquiry, empty", None, "/inquire/", "form", {"given_name": ""}, "given_name"),
    ("inquiry, no way to answer", None, "/inquire/", "form", {**AB, "agreed": "on"}, ""),
    ("inquiry, no address", None, "/inquire/", "form", {**AB, "email": "nowhere", "agreed": "on"}, "email"),
    ("inquiry, no agreement", None, "/inquire/", "form", {**AB, "email": "a@example.org"}, "agreed"),
    ("inquiry, too long", None, "/inquire/", "form", {**AB, "message": LONG}, "message"),
    ("inquiry, no such service", None, "/inquire/", "form", {"given_name": "A", "services": "free-lunch"}, "services"),
    ("registration, empty", "front_desk", "/people/new/", "main form", {"given_name": ""}, "given_name"),
    ("registration, born tomorrow", "front_desk", "/people/new/", "main form", {**AB, "birth_date": "2190-01-01"}, "birth_date"),
    ("registration, no date", "front_desk", "/people/new/", "main form", {"given_name": "A", "birth_date": "31/31/31"}, "birth_date"),
    ("sign-in, no username", "front_desk", P + "/sign-in/", "main form", {"username": "a b"}, "username"),
    ("sign-in, somebody else's", "front_desk", P + "/sign-in/", "main form", {"username": "patient"}, "username"),
    ("booking, empty", "front_desk", P + "/appointments/", BOOKING, {"kind": ""}, "kind"),
    ("booking, no such day", "front_desk", P + "/appointments/", BOOKING, {**BOOK, "on": "2026-02-31"}, "on"),
    ("booking, in the past", "front_desk", P + "/appointments/", BOOKING, {**BOOK, "on": "2020-01-06"}, "starts_at"),
    ("booking, a month long", "front_desk", P + "/appointments/", BOOKING, {**BOOK, "minutes": "43200"}, "minutes"),
    ("booking, no such room", "front_desk", P + "/appointments/", BOOKING, {**BOOK, "room": NOBODY}, "room"),
    ("conditions, no such answer", "nurse", P + "/history/conditions/", "form.card", {"condition_stroke": "perhaps"}, ""),
    ("medicines, neither some nor none", "nurse", P + "/history/medicines/", "form.card", {"row-0-ingredient": "sertraline"}, "stated"),
    ("medicines, a row without a name", "nurse", P + "/history/medicines/", "form.card", {"stated": "listed", "row-0-dose": "5 mg"}, ""),
    ("pregnancy, a test without a date", "nurse", P + "/history/pregnancy/", "form.card", {"status": "test negative"}, "tested_on"),
    ("measurements, no time", "nurse", MEASURE, "form.card", {"weight_kg": "73"}, "measured_at"),
    ("measurements, no number", "nurse", MEASURE, "form.card", {**MEASURED, "weight_kg": "heavy"}, "weight_kg"),
    ("measurements, no body", "nurse", MEASURE, "form.card", {**MEASURED, "systolic_mmhg": "1300"}, "systolic_mmhg"),
    ("measurements, a slipped point", "nurse", MEASURE, "form.card", {**MEASURED, "weight_kg": "730"}, "weight_kg"),
    ("measurements, nothing measured", "nurse", MEASURE, "form.card", MEASURED, ""),
    ("measurements, an old page", "nurse", MEASURE, "form.card", {**MEASURED, "weight_kg": "73", "follows_version": "0"}, ""),
    ("measurements, shorter than nothing", "nurse", MEASURE, "form.card", {**MEASURED, "height_cm": "-3"}, "height_cm"),
    ("goals, empty", "nurse", P + "/history/goals/", "form.card", {"goals": ""}, "goals"),
    ("decision, empty", "prescriber", SCREEN, SIGNED, {"reasons": "because"}, "outcome"),
    ("decision, of another page", "prescriber", SCREEN, SIGNED, {**BECAUSE, "outcome": "eligible", "seen_sha256": "0" * 64}, ""),
    ("decision, conditions without words", "prescriber", SCREEN, SIGNED, {**BECAUSE, "outcome": "conditional"}, "conditions"),
    ("scale, nothing chosen", "nurse", P + "/scales/assign/", "main form", {"purpose": "x"}, "instrument_id"),
    ("scale, unknown", "nurse", P + "/scales/assign/", "main form", {"purpose": "x", "instrument_id": "horoscope"}, "instrument_id"),
    ("scale read out, half of it", "nurse", P + "/scales/enter/phq-9/", "main form", {"item_1": "2", "purpose": "x"}, "item_2"),
    ("scale read out, no such answer", "nurse", P + "/scales/enter/phq-9/", "main form", {"item_1": "7"}, "item_1"),
    ("course, no indication", "prescriber", P + "/plan/", "form[action$='/course/']", {"indication": "boredom"}, "indication"),
    ("check-in call, empty", "nurse", "/check-ins/{check_in}/", "form[action$='/not-reached/']", {"note": ""}, "note"),
    ("check-in, nothing answered", "nurse", "/check-ins/{check_in}/call/", "main form", {}, ""),
    ("next session, empty", "prescriber", DECIDE, "main form", {"reasons": ""}, "choice"),
    ("next session, no reasons", "prescriber", DECIDE, "main form", {"choice": "continue"}, "reasons"),
    ("next session, up to nothing", "prescriber", DECIDE, "main form", {"choice": "up", "reasons": "x"}, "next_mg_per_kg"),
    ("next session, negative", "prescriber", DECIDE, "main form", {**BECAUSE, "choice": "down", "next_mg_per_kg": "-1"}, "next_mg_per_kg"),
    ("plan, empty", "prescriber", WRITE, "#plan-form", {}, "protocol"),
    ("plan, words for a weight", "prescriber", WRITE, "#plan-form", {**PLAN, "weight_kg": "a lot"}, "weight_kg"),
    ("plan, less than nothing", "prescriber", WRITE, "#plan-form", {**PLAN, "dose_mg_per_kg": "-0.5"}, "dose_mg_per_kg"),
    ("plan, product of nobody", "prescriber", WRITE, "#plan-form", {**PLAN, "product": NOBODY}, "product"),
    ("plan, a bag of nothing", "prescriber", WRITE, "#plan-form", {**PLAN, "bag_volume_ml": ""}, "bag_volume_ml"),
    ("discharge check, nothing answered", "nurse", LEAVE, "form[action$='/assessment/']", {}, ""),
    ("leaving through a closed gate", "nurse", LEAVE, "form[action$='/leave/']", {}, ""),
    ("credential, no such kind", "clinic_lead", "/staff/{nurse}/credentials/new/", "main form", {"kind": "wizard"}, "kind"),
    ("room, without a chair", "clinic_lead", "/rooms/new/", "main form", {"name": "R", "chairs": "0"}, "chairs"),
    ("staff, no role", "clinic_lead", "/staff/new/", "main form", {"username": "new.one", "display_name": "N", "role": "king"}, "role"),
    ("product, no strength", "pharmacist", "/formulary/new/", "main form", {"name": "X"}, "molecule"),
]  # fmt: skip


@pytest.fixture(scope="module")
def names(moving_clinic: Clinic) -> dict[str, str]:
    """Identifiers of the demo that the addresses need."""
    found = moving_clinic.server.manifest()
    ask = moving_clinic.ask
    patient = found["patients"]["mid_course"].replace("-", "")
    return {
        **found["patients"],
        "session": found["live"][2]["session"],
        "course": str(uuid.UUID(str(ask("select id from course_course where patient_id = ?", patient)))),
        "check_in": str(uuid.UUID(str(ask("select id from aftercare_checkin where patient_id = ? and answered_at is null", patient)))),
        "nurse": str(uuid.UUID(str(ask("select id from record_user where username = ?", "nurse")))),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("who", "page", "form", "fields", "field"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_form_that_is_wrong_comes_back_with_what_was_typed_and_leaves_nothing_behind(
    moving_clinic: Clinic,
    hand: Callable[[str | None], Hand],
    names: dict[str, str],
    who: str | None,
    page: str,
    form: str,
    fields: dict[str, Any],
    field: str,
) -> None:
    before = moving_clinic.events()
    sent = hand(who).send(page.format(**names), form, **fields)
    assert 400 <= sent.status < 500, sent
    if field:
        assert sent.said.get(field), sent
    else:
        assert sent.summary.strip(), sent
    typed = {name: value for name, value in fields.items() if name != "follows_version" and "sha256" not in name}
    impossible = {
        "horoscope",
        "boredom",
        "wizard",
        "king",
        "perhaps",
        "7",
        "free-lunch",
        NOBODY,
    }  # no such choice to show
    lost = {name for name, value in typed.items() if value not in impossible and (sent.kept.get(name) or "") != value}
    assert not lost, sent
    assert moving_clinic.events() == before


@pytest.fixture
def free_patient(moving_clinic: Clinic, hand: Callable[[str | None], Hand]) -> str:
    """A new person, for what may be sent twice."""
    desk = hand("front_desk")
    name = "Twice" + "".join(letter for letter in uuid.uuid4().hex if letter.isalpha())
    sent = desk.send("/people/new/", "main form", given_name=name, family_name=name[::-1], birth_date="1991-01-01")
    assert sent.status == 302
    return str(uuid.UUID(str(moving_clinic.ask("select id from people_patient where given_name = ?", name))))


def test_a_form_sent_twice_writes_once(
    moving_clinic: Clinic, hand: Callable[[str | None], Hand], free_patient: str
) -> None:
    """A double click, or the back button and once more."""
    nurse, desk = hand("nurse"), hand("front_desk")
    measured = {"measured_at": "2026-01-05T09:00", "weight_kg": "73"}
    assert nurse.send(f"/people/{free_patient}/history/measurements/", "form.card", **measured).status == 302
    once = moving_clinic.events()
    sent = nurse.again("form.card", **measured)
    assert sent.status in (409, 422), sent
    assert "recorded version 1 in the meantime" in sent.summary
    assert sent.kept["weight_kg"] == "73"
    assert moving_clinic.events() == once

    booking = {**BOOK, "starts_at": "07:15"}
    assert desk.send(f"/people/{free_patient}/appointments/", BOOKING, **booking).status == 302
    once = moving_clinic.events()
    sent = desk.again(BOOKING, **booking)
    assert 400 <= sent.status < 500, sent
    assert moving_clinic.events() == once


def test_the_same_person_registered_twice_is_asked_about_first(
    moving_clinic: Clinic, hand: Callable[[str | None], Hand], free_patient: str
) -> None:
    name = moving_clinic.ask("select given_name from people_patient where id = ?", free_patient.replace("-", ""))
    before = moving_clinic.events()
    twin = {"given_name": name, "family_name": name[::-1], "birth_date": "1991-01-01"}
    sent = hand("front_desk").send("/people/new/", "main form", **twin)
    assert sent.status == 422
    assert "another person" in sent.summary
    assert moving_clinic.events() == before


GOOD = {"systolic_mmhg": 120, "diastolic_mmhg": 70}
EVENTS: list[tuple[str, Any, int]] = [
    # what, body, status of the whole answer; where that is 200, the event itself must be refused
    ("no JSON", "{", 400),
    ("no events", {}, 400),
    ("not a list", {"events": "all of them"}, 400),
    ("too many", {"events": [{}] * 201}, 400),
    ("no id", {"events": [{"kind": "treatment.vitals_charted", "content": GOOD}]}, 400),
    ("a kind nobody knows", {"kind": "treatment.wish_granted", "content": {}}, 200),
    ("a kind that is not charted here", {"kind": "course.plan_written", "content": {}}, 200),
    ("nothing measured", {"kind": "treatment.vitals_charted", "content": {}}, 200),
    ("no body", {"kind": "treatment.vitals_charted", "content": {"systolic_mmhg": 1300}}, 200),
    ("words for a number", {"kind": "treatment.vitals_charted", "content": {"systolic_mmhg": "high"}}, 200),
    ("a field nobody knows", {"kind": "treatment.vitals_charted", "content": {**GOOD, "mood": 7}}, 200),
    ("an unusual value, unconfirmed", {"kind": "treatment.vitals_charted", "content": {"heart_rate_per_min": 190}}, 200),
    ("far in the future", {"kind": "treatment.vitals_charted", "content": GOOD, "effective_at": "2999-01-01T00:00:00.000Z"}, 200),
    ("no time", {"kind": "treatment.vitals_charted", "content": GOOD, "effective_at": "noon"}, 200),
    ("alertness of 9", {"kind": "treatment.sedation_scored", "content": {"scale": "MOAA/S", "value": 9}}, 200),
    ("a pump that never ran", {"kind": "treatment.infusion_resumed", "content": {"rate_ml_per_h": 1, "rate_mg_per_h": 1}}, 200),
    ("leaving through a closed gate", {"kind": "treatment.discharged", "content": {"at": "2026-01-01T00:00:00.000Z"}}, 200),
    ("a correction of nothing", {"kind": "treatment.event_corrected", "content": {"target_id": NOBODY, "reason": "x"}}, 200),
]  # fmt: skip

POST = """async ({path, body, csrf}) => {
  const token = document.cookie.split("; ").map(one => one.split("=")).find(([name]) => name.endsWith("csrftoken"));
  const headers = {"Content-Type": "application/json", ...(csrf ? {"X-CSRFToken": token ? token[1] : ""} : {})};
  const answer = await fetch(path, {method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body)});
  return {status: answer.status, body: await answer.json().catch(() => null)};
}"""


def post(page: Page, path: str, body: Any, *, csrf: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(POST, {"path": path, "body": body, "csrf": csrf})
    return found


@pytest.mark.parametrize(("body", "status"), [case[1:] for case in EVENTS], ids=[case[0] for case in EVENTS])
def test_the_live_lane_refuses_what_is_wrong_and_says_what_would_be_right(
    moving_clinic: Clinic, hand: Callable[[str | None], Hand], names: dict[str, str], body: Any, status: int
) -> None:
    nurse = hand("nurse")
    nurse.page.goto(f"{moving_clinic.server.url}/today/")
    at = moving_clinic.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(body, dict) and "kind" in body:
        body = {"events": [{"id": str(new_id()), "effective_at": at, "device": "test", **body}]}
    before = moving_clinic.events()
    answer = post(nurse.page, f"/live/sessions/{names['session']}/events", body)
    assert answer["status"] == status, answer
    problems = (
        [result["problem"] for result in answer["body"]["results"]] if status == 200 else answer["body"]["errors"]
    )
    assert problems, answer
    for problem in problems:
        assert problem["problem"], answer
    assert moving_clinic.events() == before


def test_the_live_lane_is_closed_to_a_page_of_another_site_and_to_sessions_of_nobody(
    moving_clinic: Clinic, hand: Callable[[str | None], Hand], names: dict[str, str]
) -> None:
    page = hand("nurse").page
    page.goto(f"{moving_clinic.server.url}/today/")
    before = moving_clinic.events()
    assert post(page, f"/live/sessions/{names['session']}/events", {"events": []}, csrf=False)["status"] == 403
    note = {"id": str(new_id()), "kind": "treatment.note_written", "content": {"text": "Hello?"}}
    note["effective_at"] = moving_clinic.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    answer = post(page, f"/live/sessions/{NOBODY}/events", {"events": [note]})
    assert [result["status"] for result in answer["body"].get("results", [])] in ([], ["refused"]), answer
    override = f"/treatment/sessions/{names['session']}/override.json"
    for body in ("{", {}, {"gate": "front"}, {"gate": "discharge", "findings": ["DI02"], "reason": ""}):
        answer = post(page, override, body)
        assert 400 <= answer["status"] < 500, (body, answer)
    assert moving_clinic.events() == before


def test_the_same_event_sent_twice_is_one_and_the_same_id_with_other_content_is_a_conflict(
    moving_clinic: Clinic, hand: Callable[[str | None], Hand], names: dict[str, str]
) -> None:
    page = hand("nurse").page
    page.goto(f"{moving_clinic.server.url}/today/")
    at = moving_clinic.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    event = {"id": str(new_id()), "kind": "treatment.note_written", "effective_at": at, "content": {"text": "Once."}}
    path = f"/live/sessions/{names['session']}/events"
    before = moving_clinic.events()
    sent = [post(page, path, {"events": [one]}) for one in (event, event, {**event, "content": {"text": "Twice."}})]
    assert [one["body"]["results"][0]["status"] for one in sent] == ["created", "already", "conflict"]
    assert moving_clinic.events() == before + 1
