"""``python -m tests.record.serve_probe serve --port ...``: the real server, with the probe's kinds in its sessions."""

import sys

from ketachart.cli import main
from ketachart.config.starting import start_django

if __name__ == "__main__":
    start_django()
    from tests.record import probe

    probe.register()
    sys.exit(main())
