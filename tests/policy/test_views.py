from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from ketachart.knowledge.library import SHELVES, passages
from ketachart.knowledge.site_settings import site_settings
from ketachart.policy.commands import set_value
from ketachart.policy.models import PolicyEntry

AT = datetime(2026, 11, 22, 15, tzinfo=UTC)
TODAY = date(2026, 11, 22)
TOMORROW = TODAY + timedelta(days=1)
HOLD = "treatment.hold.systolic_mmhg"
REASON = "Medical committee, 20 November"


@pytest.fixture(autouse=True)
def _at():
    with time_machine.travel(AT, tick=False):
        yield


def page(client, name, *args, **query):
    return client.get(reverse(f"policy:{name}", args=args), query)


def text_of(answer):
    return " ".join(answer.content.decode().split())


def form(**changes):
    return {"value": "150", "valid_from": TOMORROW.isoformat(), "reason": REASON, **changes}


def test_every_shelf_and_every_entry_opens(sign_in):
    client = sign_in("nurse")
    assert page(client, "library").status_code == 200
    for shelf in SHELVES:
        assert page(client, "library", shelf=shelf.id, full="1").status_code == 200
    one_of_each_shape = {(one.file, one.kind): one for one in passages()}
    for one in one_of_each_shape.values():
        assert page(client, "passage", one.key).status_code == 200, one.key


def test_a_rule_shows_its_source_its_grade_in_words_and_who_may_set_it_aside(sign_in):
    shown = text_of(page(sign_in("nurse"), "passage", "session/rule/ST11/1"))
    assert "Blood pressure not markedly abnormal" in shown
    assert "read in the source itself" in shown
    assert "with a name and a reason and a second signature" in shown
    assert "from 1 Jan 2025" in shown


def test_a_rule_shows_the_clinic_s_own_value_beside_it(sign_in, actor):
    set_value(actor("clinic_lead"), setting_id=HOLD, value=150.0, reason=REASON, valid_from=TODAY, at=AT)
    assert "150 mmHg" in text_of(page(sign_in("nurse"), "passage", "session/rule/ST10/1"))


def test_search_finds_rules_and_settings(sign_in):
    shown = text_of(page(sign_in("nurse"), "library", q="fasting"))
    assert "Fasting times charted" in shown
    assert reverse("policy:setting", args=["schedule.fasting.solids_hours"]) in shown
    assert "Nothing in force that day says this" in text_of(page(sign_in("nurse"), "library", q="zzzz"))


def test_on_a_day_before_the_rules_began_they_are_not_there(sign_in):
    client = sign_in("nurse")
    assert "Nothing in force" in text_of(page(client, "library", shelf="gates", on="2020-01-01"))
    assert "Not in force" in text_of(page(client, "passage", "session/rule/ST10/1", on="2020-01-01"))


def test_a_day_that_is_no_day_is_answered_beside_the_field(sign_in):
    client = sign_in("nurse")
    for name in ("library", "values"):
        answer = page(client, name, on="2026-13-45")
        assert answer.status_code == 422
        assert "Enter a valid date" in text_of(answer)
    assert page(client, "compare", earlier="", later="x").status_code == 422


def test_the_lead_sets_a_value_from_tomorrow_on_and_today_stays_empty(sign_in):
    client = sign_in("clinic_lead")
    answer = client.post(reverse("policy:set_value", args=[HOLD]), form())
    assert answer.status_code == 302
    assert 'Today: <strong><span class="not-charted">not set' in text_of(page(client, "setting", HOLD))
    shown = text_of(page(client, "values"))
    assert "from 23 Nov 2026 on: <strong>150 mmHg" in shown
    assert "since 23 Nov 2026" not in shown
    assert "150 mmHg" in text_of(page(client, "values", on=TOMORROW.isoformat()))
    changed = text_of(page(client, "compare", earlier=TODAY.isoformat(), later=TOMORROW.isoformat()))
    assert "150 mmHg" in changed
    assert REASON in changed


def test_what_was_known_before_it_was_written_is_still_shown(sign_in, actor):
    set_value(
        actor("clinic_lead"),
        setting_id=HOLD,
        value=150.0,
        reason=REASON,
        valid_from=TODAY - timedelta(days=10),
        past_day_meant=True,
        at=AT,
    )
    client, day = sign_in("nurse"), (TODAY - timedelta(days=5)).isoformat()
    assert "150 mmHg" in text_of(page(client, "values", on=day))
    assert "150 mmHg" not in text_of(page(client, "values", on=day, known=day))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"value": ""}, "Nothing entered; this is needed"),
        ({"value": "15"}, "looks like a slip"),
        ({"value": "abc"}, "Enter a number"),
        ({"reason": "so"}, "The reason is missing"),
        ({"valid_from": "2026-11-01"}, "is past"),
        ({"valid_from": "yesterday"}, "Enter a valid date"),
    ],
)
def test_bad_input_is_answered_beside_the_field_and_nothing_typed_is_lost(sign_in, changes, said):
    answer = sign_in("clinic_lead").post(reverse("policy:set_value", args=[HOLD]), form(**changes))
    assert answer.status_code == 422
    shown = text_of(answer)
    assert said in shown
    for typed in form(**changes).values():
        assert typed in shown
    assert not PolicyEntry.objects.exists()


def test_withdrawing_takes_a_reason_and_leaves_the_history(sign_in, actor):
    set_value(actor("clinic_lead"), setting_id=HOLD, value=150.0, reason=REASON, valid_from=TODAY, at=AT)
    client = sign_in("clinic_lead")
    address = reverse("policy:withdraw_value", args=[HOLD])
    assert client.post(address, {"withdraw-valid_from": TODAY.isoformat(), "withdraw-reason": ""}).status_code == 422
    given = {"withdraw-valid_from": TOMORROW.isoformat(), "withdraw-reason": "The committee took it back"}
    assert client.post(address, given).status_code == 302
    shown = text_of(page(client, "setting", HOLD))
    assert "withdrawn" in shown
    assert "150 mmHg" in shown


@pytest.mark.parametrize("role", ["nurse", "prescriber", "therapist", "pharmacist"])
def test_clinical_roles_read_and_cannot_set(sign_in, role):
    client = sign_in(role)
    assert page(client, "library").status_code == 200
    shown = page(client, "setting", HOLD)
    assert shown.status_code == 200
    assert "Set from that day on" not in shown.content.decode()
    assert client.post(reverse("policy:set_value", args=[HOLD]), form()).status_code == 403
    assert client.post(reverse("policy:withdraw_value", args=[HOLD]), {}).status_code == 403
    assert not PolicyEntry.objects.exists()


@pytest.mark.parametrize("role", ["patient", "front_desk", "biller"])
def test_others_do_not_read(sign_in, role):
    client = sign_in(role, **({"patient_id": "01931f6e-0000-7000-8000-000000000001"} if role == "patient" else {}))
    for name, args in (("library", []), ("values", []), ("setting", [HOLD]), ("compare", [])):
        assert page(client, name, *args).status_code == 403


def test_what_does_not_exist_is_not_found(sign_in):
    client = sign_in("clinic_lead")
    assert page(client, "setting", "no.such.setting").status_code == 404
    assert page(client, "passage", "no/such/thing").status_code == 404
    assert client.post(reverse("policy:set_value", args=["no.such.setting"]), form()).status_code == 404


def test_values_of_another_clinic_are_not_shown(sign_in, user_of, other_clinic):
    from ketachart.record.actor import Actor

    elsewhere = Actor.of(user_of("clinic_lead", at=other_clinic))
    set_value(elsewhere, setting_id=HOLD, value=150.0, reason=REASON, valid_from=TODAY, at=AT)
    assert "150 mmHg" not in text_of(page(sign_in("nurse"), "setting", HOLD))


def test_every_setting_has_a_page_with_its_explanation(sign_in):
    client = sign_in("clinic_lead")
    for setting in site_settings().values():
        answer = page(client, "setting", setting.id)
        assert answer.status_code == 200, setting.id
        assert 'name="value"' in answer.content.decode()


def test_the_page_of_values_reads_the_same_number_of_statements_whatever_was_written(sign_in, actor, count_statements):
    client, lead, counts = sign_in("nurse"), actor("clinic_lead"), []
    page(client, "values")
    for value in (150.0, 155.0):
        set_value(lead, setting_id=HOLD, value=value, reason=REASON, valid_from=TODAY, at=AT)
        with count_statements() as statements:
            page(client, "values")
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 8
