"""``ketachart demo``: a synthetic clinic in the browser, with virtual patients."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from pathlib import Path

from ketachart.config.command_serve import listen, port
from ketachart.config.starting import prepare_database, start_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="the data folder (default: $KETACHART_DATA or var/demo)")
    parser.add_argument("--port", type=port, default=8000, help="port on 127.0.0.1 (default: 8000)")
    parser.add_argument("--still", action="store_true", help="virtual patients do not move (for tests)")


def run(arguments: argparse.Namespace) -> int:
    if not _port_is_free(arguments.port):
        print(
            f"ketachart demo: port {arguments.port} on 127.0.0.1 is taken. Stop what uses it, or choose another: "
            "make demo PORT=8001",
            file=sys.stderr,
        )
        return 2
    data = arguments.data or Path(os.environ.get("KETACHART_DATA", "var/demo"))
    os.environ["KETACHART_PUBLIC_URL"] = f"http://127.0.0.1:{arguments.port}"
    start_django(data)
    prepare_database()
    from ketachart.demo.building import DemoClinic, build_demo
    from ketachart.record.models import Clinic

    manifest = data.resolve() / "demo.json"
    if manifest.exists():
        built = DemoClinic.from_json(manifest.read_text())
    elif Clinic.objects.exists():
        print(
            f"ketachart demo: the database of {data} holds a clinic that the demo did not build. "
            "Name an empty folder: make demo DATA=var/demo2",
            file=sys.stderr,
        )
        return 2
    else:
        built = build_demo(data.resolve(), _progress)
    _welcome(arguments.port, data)
    return listen("127.0.0.1", arguments.port, [] if arguments.still else _virtual_patients(built))


def _virtual_patients(built: object) -> list[object]:
    from ketachart.demo.building import DemoClinic
    from ketachart.demo.monitors import DemoMonitors
    from ketachart.demo.moving import VirtualPatients
    from ketachart.record.actor import Actor
    from ketachart.record.models import User

    assert isinstance(built, DemoClinic)
    nurse = Actor.of(User.objects.get(username="nurse2"))
    patients = VirtualPatients(nurse, built.live, list(built.waiting))
    monitors = DemoMonitors(built.clinic.slug, patients.measured_in_first_room, patients.wire_first_room)
    return [patients, monitors]


def _progress(done: int, total: int, what: str) -> None:
    width = 30
    filled = width * done // total
    end = "\n" if done == total else ""
    text = f"Building the demo clinic [{'#' * filled}{'.' * (width - filled)}] {what:<28}"
    if sys.stdout.isatty():
        print(f"\r{text}", end=end, flush=True)
    elif done in (0, total):
        print(text, flush=True)


def _welcome(port: int, data: Path) -> None:
    from ketachart.demo.cast import PASSWORD, SIGN_INS

    print(f"\nKetachart demo, all people and readings invented:  http://127.0.0.1:{port}/\n")
    print(f"  Sign in with one of these names and the password  {PASSWORD}")
    for name in SIGN_INS:
        print(f"    {name}")
    print(f"\n  Data folder: {data}.  Ctrl-C stops it.\n", flush=True)


def _port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
