"""`python -m ketachart`: the command line."""

import sys

from ketachart.cli import main

sys.exit(main())
