"""``ketachart devices``: listen to monitors and pumps, list them, check their sealed data, simulate them."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import os
import sys
from datetime import datetime
from typing import Any

from ketachart.config.command_serve import port
from ketachart.config.starting import add_data_argument, prepare_database, start_django, there_is_a_record

HL7_PORT = 2575  # registered for HL7 at IANA


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    listening = actions.add_parser("listen", help="take HL7 v2 messages by MLLP, without the pages")
    listening.add_argument("--port", type=port, default=HL7_PORT, help=f"port to listen on (default: {HL7_PORT})")
    listening.add_argument("--host", help="address to listen on (default: $KETACHART_HL7_HOST or 127.0.0.1)")
    listening.add_argument("--clinic", help="whose devices these are: the clinic's slug (default: the only clinic)")
    listing = actions.add_parser("list", help="registered devices, their rooms, clocks and last messages")
    listing.add_argument("--json", action="store_true", help="one JSON object")
    checking = actions.add_parser("verify", help="compare sealed telemetry with the hashes in the devices' chains")
    checking.add_argument("--json", action="store_true", help="one JSON object")
    for action in (listening, listing, checking):
        add_data_argument(action)
    simulating = actions.add_parser("simulate", help="send real HL7 from virtual patients")
    simulating.add_argument("--host", default="127.0.0.1", help="where the listener is (default: 127.0.0.1)")
    simulating.add_argument("--port", type=port, default=HL7_PORT, help=f"its port (default: {HL7_PORT})")
    simulating.add_argument("--rooms", type=whole, default=1, help="how many monitors, one a room (default: 1)")
    simulating.add_argument("--rate-hz", type=rate, default=1.0, help="messages a second and monitor (default: 1)")
    simulating.add_argument("--seconds", type=rate, help="how long (default: until Ctrl-C)")
    simulating.add_argument(
        "--faults", default="", help="what goes wrong, with commas between: " + ", ".join(_faults())
    )
    simulating.add_argument("--person", default="", help="record number that the monitors name (default: none)")
    simulating.add_argument("--seed", type=int, default=1, help="which invented people (default: 1)")
    simulating.add_argument("--json", action="store_true", help="a summary of the answers as one JSON object")


def whole(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 500:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rooms; give a whole number from 1 to 500")
    return int(text)


def rate(text: str) -> float:
    with contextlib.suppress(ValueError):
        value = float(text)
        if math.isfinite(value) and 0 < value <= 1_000_000:
            return value
    raise argparse.ArgumentTypeError(f"{text!r} is not a number greater than 0")


def run(arguments: argparse.Namespace) -> int:
    if arguments.action == "simulate":
        return _simulate(arguments)
    start_django(arguments.data)
    if arguments.action == "listen":
        prepare_database()
        return _listen(arguments)
    if not there_is_a_record():
        return 2
    return _list(arguments) if arguments.action == "list" else _verify(arguments)


def _listen(arguments: argparse.Namespace) -> int:
    from ketachart.devices.companion import DeviceCompanion, NoClinic, clinic_for

    environment = dict(os.environ)
    if arguments.clinic:
        environment["KETACHART_HL7_CLINIC"] = arguments.clinic
    try:
        clinic_for(environment.get("KETACHART_HL7_CLINIC"))
    except NoClinic as none:
        print(f"ketachart devices: {none}", file=sys.stderr)
        return 2

    async def main() -> int:
        import signal

        companion = DeviceCompanion(environment, port=arguments.port, host=arguments.host)
        ended = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, ended.set)
        companion.start()
        await companion.opened.wait()
        if companion.listener is None:
            await companion.stop()
            return 1
        print(f"Listening for devices on {companion.listener.host} port {companion.listener.port}.", flush=True)
        await ended.wait()
        await companion.stop()
        return 0

    return asyncio.run(main())


def _list(arguments: argparse.Namespace) -> int:
    from ketachart.devices.queries import devices, waiting_count
    from ketachart.record import clock
    from ketachart.record.actor import Actor
    from ketachart.record.models import Clinic

    at = clock.now()
    found: list[dict[str, Any]] = []
    for clinic in Clinic.objects.order_by("slug"):
        actor = Actor.system(clinic.id, permissions=frozenset({"devices.read"}))
        for line in devices(actor, at):
            found.append(
                {
                    "clinic": clinic.slug,
                    "id": str(line.device.id),
                    "name": line.device.name,
                    "kind": line.device.kind,
                    "room": line.placement.room.name if line.placement else None,
                    "last_message_at": _text(line.last_received_at),
                    "last_message_age_s": (at - line.last_received_at).total_seconds()
                    if line.last_received_at
                    else None,
                    "clock_ahead_s": line.clock_offset_s,
                    "clock_warning": line.clock_warning,
                }
            )
        if not arguments.json:
            print(f"{clinic.slug}: {waiting_count(actor)} lines wait in the queue of unmatched data")
    if arguments.json:
        print(json.dumps({"devices": found}, indent=2))
        return 0
    for one in found:
        age = "no message yet" if one["last_message_age_s"] is None else f"{one['last_message_age_s']:.0f} s ago"
        off = "" if one["clock_ahead_s"] is None else f", clock {one['clock_ahead_s']:+.1f} s"
        print(f"  {one['name']} ({one['kind']}), {one['room'] or 'in no room'}: {age}{off}")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    from ketachart.devices.sealed import check_sealed

    report = check_sealed()
    if arguments.json:
        print(json.dumps({"intact": not report.problems, "packets": report.packets, "problems": report.problems}))
    else:
        print(f"{report.packets} packets of telemetry.")
        for problem in report.problems:
            print(f"  PROBLEM  {problem}")
        print("They are whole." if not report.problems else f"{len(report.problems)} problems found.")
    return 1 if report.problems else 0


def _simulate(arguments: argparse.Namespace) -> int:
    from ketachart.demo.simulated_monitors import simulated_vitals
    from ketachart.devices.simulator import FAULTS, Outcome, VirtualMonitor, run_monitor

    faults = frozenset(word.strip() for word in arguments.faults.split(",") if word.strip())
    unknown = sorted(faults - FAULTS.keys())
    if unknown:
        print(
            f"ketachart devices simulate: there is no fault “{unknown[0]}”; choose {', '.join(FAULTS)}", file=sys.stderr
        )
        return 2
    vitals = simulated_vitals(arguments.seed)
    monitors = [VirtualMonitor(place, vitals, faults, arguments.person) for place in range(arguments.rooms)]
    outcome = Outcome()

    async def main() -> None:
        sending = [
            asyncio.create_task(
                run_monitor(
                    monitor,
                    outcome,
                    host=arguments.host,
                    port=arguments.port,
                    rate_hz=arguments.rate_hz,
                    seconds=arguments.seconds,
                )
            )
            for monitor in monitors
        ]
        telling = asyncio.create_task(_progress(outcome, quiet=arguments.json))
        try:
            await asyncio.gather(*sending)
        finally:
            telling.cancel()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
    summary = outcome.as_json()
    if arguments.json:
        print(json.dumps(summary))
    else:
        print(f"\n{summary['sent']} messages sent, answers {summary['answers']}, {summary['unanswered']} unanswered.")
    if not outcome.connections:
        print(f"ketachart devices simulate: nobody listens at {arguments.host} port {arguments.port}.", file=sys.stderr)
        return 1
    return 0


async def _progress(outcome: Any, *, quiet: bool) -> None:
    while True:
        await asyncio.sleep(1)
        if not quiet and sys.stdout.isatty():
            print(f"\r{outcome.sent} sent, answers {dict(outcome.answers)}   ", end="", flush=True)


def _faults() -> list[str]:
    from ketachart.devices.simulator import FAULTS

    return list(FAULTS)


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
