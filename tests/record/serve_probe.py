"""``python -m tests.record.serve_probe serve --port ...``: the real server, with the probe's kinds in its sessions."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ketachart.config.settings")

import django

django.setup()

from ketachart.cli import main
from tests.record import probe

probe.register()

if __name__ == "__main__":
    sys.exit(main())
