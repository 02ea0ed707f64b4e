"""The server: one process, both lanes."""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import os
import sys
from collections.abc import Mapping
from types import FrameType

from ketachart.config.starting import add_data_argument, prepare_database, start_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_argument(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=port, default=8000, help="port to listen on (default: 8000)")


def port(text: str) -> int:
    """A port to listen on, as argparse reads it."""
    if not text.isdecimal() or not 0 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a whole number from 1 to 65535")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    start_django(arguments.data)
    from django.conf import settings

    if not _is_loopback(arguments.host) and not settings.OVER_TLS:
        print(
            f"ketachart: {arguments.host} can be reached from other machines, and without TLS everyone on the network could "
            "read the record. Put a TLS proxy in front, set KETACHART_PUBLIC_URL=https://…, and start again "
            "(docs/operations.md).",
            file=sys.stderr,
        )
        return 2
    prepare_database()
    from ketachart.scales.rounds import ScalesCompanion

    return listen(arguments.host, arguments.port, [ScalesCompanion(), *device_companions(os.environ)])


def device_companions(environment: Mapping[str, str]) -> list[object]:
    """The listener for monitors and pumps, when KETACHART_HL7_PORT is set."""
    given = environment.get("KETACHART_HL7_PORT", "").strip()
    if not given:
        return []
    from ketachart.devices.companion import DeviceCompanion

    try:
        return [DeviceCompanion(environment, port=port(given))]
    except argparse.ArgumentTypeError as error:
        raise SystemExit(f"KETACHART_HL7_PORT: {error}") from None


def listen(host: str, port: int, companions: list[object] | None = None) -> int:
    """Serve until Ctrl-C. ``companions`` start and stop with the server (the demo's virtual patients)."""
    import uvicorn

    from ketachart.config.asgi import application

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            application.lane.end_streams()  # or open event streams would hold up the end
            super().handle_exit(sig, frame)

    application.companions.extend(companions or [])
    server = Server(
        uvicorn.Config(
            application,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,  # addresses hold identifiers; reads are logged in the record itself
            timeout_graceful_shutdown=3,
            server_header=False,
        )
    )
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    return 0 if server.started else 1


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
