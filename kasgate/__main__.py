"""``python -m kasgate`` is the command ``kasgate``."""

import sys

from kasgate.cli import main

sys.exit(main())
