"""From telemetry to the chart: offered, confirmed by a person, charted by itself only where the clinic asked for it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from ketachart.devices import commands, queries
from ketachart.devices.by_itself import chart_what_is_due
from ketachart.devices.models import Arrival, Device, KeptMessage, Match, Waiting
from ketachart.devices.packing import seal
from ketachart.people.models import Patient, Room
from ketachart.policy.commands import set_value
from ketachart.record.actor import Actor
from ketachart.record.errors import NotAllowed, Refused
from ketachart.record.models import AccessEntry, Clinic, Event
from ketachart.treatment.models import TreatmentSession
from ketachart.treatment.queries import state_of

pytestmark = pytest.mark.django_db

GOOD = {"systolic_mmhg": 122, "diastolic_mmhg": 78, "heart_rate_per_min": 84, "spo2_percent": 97}


@pytest.fixture
def feed(send: Any, monitor: Device, session: TreatmentSession) -> Callable[..., None]:
    """A minute of one-hertz messages that ends now; the cuff inflated half a minute ago."""

    def make(values: dict[str, float] | None = None, seconds: int = 40, **more: Any) -> None:
        from ketachart.record import clock

        cuff = clock.now().replace(microsecond=0) - timedelta(seconds=30)
        for ago in range(seconds, -1, -1):
            measured = dict.fromkeys(("systolic_mmhg", "diastolic_mmhg"), cuff)
            send(values or GOOD, ago=ago, measured_at=measured, **more)

    return make


def charted() -> list[Event]:
    return list(Event.objects.filter(kind="treatment.vitals_charted").order_by("position"))


def monitor_json(client: Client, session: TreatmentSession) -> dict[str, Any]:
    answer = client.get(reverse("devices:monitor", args=[session.id]))
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def post(client: Client, name: str, session: TreatmentSession, body: dict[str, Any]) -> Any:
    return client.post(reverse(f"devices:{name}", args=[session.id]), json.dumps(body), "application/json")


def test_one_tap_charts_what_was_shown_with_its_own_times_and_source(
    feed: Callable[..., None], sign_in: Callable[..., Client], session: TreatmentSession
):
    feed()
    client = sign_in("nurse")
    said = monitor_json(client, session)
    assert {name: value for offer in said["offers"] for name, value in offer["content"].items()} == GOOD
    assert charted() == [], "nothing is charted by looking"
    for offer in said["offers"]:
        assert post(client, "confirm", session, {"token": offer["token"]}).status_code == 201
    frames = [json.loads(event.frame) for event in charted()]
    assert {frame["source"] for frame in frames} == {"monitor"}
    assert {frame["author_name"] for frame in frames} == {"Nurse Test"}
    assert {frame["device"] for frame in frames} == {"Monitor 1"}
    assert [frame["effective_at"] for frame in frames] == [offer["at"] for offer in said["offers"]]
    assert monitor_json(client, session)["offers"][0]["about"] == "median", "the charted pressure is not offered again"


def test_two_tablets_that_confirm_the_same_values_make_one_entry(
    feed: Callable[..., None], sign_in: Callable[..., Client], session: TreatmentSession
):
    feed()
    client = sign_in("nurse")
    offers = monitor_json(client, session)["offers"]
    for _ in range(2):
        for offer in offers:
            assert post(client, "confirm", session, {"token": offer["token"]}).status_code == 201
    assert len(charted()) == len(offers)


def test_an_unusual_value_asks_and_the_record_says_that_it_was_confirmed(
    feed: Callable[..., None], sign_in: Callable[..., Client], session: TreatmentSession
):
    feed({"heart_rate_per_min": 155})
    client = sign_in("nurse")
    (offer,) = monitor_json(client, session)["offers"]
    assert offer["unusual"] == ["heart_rate_per_min"]
    assert post(client, "confirm", session, {"token": offer["token"]}).status_code == 422
    assert charted() == []
    body = {"token": offer["token"], "confirmed_unusual": ["heart_rate_per_min"]}
    assert post(client, "confirm", session, body).status_code == 201
    (event,) = charted()
    assert event.content.confirmed_unusual == ("heart_rate_per_min",)  # type: ignore[attr-defined]


@pytest.mark.parametrize("body", [{}, {"token": "made up"}, {"token": 7}, {"token": "x", "more": 1}, []])
def test_what_was_not_offered_is_not_charted(sign_in: Callable[..., Client], session: TreatmentSession, body: Any):
    assert post(sign_in("nurse"), "confirm", session, body).status_code == 400
    assert charted() == []


def test_an_offer_holds_for_its_own_session_and_its_own_time(
    feed: Callable[..., None], session: TreatmentSession, actor: Callable[..., Actor], monkeypatch: pytest.MonkeyPatch
):
    feed()
    nurse = actor("nurse")
    at = Arrival.objects.latest("received_at").received_at
    device, offer = queries.present(nurse, session.id, at).offers[0]
    from ketachart.devices.by_itself import taken

    token = commands.signed_offer(taken(session.id, device, offer))
    with pytest.raises(Refused):
        commands.read_offer(token, UUID(int=1))
    monkeypatch.setattr(commands, "OFFER_HOLDS_S", -1)
    with pytest.raises(Refused, match="too old"):
        commands.confirm_offer(nurse, session.id, token=token)
    with pytest.raises(NotAllowed):
        commands.confirm_offer(actor("therapist"), session.id, token=token)
    assert charted() == []


def test_a_monitor_that_names_another_person_offers_nothing_and_says_so(
    feed: Callable[..., None], sign_in: Callable[..., Client], session: TreatmentSession
):
    feed(person="OTHER-1")
    said = monitor_json(sign_in("nurse"), session)
    assert said["offers"] == []
    assert said["names_another"] == ["Monitor 1"]


def test_a_marked_artefact_is_kept_exported_with_its_reason_and_not_offered(
    feed: Callable[..., None], sign_in: Callable[..., Client], session: TreatmentSession
):
    feed({"heart_rate_per_min": 84})
    client = sign_in("nurse")
    (offer,) = monitor_json(client, session)["offers"]
    assert post(client, "artefact", session, {"token": offer["token"], "reason": "  "}).status_code == 422
    assert post(client, "artefact", session, {"token": offer["token"], "reason": "Movement"}).status_code == 201
    said = monitor_json(client, session)
    assert said["offers"] == []
    exported = client.get(reverse("devices:export", args=[session.id])).content.decode()
    rows = list(csv.DictReader(exported.splitlines()))
    assert len(rows) == 41
    assert rows[-1]["left_out"] == "artefact: Movement"
    assert charted() == []


def test_until_the_clinic_says_otherwise_nothing_is_charted_by_itself(
    feed: Callable[..., None], session: TreatmentSession, now: datetime
):
    feed()
    assert chart_what_is_due(now) == 0
    assert charted() == []


def not_asked(actor: Callable[..., Actor], now: datetime) -> None:
    set_value(
        actor("clinic_lead"),
        setting_id=queries.CONFIRMATION,
        value="not asked",
        valid_from=(now - timedelta(days=2)).date(),
        reason="as the test says",
        past_day_meant=True,
        at=now,
    )


def test_where_no_confirmation_is_asked_usual_due_values_are_charted_once(
    feed: Callable[..., None], session: TreatmentSession, actor: Callable[..., Actor], now: datetime
):
    not_asked(actor, now)
    feed()
    assert chart_what_is_due(now) == 2
    assert chart_what_is_due(now) == 0, "what is charted is not due any more"
    assert {json.loads(event.frame)["author_name"] for event in charted()} == {"Monitor 1"}
    readings = state_of(actor("nurse"), session).readings
    assert {measure: found[-1].value for measure, found in readings.items()} == GOOD


@pytest.mark.parametrize("case", ["unusual", "another person", "silent", "clock"])
def test_a_doubtful_value_always_waits_for_a_person(
    feed: Callable[..., None],
    send: Any,
    session: TreatmentSession,
    actor: Callable[..., Actor],
    now: datetime,
    case: str,
):
    not_asked(actor, now)
    later = now
    if case == "unusual":
        feed({"heart_rate_per_min": 155})
    elif case == "another person":
        feed(person="OTHER-1")
    elif case == "silent":
        feed({"heart_rate_per_min": 84})
        later = now + timedelta(seconds=30)
    else:
        set_value(
            actor("clinic_lead"),
            setting_id=queries.CLOCK_WARNING,
            value=30.0,
            valid_from=(now - timedelta(days=2)).date(),
            reason="as the test says",
            past_day_meant=True,
            at=now,
        )
        for ago in range(20, -1, -1):
            send({"heart_rate_per_min": 84}, ago=ago, ahead=240)
    assert chart_what_is_due(later) == 0
    assert charted() == []


def test_the_trace_is_the_same_before_and_after_sealing_and_is_small(
    feed: Callable[..., None],
    sign_in: Callable[..., Client],
    session: TreatmentSession,
    monitor: Device,
    clinic: Clinic,
    now: datetime,
):
    feed()
    client = sign_in("nurse")
    address = reverse("devices:trace", args=[session.id])
    before = client.get(address).json()["measures"]
    assert [value for value in before["heart_rate_per_min"]["middle"] if value is not None] == [84.0] * len(
        [value for value in before["heart_rate_per_min"]["middle"] if value is not None]
    )
    assert seal(clinic.id, monitor.id, until=now + timedelta(minutes=1)) is not None
    after = client.get(address).json()["measures"]
    held = {name: [v for v in one["middle"] if v is not None] for name, one in before.items()}
    assert {name: [v for v in one["middle"] if v is not None] for name, one in after.items()} == held
    assert client.get(f"{address}?bins=0").status_code == 400
    assert client.get(f"{address}?bins=١٢").status_code == 400


def test_sealing_while_somebody_reads_hides_nothing(
    feed: Callable[..., None],
    session: TreatmentSession,
    monitor: Device,
    clinic: Clinic,
    actor: Callable[..., Actor],
    now: datetime,
):
    feed(seconds=10)
    groups = iter(queries.sample_groups(monitor.id, now - timedelta(minutes=5), now + timedelta(minutes=1)))
    real = queries.Packet.objects.filter
    sealed: list[Any] = []

    def sealing_meanwhile(*args: Any, **kwargs: Any) -> Any:
        if not sealed:
            sealed.append(seal(clinic.id, monitor.id, until=now + timedelta(minutes=1)))
        return real(*args, **kwargs)

    queries.Packet.objects.filter = sealing_meanwhile  # type: ignore[method-assign]
    try:
        heart = {one.device_ms for samples, _ in groups for one in samples if one.measure == "heart_rate_per_min"}
    finally:
        del queries.Packet.objects.filter
    assert sealed[0] is not None
    assert len(heart) == 11


def test_a_wrong_clock_is_shown_and_moves_no_reading(
    send: Any, monitor: Device, session: TreatmentSession, actor: Callable[..., Actor], now: datetime
):
    for ago in range(30, -1, -1):
        send({"heart_rate_per_min": 84}, ago=ago, ahead=240)
    seen = queries.present(actor("nurse"), session.id, now)
    assert seen.devices[0].clock_offset_s == 240
    assert seen.devices[0].clock_warning is None, "the clinic has not said from when on it is wrong"
    assert [offer.at for _, offer in seen.offers] == [now]


def test_looking_every_few_seconds_is_one_entry_in_the_access_log(
    feed: Callable[..., None], sign_in: Callable[..., Client], session: TreatmentSession
):
    feed(seconds=3)
    client = sign_in("nurse")
    for _ in range(5):
        monitor_json(client, session)
    assert AccessEntry.objects.filter(what="values of monitors").count() == 1


def test_a_pump_that_says_other_than_the_chart_is_shown_and_changes_nothing(
    register: Callable[..., Device],
    send: Any,
    actor: Callable[..., Actor],
    room: Room,
    session: TreatmentSession,
    now: datetime,
):
    pump = register(name="Pump 1", kind="pump")
    commands.place_device(actor("nurse"), pump.id, room_id=room.id, at=now - timedelta(hours=1))
    for ago in range(20, -1, -1):
        send({"pump_rate_ml_per_h": 156, "pump_volume_ml": 12}, ago=ago)
    before = Event.objects.filter(stream_id=session.id).count()
    (one,) = queries.present(actor("nurse"), session.id, now).differences
    assert (one.what, one.pump, one.charted) == ("running", 156.0, 0.0)
    assert Event.objects.filter(stream_id=session.id).count() == before


# -- the queue --------------------------------------------------------------------------------------------------------


def test_waiting_data_matched_to_a_session_is_its_telemetry_and_is_settled_once(
    register: Callable[..., Device],
    send: Any,
    sign_in: Callable[..., Client],
    session: TreatmentSession,
    actor: Callable[..., Actor],
    now: datetime,
):
    register()
    for ago in (12, 11, 10):
        send(ago=ago)
    (line,) = Waiting.objects.all()
    client = sign_in("nurse")
    address = reverse("devices:waiting_line", args=[line.id])
    assert b"Device stands in no room" in client.get(address).content
    done = client.post(reverse("devices:match", args=[line.id]), {"session": str(session.id)})
    assert done.status_code == 302
    assert Match.objects.get().session_id == session.id
    placed = [one for samples in queries.samples_of_session(actor("nurse"), session, now) for one in samples]
    assert len(placed) == 3
    with pytest.raises(Refused):
        commands.match_waiting(actor("nurse"), line.id, session_id=session.id, at=now)
    assert charted() == [], "matching charts nothing"


def test_dismissing_asks_for_a_reason_and_deletes_nothing(send: Any, sign_in: Callable[..., Client]):
    send()
    (line,) = Waiting.objects.all()
    client = sign_in("nurse")
    address = reverse("devices:dismiss", args=[line.id])
    assert client.post(address, {"reason": " "}).status_code == 422
    assert client.post(address, {"reason": "A test from the vendor"}).status_code == 302
    line.refresh_from_db()
    assert (line.state, line.reason, line.settled_by_name) == ("dismissed", "A test from the vendor", "Nurse Test")
    assert KeptMessage.objects.count() == 1
    assert Event.objects.filter(kind="devices.data_dismissed").count() == 1


def test_messages_that_came_before_the_device_was_registered_are_taken_in(
    send: Any, register: Callable[..., Device], actor: Callable[..., Actor], now: datetime
):
    for ago in (3, 2, 1):
        send(ago=ago)
    (line,) = Waiting.objects.all()
    with pytest.raises(Refused):
        commands.take_in(actor("nurse"), line.id, at=now)
    register()
    assert commands.take_in(actor("nurse"), line.id, at=now) == 3
    assert Arrival.objects.count() == 3
    assert KeptMessage.objects.count() == 3, "the originals stay"
    assert [one.why for one in Waiting.objects.filter(state="waiting")] == ["no room"]


# -- pages ------------------------------------------------------------------------------------------------------------


def test_the_pages_show_what_there_is(
    feed: Callable[..., None], sign_in: Callable[..., Client], monitor: Device, patient: Patient
):
    feed(seconds=3)
    client = sign_in("clinic_lead")
    for address in (
        reverse("devices:devices"),
        reverse("devices:device", args=[monitor.id]),
        reverse("devices:waiting"),
        reverse("devices:waiting") + "?state=dismissed",
        reverse("devices:register"),
        reverse("devices:codes"),
    ):
        assert client.get(address).status_code == 200, address
    assert AccessEntry.objects.filter(patient_id=patient.id, what="values on a device’s page").count() == 1


def test_only_the_lead_registers_and_a_second_device_of_the_same_identity_is_refused(
    sign_in: Callable[..., Client], monitor: Device
):
    typed = {
        "name": "Other",
        "kind": "monitor",
        "application": monitor.application,
        "facility": monitor.facility,
        "address": "127.0.0.1",
    }
    assert sign_in("nurse").post(reverse("devices:register"), typed).status_code == 403
    answer = sign_in("clinic_lead").post(reverse("devices:register"), typed)
    assert answer.status_code == 422
    assert b"registered with the same sender" in answer.content
    assert Device.objects.count() == 1


def test_a_device_is_in_one_room_at_a_time_and_a_retired_one_in_none(
    monitor: Device, actor: Callable[..., Actor], room: Room, now: datetime
):
    nurse, lead = actor("nurse"), actor("clinic_lead")
    commands.place_device(nurse, monitor.id, room_id=room.id, at=now)
    assert [one.until_at is None for one in queries.placements_of(nurse, monitor.id)] == [True, False]
    commands.retire_device(lead, monitor.id, reason="sold", at=now)
    assert all(one.until_at for one in queries.placements_of(nurse, monitor.id))
    with pytest.raises(Refused):
        commands.place_device(nurse, monitor.id, room_id=room.id, at=now)
