"""A private PostgreSQL for one command: ``python -m tests.postgresql_cluster -- pytest tests/record``.

Debian's package (``apt-get install postgresql``), a cluster in a temporary folder on a free loopback port, removed
afterwards. PostgreSQL refuses to run as root, so root hands it to the package's own user. ``--available`` only says,
by its exit code, whether PostgreSQL is installed.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.serving import free_port

UNPRIVILEGED = ("postgres", "nobody")

# For tests only: nobody pulls the plug on a cluster that is thrown away, except when durability is what is measured.
QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


def programs() -> Path | None:
    """Where ``initdb`` and ``pg_ctl`` are; None when PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]), reverse=True)
    if found:
        return found[0].parent
    on_path = shutil.which("pg_ctl")
    return Path(on_path).parent if on_path else None


@contextlib.contextmanager
def cluster(*, durable: bool = False) -> Iterator[str]:
    """Start one; yields the URL for KETACHART_DATABASE_URL."""
    found = programs()
    if found is None:
        raise SystemExit("PostgreSQL is not installed: apt-get install postgresql")
    user = _unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="ketachart-postgresql-"))
    if user:
        shutil.chown(folder, user)
    data, port = folder / "data", free_port()
    options = ["listen_addresses=127.0.0.1", f"port={port}", f"unix_socket_directories={folder}"]
    options += [] if durable else QUICK
    flags = " ".join(f"-c {option}" for option in options)
    try:
        _run(user, found / "initdb", "-D", data, "-U", "ketachart", "--auth=trust", "--encoding=UTF8", "--locale=C")
        _run(user, found / "pg_ctl", "-D", data, "-l", folder / "log", "-o", flags, "-w", "start")
        try:
            _run(user, found / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "ketachart", "ketachart")
            yield f"postgresql://ketachart@127.0.0.1:{port}/ketachart"
        finally:
            _run(user, found / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged_user() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in UNPRIVILEGED if name in known)


def _run(user: str | None, *words: object) -> None:
    command = list(map(str, words))
    done = subprocess.run(
        command, user=user, group=user and pwd.getpwnam(user).pw_gid, extra_groups=[] if user else None,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, cwd="/",
    )  # fmt: skip
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout}")


def main(words: Sequence[str]) -> int:
    if list(words) == ["--available"]:
        return 0 if programs() else 1
    command = list(words[words.index("--") + 1 :] if "--" in words else words)
    if not command:
        print(__doc__)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with cluster() as url:
        return subprocess.run(command, env={**os.environ, "KETACHART_DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
