"""``kasgate serve`` as an operator has it, without what only its developers have installed.

structlog loads rich (4 MB) where it finds it. It is in the development lock, for the sake of the
tests' own tools, and not in the one that a gateway is installed from.
"""

from __future__ import annotations

import sys
from typing import Final

from kasgate.cli import main

ONLY_DEVELOPERS_HAVE: Final = ("rich",)

if __name__ == "__main__":
    loaded = [name for name in ONLY_DEVELOPERS_HAVE if name in sys.modules]
    if loaded:
        sys.exit(f"too late: {loaded} is loaded already")
    # To import them fails from now on.
    for name in ONLY_DEVELOPERS_HAVE:
        sys.modules[name] = None  # type: ignore[assignment]
    sys.exit(main())
