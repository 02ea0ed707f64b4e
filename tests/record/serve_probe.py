"""The real server, with the probe's kinds of events in its sessions.

``python -m tests.record.serve_probe serve --port 8000``: as ``ketachart serve``.
``python -m tests.record.serve_probe listen --port 8000``: the same on a prepared database, ready sooner.
"""

import sys

from ketachart.cli import main
from ketachart.config.starting import start_django

if __name__ == "__main__":
    start_django()
    from ketachart.config.command_serve import listen
    from tests.record import probe

    probe.register()
    if sys.argv[1] == "listen":
        sys.exit(listen("127.0.0.1", int(sys.argv[3])))
    sys.exit(main())
