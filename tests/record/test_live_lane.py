"""The live lane as an application: real database, real threads, requests byte by byte."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.db import connection

from ketachart.record import append as appending
from ketachart.record import reactions
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, open_stream
from ketachart.record.errors import Refused
from ketachart.record.identity import new_id
from ketachart.record.live import events, hub, signed_in
from ketachart.record.live.lane import LARGEST_BODY, LiveLane
from ketachart.record.models import AccessEntry, Event, Stream, User
from tests.record.asgi import Browser
from tests.record.prepared import CSRF, sign_in
from tests.record.probe import Counted, Internal

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[[LiveLane, Browser], Awaitable[Any]]


@pytest.fixture
def session(nurse: Actor) -> Stream:
    return open_stream(nurse, kind="session", patient_id=new_id())


def cookie_of(user: User) -> str:
    return f"sessionid={sign_in(user)}; csrftoken={CSRF}"


@pytest.fixture
def visit(user_of: Callable[..., User]) -> Callable[..., Any]:
    """``visit(story, "nurse")``: run ``story(lane, browser)`` against a started lane, signed in as this role."""

    def run(story: Visit, role: str | None = "nurse", **fields: Any) -> Any:
        cookie = cookie_of(user_of(role, **fields)) if role else ""

        async def told() -> Any:
            lane = LiveLane()
            await lane.start()
            try:
                return await story(lane, Browser(lane, cookie, CSRF))
            finally:
                await lane.stop()

        return asyncio.run(told())

    return run


def counted(value: Any = 1, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "kind": "probe.counted",
        "effective_at": "2026-11-22T17:30:00.123Z",
        "content": {"value": value},
        **fields,
    }


def address(session: Any) -> str:
    return f"/live/sessions/{getattr(session, 'id', session)}/events"


def posting(session: Any, content: Any, **headers: str) -> Visit:
    async def story(lane: LiveLane, browser: Browser) -> Any:
        return await browser.post(address(session), content, **headers)

    return story


def test_a_posted_event_is_stored_with_its_author_and_device(visit, session: Stream):
    event = counted(5, device="tablet-3")
    answer = visit(posting(session, {"events": [event]}))
    (result,) = answer.json()["results"]
    assert (answer.status, result["status"], result["number"], result["problem"]) == (200, "created", 1, None)
    stored = Event.objects.get(id=event["id"])
    assert stored.content == Counted(value=5)
    assert '"author_name":"Nurse Test","device":"tablet-3","source":"person"' in stored.frame


def test_each_event_of_a_batch_has_its_own_answer_in_order(visit, session: Stream):
    first = counted(1)
    batch = [first, counted(5000), counted(kind="probe.nothing"), dict(first), counted(2, effective_at="yesterday")]
    batch.append({**first, "content": {"value": 2}})
    answer = visit(posting(session, {"events": batch}))
    results = answer.json()["results"]
    assert [result["id"] for result in results] == [event["id"] for event in batch]
    assert [result["status"] for result in results] == [
        "created",
        "refused",
        "refused",
        "already",
        "refused",
        "conflict",
    ]
    assert [result["problem"] and result["problem"]["field"] for result in results] == [
        None, "value", "kind", None, "effective_at", "id",
    ]  # fmt: skip
    assert all(result["problem"]["fix"] for result in results if result["status"] in {"conflict"})
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"value": "many"}, "value"),
        ({"value": 1.5}, "value"),
        ({"value": None}, "value"),
        ({}, "value"),
        ({"value": 1, "note": 7}, "note"),
        ({"value": 1, "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(visit, session: Stream, content, field):
    answer = visit(posting(session, {"events": [counted(content=content)]}))
    (result,) = answer.json()["results"]
    assert (result["status"], result["problem"]["field"]) == ("refused", field)
    assert result["problem"]["problem"]
    assert result["problem"]["fix"]
    assert Event.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", None),
        (b"{", None),
        (b"\xff\xfe", None),
        (b"[]", None),
        (b"{}", "events"),
        (b'{"events":{}}', "events"),
        (b'{"events":[{}]}', "events[0].id"),
        (b'{"events":[{"id":"7","kind":"k","effective_at":"x","content":{}}]}', "events[0].id"),
        (b'{"events":[],"more":1}', "more"),
        (b'{"events":[' + b"[" * 100_000, "events[0]"),
    ],
)
def test_a_body_that_is_no_batch_is_a_400_that_names_the_field(visit, session: Stream, body: bytes, field):
    answer = visit(posting(session, body))
    assert answer.status == 400
    assert answer.problem["field"] == field
    assert answer.problem["problem"]
    assert Event.objects.count() == 0


def test_deeply_nested_content_is_refused(visit, session: Stream):
    import json

    body = json.dumps({"events": [counted(content="deep")]}).replace('"deep"', "[" * 100_000 + "]" * 100_000)
    answer = visit(posting(session, body.encode()))
    assert answer.status == 400
    assert Event.objects.count() == 0


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-11-22T17:30:00", ""])
def test_a_time_that_nobody_could_mean_is_refused(visit, session: Stream, time: str):
    answer = visit(posting(session, {"events": [counted(effective_at=time)]}))
    assert answer.json()["results"][0]["problem"]["field"] == "effective_at"
    assert Event.objects.count() == 0


def test_an_empty_batch_is_harmless(visit, session: Stream):
    assert visit(posting(session, {"events": []})).json()["results"] == []


def test_two_hundred_events_are_taken_and_one_more_is_not(visit, session: Stream):
    assert visit(posting(session, {"events": [counted() for _ in range(201)]})).status == 413
    assert Event.objects.count() == 0
    answer = visit(posting(session, {"events": [counted() for _ in range(200)]}))
    assert {result["status"] for result in answer.json()["results"]} == {"created"}
    assert Event.objects.count() == 200


def test_a_body_over_the_limit_is_refused_before_it_is_read_to_the_end(visit, session: Stream):
    read = 0

    async def story(lane: LiveLane, browser: Browser) -> Any:
        def parts():
            nonlocal read
            for _ in range(100):
                read += 1
                yield b"x" * 100_000

        return await browser.request("POST", address(session), parts(), {"x-csrftoken": CSRF})

    answer = visit(story)
    assert LARGEST_BODY < 100 * 100_000
    assert (answer.status, answer.problem["problem"]) == (413, "The request is too large.")


def test_a_broken_upload_writes_nothing(visit, session: Stream):
    async def story(lane: LiveLane, browser: Browser) -> Any:
        import json

        whole = json.dumps({"events": [counted()]}).encode()
        return await browser.request("POST", address(session), [whole], {"x-csrftoken": CSRF}, leaves=True)

    assert visit(story).status == 0
    assert Event.objects.count() == 0


def test_nobody_charts_without_signing_in(visit, session: Stream):
    answer = visit(posting(session, {"events": [counted()]}), role=None)
    assert (answer.status, Event.objects.count()) == (401, 0)


@pytest.mark.parametrize("role", ["front_desk", "biller", "therapist", "pharmacist"])
def test_a_role_without_the_permission_cannot_chart(visit, session: Stream, role: str):
    answer = visit(posting(session, {"events": [counted()]}), role=role)
    assert answer.json()["results"][0]["status"] == "refused"
    assert Event.objects.count() == 0


@pytest.mark.parametrize("role", ["front_desk", "biller", "pharmacist", "patient"])
@pytest.mark.parametrize("path", ["events", "stream"])
def test_a_role_without_the_permission_cannot_read(visit, session: Stream, role: str, path: str):
    where = address(session) if path == "events" else f"/live/stream?session={session.id}"

    async def story(lane: LiveLane, browser: Browser) -> Any:
        return await browser.get(where)

    fields = {"patient_id": new_id()} if role == "patient" else {}
    assert visit(story, role=role, **fields).status == 403


def test_a_kind_that_only_commands_may_append_is_refused(visit, session: Stream):
    answer = visit(posting(session, {"events": [counted(kind="probe.internal", content={"text": "x"})]}))
    assert answer.json()["results"][0]["problem"]["field"] == "kind"
    assert Event.objects.count() == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://127.0.0.1:8000"}, 200),
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"x_csrftoken": ""}, 403),
        ({"x_csrftoken": "d" * 32}, 403),
        ({"x_csrftoken": "ü"}, 403),
    ],
)
def test_a_write_must_come_from_our_own_page(visit, session: Stream, headers, status: int):
    async def story(lane: LiveLane, browser: Browser) -> Any:
        import json

        sent = {"x-csrftoken": CSRF} | {name.replace("_", "-"): value for name, value in headers.items()}
        return await browser.request("POST", address(session), [json.dumps({"events": [counted()]}).encode()], sent)

    assert visit(story).status == status
    assert Event.objects.count() == (status == 200)


def test_another_clinics_session_is_not_there(visit, session: Stream, other_clinic):
    async def story(lane: LiveLane, browser: Browser) -> Any:
        return [
            (await browser.post(address(session), {"events": [counted()]})).status,
            (await browser.get(address(session))).status,
            (await browser.get(f"/live/stream?session={session.id}")).status,
        ]

    assert visit(story, at=other_clinic) == [404, 404, 404]
    assert (Event.objects.count(), AccessEntry.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", ["00000000-0000-7000-8000-000000000000", "-" * 36, "7", "x" * 5000])
def test_a_session_that_does_not_exist_is_a_404(visit, clinic, name: str):
    assert visit(posting(name, {"events": [counted()]})).status == 404


def test_a_patients_own_stream_is_no_session(visit, nurse: Actor):
    patient = open_stream(nurse, kind="patient", patient_id=new_id())
    assert visit(posting(patient, {"events": [counted()]})).status == 404
    assert Event.objects.count() == 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("DELETE", "/live/sessions/x/events", 405), ("POST", "/live/stream", 405), ("GET", "/live/nothing", 404)],
)
def test_what_is_not_there_says_so(visit, clinic, method: str, path: str, status: int):
    async def story(lane: LiveLane, browser: Browser) -> Any:
        return await browser.request(method, path)

    assert visit(story).status == status


def test_reading_a_session_returns_its_frames_after_a_number_and_is_logged(visit, nurse: Actor, session: Stream):
    for value in range(5):
        append_event(actor=nurse, stream=session, content=Counted(value=value))

    async def story(lane: LiveLane, browser: Browser) -> Any:
        return await browser.get(f"{address(session)}?after=3")

    answer = visit(story).json()
    assert [frame["number"] for frame in answer["events"]] == [4, 5]
    assert answer["head"] == 5
    assert AccessEntry.objects.get().patient_id == session.patient_id


@pytest.mark.parametrize("after", ["-1", "x", "²", "9" * 40])
@pytest.mark.parametrize("path", ["events", "stream"])
def test_a_place_to_read_from_that_is_no_number_is_refused(visit, session: Stream, after: str, path: str):
    from urllib.parse import quote

    where = address(session) + "?" if path == "events" else f"/live/stream?session={session.id}&"

    async def story(lane: LiveLane, browser: Browser) -> Any:
        return await browser.get(f"{where}after={quote(after)}")

    answer = visit(story)
    assert (answer.status, answer.problem["field"]) == (400, "after")


def test_a_failing_reaction_undoes_its_own_event_and_no_other(visit, session: Stream, monkeypatch):
    monkeypatch.setattr(reactions, "_reactions", type(reactions._reactions)(list))

    def no_stock(frame: Any, content: Counted) -> None:
        if content.value == 13:
            raise Refused("There is not enough stock.", field="value", fix="Receive it first.")

    reactions.on_event("probe.counted", no_stock)
    answer = visit(posting(session, {"events": [counted(1), counted(13), counted(2)]}))
    results = answer.json()["results"]
    assert [result["status"] for result in results] == ["created", "refused", "created"]
    assert [result["number"] for result in results] == [1, None, 2]
    assert results[1]["problem"]["fix"] == "Receive it first."


def test_a_broken_reaction_is_a_503_and_the_device_keeps_its_entries(visit, session: Stream, monkeypatch, caplog):
    monkeypatch.setattr(reactions, "_reactions", type(reactions._reactions)(list))

    def broken(frame: Any, content: Counted) -> None:
        raise ZeroDivisionError("the patient’s name is in here")

    reactions.on_event("probe.counted", broken)
    answer = visit(posting(session, {"events": [counted(1)]}))
    assert answer.status == 503
    assert "keeps the entries" in answer.problem["fix"]
    assert "name" not in caplog.text
    assert Event.objects.count() == 0


def test_one_persons_bad_event_does_not_fail_anothers(visit, session: Stream, monkeypatch):
    monkeypatch.setattr(reactions, "_reactions", type(reactions._reactions)(list))

    def broken(frame: Any, content: Counted) -> None:
        if content.value == 13:
            raise ZeroDivisionError

    reactions.on_event("probe.counted", broken)

    async def story(lane: LiveLane, browser: Browser) -> Any:
        values = [1, 2, 13, 3, 4]
        answers = await asyncio.gather(
            *(browser.post(address(session), {"events": [counted(value)]}) for value in values)
        )
        return [answer.status for answer in answers]

    assert visit(story) == [200, 200, 503, 200, 200]
    assert sorted(event.content.value for event in Event.objects.all()) == [1, 2, 3, 4]


def test_sign_out_reaches_the_lane(visit, session: Stream, monkeypatch):
    monkeypatch.setattr(signed_in, "REMEMBERED_FOR_S", 0.05)

    async def story(lane: LiveLane, browser: Browser) -> Any:
        from django.contrib.sessions.models import Session

        before = await browser.post(address(session), {"events": [counted()]})
        await asyncio.to_thread(Session.objects.all().delete)
        await asyncio.sleep(0.1)
        after = await browser.post(address(session), {"events": [counted()]})
        return before.status, after.status

    assert visit(story) == (200, 401)
    assert Event.objects.count() == 1


def test_a_person_who_was_deactivated_is_out(visit, session: Stream):
    User.objects.update(is_active=False)

    def story_of(user: User) -> Any:
        return visit(posting(session, {"events": [counted()]})).status

    user = User.objects.get(username="nurse@fern-hill")
    assert not user.is_active
    assert story_of(user) == 401


def test_a_changed_password_ends_old_sign_ins(session: Stream, user_of):
    user = user_of("nurse")
    cookie = cookie_of(user)
    user.set_password("another-long-password")
    user.save()

    async def story() -> int:
        lane = LiveLane()
        await lane.start()
        try:
            return (await Browser(lane, cookie, CSRF).post(address(session), {"events": [counted()]})).status
        finally:
            await lane.stop()

    assert asyncio.run(story()) == 401


# ---- event streams


def test_a_second_browser_is_told_of_each_event(visit, session: Stream):
    async def story(lane: LiveLane, browser: Browser) -> Any:
        async with browser.listening(f"/live/stream?session={session.id}") as stream:
            for value in (4, 5):
                await browser.post(address(session), {"events": [counted(value)]})
            await stream.until(lambda: len(stream.charted) == 2)
            return stream

    stream = visit(story)
    assert stream.told[0].event == "beat"
    assert [told.data["content"]["value"] for told in stream.charted] == [4, 5]
    assert stream.positions == [1, 2]


def test_a_stream_tells_of_the_sessions_it_named_and_no_other(visit, nurse: Actor, session: Stream):
    other = open_stream(nurse, kind="session", patient_id=new_id())

    async def story(lane: LiveLane, browser: Browser) -> Any:
        async with browser.listening(f"/live/stream?session={session.id}") as stream:
            await browser.post(address(other), {"events": [counted(1)]})
            await browser.post(address(session), {"events": [counted(2)]})
            await stream.until(lambda: stream.charted)
            return stream.positions

    assert visit(story) == [2]


@pytest.mark.parametrize("replayed", [False, True])
def test_the_board_tells_of_every_session_and_of_nothing_else(visit, nurse, session, actor, other_clinic, replayed):
    """Not of the patients' own streams, where therapy notes may be, and not of another clinic."""
    elsewhere = actor("nurse", at=other_clinic)
    other_session = open_stream(elsewhere, kind="session", patient_id=new_id())
    patient = open_stream(nurse, kind="patient", patient_id=new_id())

    def chart() -> None:
        append_event(actor=nurse, stream=patient, content=Internal(text="said in confidence"))
        append_event(actor=elsewhere, stream=other_session, content=Counted(value=1))
        append_event(actor=nurse, stream=session, content=Counted(value=2))

    async def story(lane: LiveLane, browser: Browser) -> Any:
        if replayed:
            await asyncio.to_thread(chart)
        async with browser.listening("/live/stream?board=1&after=0") as stream:
            if not replayed:
                await asyncio.to_thread(chart)
            await stream.until(lambda: stream.charted)
            await asyncio.sleep(0.05)
            return [told.data["stream"] for told in stream.charted]

    assert visit(story) == [str(session.id)]


@pytest.mark.parametrize("by", ["header", "address"])
def test_a_browser_that_comes_back_is_told_what_it_missed(visit, nurse: Actor, session: Stream, by: str):
    for value in range(5):
        append_event(actor=nurse, stream=session, content=Counted(value=value))

    async def story(lane: LiveLane, browser: Browser) -> Any:
        headers = {"last_event_id": "2"} if by == "header" else {}
        after = "" if by == "header" else "&after=2"
        async with browser.listening(f"/live/stream?session={session.id}{after}", **headers) as stream:
            await stream.until(lambda: len(stream.charted) == 3)
            await browser.post(address(session), {"events": [counted(9)]})
            await stream.until(lambda: len(stream.charted) == 4)
            return stream.positions

    assert visit(story) == [3, 4, 5, 6]


def test_a_browser_that_is_ahead_of_a_restored_database_is_told_what_happens_next(visit, session: Stream):
    async def story(lane: LiveLane, browser: Browser) -> Any:
        async with browser.listening(f"/live/stream?session={session.id}", last_event_id="900") as stream:
            await browser.post(address(session), {"events": [counted(9)]})
            await stream.until(lambda: stream.charted)
            return stream.positions

    assert visit(story) == [1]


def test_without_a_place_to_start_only_what_happens_next_is_told(visit, nurse: Actor, session: Stream):
    append_event(actor=nurse, stream=session, content=Counted(value=1))

    async def story(lane: LiveLane, browser: Browser) -> Any:
        async with browser.listening(f"/live/stream?session={session.id}") as stream:
            await browser.post(address(session), {"events": [counted(2)]})
            await stream.until(lambda: stream.charted)
            return stream.positions

    assert visit(story) == [2]


@pytest.mark.parametrize("query", ["", "?session=", "?session=7", "?board=", "?session=7&board="])
def test_a_stream_must_say_what_it_follows(visit, clinic, query: str):
    async def story(lane: LiveLane, browser: Browser) -> Any:
        return await browser.get(f"/live/stream{query}")

    assert visit(story).status == 400


def test_following_a_session_is_logged_as_a_read(visit, session: Stream):
    async def story(lane: LiveLane, browser: Browser) -> Any:
        async with browser.listening(f"/live/stream?session={session.id}"):
            pass

    visit(story)
    assert AccessEntry.objects.get().patient_id == session.patient_id


def test_many_writers_at_once_are_told_in_order_without_gap_or_repetition(visit, nurse: Actor, session: Stream):
    """Browsers through the lane and pages in threads, all at once."""
    sessions = [session, *(open_stream(nurse, kind="session") for _ in range(3))]

    def page(stream: Stream) -> None:
        for _ in range(10):
            append_event(actor=nurse, stream=stream, content=Counted(value=1))
        connection.close()

    async def story(lane: LiveLane, browser: Browser) -> Any:
        async def tablet(stream: Stream) -> None:
            for _ in range(10):
                await browser.post(address(stream), {"events": [counted(), counted()]})

        async with browser.listening("/live/stream?board=1") as stream:
            threads = [threading.Thread(target=page, args=(one,)) for one in sessions]
            for thread in threads:
                thread.start()
            await asyncio.gather(*map(tablet, sessions))
            await stream.until(lambda: len(stream.charted) >= 120, within_s=30)
            return stream.positions

    assert visit(story) == list(range(1, 121))


def test_what_another_process_wrote_is_told(visit, nurse: Actor, session: Stream, monkeypatch):
    """As another process would: this one's hub hears nothing of the commit itself."""
    monkeypatch.setattr(appending, "on_committed", lambda listener: None)

    async def story(lane: LiveLane, browser: Browser) -> Any:
        async with browser.listening(f"/live/stream?session={session.id}") as stream:
            await asyncio.sleep(0.3)
            await asyncio.to_thread(append_event, actor=nurse, stream=session, content=Counted(value=1))
            await stream.until(lambda: stream.charted, within_s=5)
            return stream.positions

    assert visit(story) == [1]


def test_a_browser_that_is_too_slow_is_let_go_and_loses_nothing(visit, session: Stream, monkeypatch):
    monkeypatch.setattr(hub, "QUEUE_LENGTH", 5)

    async def story(lane: LiveLane, browser: Browser) -> Any:
        where = f"/live/stream?session={session.id}"
        async with browser.listening(where) as stream:
            await browser.post(address(session), {"events": [counted()]})
            await stream.until(lambda: stream.charted)
            stream.stall()
            for _ in range(12):
                await browser.post(address(session), {"events": [counted()]})
            await asyncio.sleep(0.05)
            stream.take()
            await stream.until(lambda: stream.ended)
            told = stream.positions
        async with browser.listening(where, last_event_id=str(told[-1])) as again:
            await again.until(lambda: len(told + again.positions) >= 13)
            return told + again.positions

    assert visit(story) == list(range(1, 14))


def test_a_browser_that_takes_nothing_at_all_is_forgotten(visit, session: Stream, monkeypatch):
    monkeypatch.setattr(events, "SEND_WITHIN_S", 0.1)

    async def story(lane: LiveLane, browser: Browser) -> Any:
        async with browser.listening(f"/live/stream?session={session.id}") as stream:
            stream.stall()
            await browser.post(address(session), {"events": [counted()]})
            await stream.until(lambda: stream.task.done(), within_s=5)
            return lane.hub.count()

    assert visit(story) == 0


def test_a_browser_that_hangs_up_is_forgotten(visit, session: Stream):
    async def story(lane: LiveLane, browser: Browser) -> Any:
        async with browser.listening(f"/live/stream?session={session.id}"):
            during = lane.hub.count()
        return during, lane.hub.count()

    assert visit(story) == (1, 0)


def test_the_beat_goes_on_with_and_without_traffic(visit, session: Stream, monkeypatch):
    monkeypatch.setattr(events, "BEAT_S", 0.1)

    async def story(lane: LiveLane, browser: Browser) -> Any:
        async with browser.listening(f"/live/stream?session={session.id}") as stream:
            beats = lambda: [told for told in stream.told if told.event == "beat"]  # noqa: E731
            await stream.until(lambda: len(beats()) >= 3)
            quiet = len(beats())
            for _ in range(8):
                await browser.post(address(session), {"events": [counted()]})
                await asyncio.sleep(0.04)
            await stream.until(lambda: len(beats()) >= quiet + 2)
            return beats()[-1]

    last = visit(story)
    assert last.id is None, "a beat must not move the browser’s place"
    assert last.data["server_time"].endswith("Z")
    assert last.data["position"] >= 1


@pytest.mark.parametrize("what", ["signed out", "another role"])
def test_sign_out_ends_an_open_stream(visit, session: Stream, monkeypatch, what: str):
    monkeypatch.setattr(events, "BEAT_S", 0.05)
    monkeypatch.setattr(signed_in, "REMEMBERED_FOR_S", 0.02)

    async def story(lane: LiveLane, browser: Browser) -> Any:
        from django.contrib.sessions.models import Session

        async with browser.listening(f"/live/stream?session={session.id}") as stream:
            if what == "signed out":
                await asyncio.to_thread(Session.objects.all().delete)
            else:
                await asyncio.to_thread(lambda: User.objects.update(role="biller"))
            await stream.until(lambda: stream.ended)
            return (await browser.get(f"/live/stream?session={session.id}")).status

    assert visit(story) == (401 if what == "signed out" else 403)


def test_the_end_of_the_server_ends_the_streams(visit, session: Stream):
    async def story(lane: LiveLane, browser: Browser) -> Any:
        async with browser.listening(f"/live/stream?session={session.id}") as stream:
            lane.end_streams()
            await stream.until(lambda: stream.ended)
            return stream.ended

    assert visit(story)
