import sys

from ketachart.cli import main

sys.exit(main())
