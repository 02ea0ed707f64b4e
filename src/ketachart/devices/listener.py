"""The MLLP listener: frames in, acknowledgements out, and limits on everything a sender could do wrong.

python-hl7 gives the server and the frames of what is written; reading is done here, because what breaks the limits must
be kept with its reason and not thrown away.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from hl7.mllp import HL7StreamReader, HL7StreamWriter, start_hl7_server

from ketachart.devices.acknowledgement import acknowledgement
from ketachart.devices.messages import Problem
from ketachart.devices.storing import Arrived
from ketachart.devices.writer import StoringThread
from ketachart.record import clock
from ketachart.record.identity import new_id

log = logging.getLogger("ketachart.devices")

START, END = b"\x0b", b"\x1c\r"

LARGEST_MESSAGE: Final = 131_072
FIRST_PART: Final = 4_096
"""How much is kept of what is too large or is no frame."""

LINGER_S: Final = 2.0

TOO_LARGE = Problem("102", f"larger than {LARGEST_MESSAGE} bytes", rejects=True)
HALF = Problem("100", "the connection ended in the middle of the message")
TOO_SLOW = Problem("100", "the message did not arrive within its time")
NO_FRAME = Problem("100", "bytes outside an MLLP frame")


@dataclass(frozen=True)
class Limits:
    """What one sender may take. Generous for a monitor or a gateway, far too little to do harm."""

    idle_s: float = 600.0
    message_within_s: float = 20.0
    answer_within_s: float = 20.0
    connections: int = 100
    connections_per_address: int = 24


@dataclass
class Counts:
    """Since the listener started. Numbers only: no name and no value of anybody."""

    answered: Counter[str] = field(default_factory=Counter)
    turned_away: int = 0
    open: Counter[str] = field(default_factory=Counter)


class Listener:
    def __init__(self, clinic_id: UUID, *, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        self.clinic_id = clinic_id
        self.host, self.port, self.tls = host, port, tls
        self.limits = Limits()
        self.counts = Counts()
        self._storing = StoringThread(clinic_id)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._storing.start()
        self._server = await start_hl7_server(
            self._connected, self.host, self.port, limit=LARGEST_MESSAGE, ssl=self.tls
        )
        self.port = self._server.sockets[0].getsockname()[1]
        log.info("listening for devices on %s port %d%s", self.host, self.port, " (TLS)" if self.tls else "")

    async def stop(self) -> None:
        """No new connection and no new message; what has arrived is stored and answered."""
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await asyncio.to_thread(self._storing.stop)

    def _connected(self, reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        address = str((writer.get_extra_info("peername") or ("0.0.0.0",))[0])  # noqa: S104  a placeholder, not a bind
        try:
            if (
                self.counts.open.total() >= self.limits.connections
                or self.counts.open[address] >= self.limits.connections_per_address
            ):
                self.counts.turned_away += 1
                return
            self.counts.open[address] += 1
            try:
                await self._conversation(reader, writer, address)
            finally:
                self.counts.open[address] -= 1
                if not self.counts.open[address]:
                    del self.counts.open[address]
        except (ConnectionError, TimeoutError):
            return
        except Exception as error:
            # Only the kind of failure: an exception's text may hold what was measured.
            log.error("a device connection failed: %s", type(error).__name__)
        finally:
            writer.close()
            with contextlib.suppress(Exception):
                await asyncio.wait_for(writer.wait_closed(), 2)

    async def _conversation(self, reader: HL7StreamReader, writer: HL7StreamWriter, address: str) -> None:
        """Message by message, in order: the next is read when this one is answered, so a sender cannot run ahead."""
        while True:
            first = await asyncio.wait_for(reader.read(1), self.limits.idle_s)
            if not first:
                return
            if first in b"\r\n":
                continue  # some senders end a frame with one more
            if first != START:
                rest = await self._rest_of_junk(reader)
                await self._keep(first + rest, address, NO_FRAME)
                return
            raw, trouble = await self._frame(reader)
            stored = await self._storing.store(Arrived(raw, address, clock.now(), trouble))
            if trouble in {HALF, TOO_SLOW}:
                return  # nobody to answer, or nobody who listens
            answer = acknowledgement(stored.message, stored.problem, clock.now(), new_id().hex[:20])
            self.counts.answered["AA" if stored.problem is None else "AR" if stored.problem.rejects else "AE"] += 1
            if answer is not None:
                writer.writeblock(answer)
                await asyncio.wait_for(writer.drain(), self.limits.answer_within_s)
            if trouble is not None:  # where the next frame begins cannot be known
                await self._let_it_read(reader)
                return

    async def _frame(self, reader: HL7StreamReader) -> tuple[bytes, Problem | None]:
        try:
            block = await asyncio.wait_for(reader.readuntil(END), self.limits.message_within_s)
        except asyncio.IncompleteReadError as broken:
            return bytes(broken.partial[:LARGEST_MESSAGE]), HALF
        except asyncio.LimitOverrunError:
            return await reader.read(FIRST_PART), TOO_LARGE
        except TimeoutError:
            return await self._what_there_is(reader), TOO_SLOW
        return block[: -len(END)], None

    async def _let_it_read(self, reader: HL7StreamReader) -> None:
        """Closing on a sender that still sends would take the answer from it: what it sends is thrown away for a moment."""
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(LINGER_S):
                while await reader.read(LARGEST_MESSAGE):
                    pass

    async def _rest_of_junk(self, reader: HL7StreamReader) -> bytes:
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(reader.read(FIRST_PART), 2)
        return b""

    async def _what_there_is(self, reader: HL7StreamReader) -> bytes:
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(reader.read(LARGEST_MESSAGE), 0.1)
        return b""

    async def _keep(self, raw: bytes, address: str, trouble: Problem) -> None:
        self.counts.answered["no frame"] += 1
        await self._storing.store(Arrived(raw, address, clock.now(), trouble))


def tls_from(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


def listener_from(environment: Any, clinic_id: UUID, *, port: int, host: str | None = None) -> Listener:
    """KETACHART_HL7_HOST, and KETACHART_HL7_TLS_CERTIFICATE with KETACHART_HL7_TLS_KEY."""
    certificate, key = environment.get("KETACHART_HL7_TLS_CERTIFICATE"), environment.get("KETACHART_HL7_TLS_KEY")
    if bool(certificate) != bool(key):
        raise ValueError(
            "KETACHART_HL7_TLS_CERTIFICATE and KETACHART_HL7_TLS_KEY belong together: set both or neither."
        )
    return Listener(
        clinic_id,
        host=host or environment.get("KETACHART_HL7_HOST") or "127.0.0.1",
        port=port,
        tls=tls_from(certificate, key) if certificate else None,
    )
