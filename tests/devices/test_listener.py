"""The listener against real sockets: the library's own client as the peer, and raw sockets that behave badly."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import hl7
import pytest
from django.db import connections
from hl7.client import MLLPClient
from hl7.mllp import open_hl7_connection

from ketachart.devices.listener import LARGEST_MESSAGE, Limits, Listener
from ketachart.devices.models import Arrival, Device, KeptMessage, Waiting
from ketachart.devices.simulator import Outcome, VirtualMonitor, run_monitor
from ketachart.record.models import Clinic
from ketachart.treatment.models import TreatmentSession

from .sent import message

pytestmark = pytest.mark.django_db(transaction=True)

Talk = Callable[[Listener], Awaitable[None]]


@pytest.fixture
def listening(clinic: Clinic, monitor: Device, session: TreatmentSession) -> Callable[..., Listener]:
    """``listening(talk)``: a listener on a free port while ``talk`` talks to it."""

    def run(talk: Talk, **limits: Any) -> Listener:
        async def main() -> Listener:
            listener = Listener(clinic.id, host="127.0.0.1", port=0)
            listener.limits = replace(Limits(), **limits)
            await listener.start()
            try:
                await asyncio.wait_for(talk(listener), 60)
            finally:
                await listener.stop()
            return listener

        try:
            return asyncio.run(main())
        finally:
            connections.close_all()

    return run


def now(number: int = 0) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=1) + timedelta(milliseconds=number)


async def opened(listener: Listener) -> tuple[Any, Any]:
    return await open_hl7_connection("127.0.0.1", listener.port, encoding="utf-8")


async def asked(connection: tuple[Any, Any], raw: bytes) -> hl7.Message:
    reader, writer = connection
    writer.writeblock(raw)
    await writer.drain()
    answer: hl7.Message = await asyncio.wait_for(reader.readmessage(), 20)
    return answer


def said(answer: hl7.Message) -> tuple[str, str]:
    return str(answer.segment("MSA")[1]), str(answer.segment("MSA")[2])


async def gone(reader: Any) -> bytes:
    """Everything until the listener closes."""
    with contextlib.suppress(ConnectionError):
        return await asyncio.wait_for(reader.read(-1), 20)
    return b""


def test_a_message_is_stored_before_it_is_acknowledged_and_twice_is_once(listening: Callable[..., Listener]):
    stored: list[int] = []

    async def talk(listener: Listener) -> None:
        connection = await opened(listener)
        raw = message(at=now(), number=7)
        assert said(await asked(connection, raw)) == ("AA", "SIM-1-7")
        stored.append(await asyncio.to_thread(Arrival.objects.count))
        assert said(await asked(connection, raw)) == ("AA", "SIM-1-7")
        connection[1].close()

    listening(talk)
    assert stored == [1]
    assert Arrival.objects.count() == 1


def test_the_librarys_blocking_client_is_served_too(listening: Callable[..., Listener]):
    def send(port: int) -> bytes:
        with MLLPClient("127.0.0.1", port, encoding="utf-8") as client:
            return bytes(client.send_message(message(at=now())))

    async def talk(listener: Listener) -> None:
        answer = await asyncio.to_thread(send, listener.port)
        assert b"MSA|AA|SIM-1-1" in answer

    listening(talk)


def test_pipelined_messages_are_all_stored_and_answered_in_order(listening: Callable[..., Listener]):
    async def talk(listener: Listener) -> None:
        reader, writer = await opened(listener)
        for number in range(50):
            writer.writeblock(message(at=now(number), number=number))
        await writer.drain()
        answers = [said(await asyncio.wait_for(reader.readmessage(), 20)) for _ in range(50)]
        assert answers == [("AA", f"SIM-1-{number}") for number in range(50)]
        writer.close()

    listening(talk)
    assert Arrival.objects.count() == 50


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"nonsense", "AR"),
        (b"", "AR"),
        (b"\xff\xfe\x00" * 30, "AR"),
        (message().replace(b"ORU^R01", b"ADT^A01"), "AR"),
        (message().replace(b"UNICODE UTF-8", b"KLINGON"), "AR"),
        (message().replace(b"PID|||", b"PID|||\xff\xfe"), "AE"),
        (message().split(b"OBX")[0], "AE"),
        (b"MSH|^~\\&|" + b"|^~&\\" * 5000, "AR"),
    ],
)
def test_what_cannot_be_read_is_answered_by_the_standard_kept_and_the_line_goes_on(
    listening: Callable[..., Listener], raw: bytes, code: str
):
    async def talk(listener: Listener) -> None:
        connection = await opened(listener)
        assert said(await asked(connection, raw))[0] == code
        assert said(await asked(connection, message(at=now())))[0] == "AA", "a good message after a bad one"
        connection[1].close()

    listening(talk)
    assert bytes(KeptMessage.objects.get().raw) == raw
    assert Arrival.objects.count() == 1


def test_a_huge_message_is_refused_its_head_is_kept_and_memory_is_bounded(listening: Callable[..., Listener]):
    async def talk(listener: Listener) -> None:
        reader, writer = await opened(listener)
        writer.write(b"\x0b" + message(at=now()))
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                writer.write(b"OBX|1|NM|x|||||||\r" * 4000)
                await writer.drain()
        assert b"MSA|AR|" in await gone(reader)
        assert said(await asked(await opened(listener), message(at=now(), number=2)))[0] == "AA"

    listening(talk)
    kept = KeptMessage.objects.get()
    assert kept.whole is False
    assert 0 < len(bytes(kept.raw)) <= LARGEST_MESSAGE
    assert "larger than" in kept.problem


def test_a_message_that_trickles_in_is_cut_off_and_what_came_is_kept(listening: Callable[..., Listener]):
    async def talk(listener: Listener) -> None:
        reader, writer = await opened(listener)
        raw = b"\x0b" + message(at=now())
        with contextlib.suppress(ConnectionError):
            for at in range(len(raw)):
                writer.write(raw[at : at + 1])
                await writer.drain()
                await asyncio.sleep(0.02)
                if reader.at_eof():
                    break
        assert await gone(reader) == b""

    listening(talk, message_within_s=0.6)
    assert KeptMessage.objects.get().problem == "the message did not arrive within its time"
    assert Arrival.objects.count() == 0


def test_half_a_frame_is_kept_and_never_acknowledged(listening: Callable[..., Listener]):
    async def talk(listener: Listener) -> None:
        reader, writer = await opened(listener)
        writer.write(b"\x0b" + message(at=now())[:60])
        writer.write_eof()
        assert await gone(reader) == b""

    listening(talk)
    kept = KeptMessage.objects.get()
    assert (kept.whole, kept.problem) == (False, "the connection ended in the middle of the message")


def test_a_browser_that_knocks_gets_nothing_and_does_no_harm(listening: Callable[..., Listener]):
    async def talk(listener: Listener) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await gone(reader) == b""
        assert said(await asked(await opened(listener), message(at=now())))[0] == "AA"

    listening(talk)
    assert KeptMessage.objects.get().problem == "bytes outside an MLLP frame"


def test_one_address_cannot_take_all_connections_and_an_idle_one_is_closed(listening: Callable[..., Listener]):
    async def talk(listener: Listener) -> None:
        first = await opened(listener)
        second = await opened(listener)
        await asked(second, message(at=now()))
        third = await asyncio.open_connection("127.0.0.1", listener.port)
        assert await gone(third[0]) == b"", "turned away at once"
        assert await gone(first[0]) == b"", "closed after its silence"
        assert await gone(second[0]) == b""
        assert said(await asked(await opened(listener), message(at=now(), number=2)))[0] == "AA", (
            "the places are free again"
        )

    listener = listening(talk, connections_per_address=2, idle_s=1.0)
    assert listener.counts.turned_away == 1
    assert listener.counts.open.total() == 0


def test_a_storm_of_reconnections_leaves_nothing_behind(listening: Callable[..., Listener]):
    async def talk(listener: Listener) -> None:
        for _ in range(150):
            with socket.create_connection(("127.0.0.1", listener.port)) as one:
                one.sendall(b"\x0b")
            await asyncio.sleep(0)
        for number in range(20):
            connection = await opened(listener)
            assert said(await asked(connection, message(at=now(), number=number)))[0] == "AA"
            connection[1].close()

    listener = listening(talk, connections=60, connections_per_address=60)
    assert listener.counts.open.total() == 0
    assert Arrival.objects.count() == 20


def test_a_store_that_fails_is_said_and_the_sender_may_try_again(
    listening: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
):
    from ketachart.devices.storing import Storage

    real = Storage.store

    async def talk(listener: Listener) -> None:
        connection = await opened(listener)
        monkeypatch.setattr(Storage, "store", lambda *_: 1 / 0)
        assert said(await asked(connection, message(at=now()))) == ("AE", "SIM-1-1")
        monkeypatch.setattr(Storage, "store", real)
        assert said(await asked(connection, message(at=now())))[0] == "AA"
        connection[1].close()

    listening(talk)
    assert Arrival.objects.count() == 1


def test_simulated_monitors_with_every_fault_lose_nothing_that_was_acknowledged(listening: Callable[..., Listener]):
    outcome = Outcome()
    faults = frozenset({"duplicates", "malformed", "clock", "probe-off", "other-person", "reconnects", "half"})

    def vitals(place: int, seconds: float) -> dict[str, float]:
        return {"systolic_mmhg": 120, "diastolic_mmhg": 70, "heart_rate_per_min": 70 + place, "spo2_percent": 97}

    async def talk(listener: Listener) -> None:
        monitors = [VirtualMonitor(place, vitals, faults) for place in range(3)]
        await asyncio.gather(
            *(
                run_monitor(one, outcome, host="127.0.0.1", port=listener.port, rate_hz=30, seconds=4)
                for one in monitors
            )
        )

    listening(talk)
    assert outcome.answers["AA"] > 100
    duplicates = outcome.sent - Arrival.objects.count() - KeptMessage.objects.count()
    assert Arrival.objects.count() >= outcome.answers["AA"] - duplicates
    assert 0 < duplicates < outcome.sent / 5
    assert set(outcome.answers) <= {"AA", "AE", "AR"}
    assert Waiting.objects.filter(why="another person").exists()
